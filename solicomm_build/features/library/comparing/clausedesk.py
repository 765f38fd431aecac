"""`/libraries/<id>/<key>/clauses/`: who decides about a library puts an agreement's clauses right.

Each matter has a heading, a page and a text, as they stand in `clauses.yaml`, else as the program
proposes them. *Save* is a commit of the library; a text that is left empty says that the agreement
has no such clause. For everybody else there is nothing here. GET changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from solicomm_build.features.library.cards.cardchange import CardChangedError
from solicomm_build.features.library.cards.mainfile import main_of
from solicomm_build.features.library.comparing import clausesfile, clausewriting
from solicomm_build.features.library.comparing.agreements import KIND, Agreement, Agreements
from solicomm_build.features.library.comparing.clausesfile import MOST_HEADING, Clauses
from solicomm_build.features.library.comparing.cutting import MOST_CLAUSE, Clause
from solicomm_build.features.library.comparing.matters import MATTERS, name
from solicomm_build.features.library.reading import answers
from solicomm_build.features.library.reading.doctext import Texts
from solicomm_build.features.library.reading.openlibraries import OpenLibraries, Visit
from solicomm_build.foundation import clock
from solicomm_build.foundation.bell import of_builder
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.oneline import one_line
from solicomm_build.git import elsewhere
from solicomm_build.git.repo import open_repo
from solicomm_build.web import formdata, posted
from solicomm_build.web.mine import forms, typed
from solicomm_build.web.plainpage import page
from solicomm_build.web.signedin import Session

_FORM = 512 * 1024  # octets: six clauses of 6,000 letters, each nine when percent-encoded


@dataclass(frozen=True, slots=True)
class _Desk:
    """An agreement on the desk: what was seen, what was typed, what is wrong."""

    visit: Visit
    session: Session
    agreement: Agreement
    of: str
    blob: str
    typed: Mapping[str, Clause] | None = None
    wrong: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{self.visit.url}{self.agreement.key}/"

    @property
    def shown(self) -> Mapping[str, Clause]:
        return self.agreement.clauses if self.typed is None else self.typed


class ClauseDesk:
    """The pages of one hub."""

    def __init__(self, libraries: OpenLibraries, texts: Texts) -> None:
        self._libraries, self._config = libraries, libraries.config
        self._agreements = Agreements(libraries, texts)

    async def answer(self, request: Request) -> Response:
        """The page, and what comes of it."""
        desk = await asyncio.to_thread(self._desk, request)
        if desk is None:
            return await self._signed_out(request) or answers.nothing(request)
        if request.method != "POST":
            return _page(desk)
        lang = desk.visit.lang
        if not posted.is_own(request):
            text = gettext(lang, "This did not come from our page. Nothing was done.")
            return answers.said(lang, text, 403)
        sent = await formdata.sent(request, _FORM)
        if sent is None:
            text = gettext(lang, "That was too much at once. Go back: what you wrote is there.")
            return answers.said(lang, text, 413)
        return await asyncio.to_thread(self._sent, desk, sent)

    async def _signed_out(self, request: Request) -> Response | None:
        """What was typed by who is not signed in any more, whatever there is."""
        is_sent = request.method == "POST"
        if not is_sent or await asyncio.to_thread(self._libraries.is_signed_in, request):
            return None
        sent = await formdata.sent(request, _FORM)
        return typed.signed_out(request, sent.fields) if sent else None

    def _desk(self, request: Request) -> _Desk | None:
        visit = self._libraries.visit(request)
        if visit is None or visit.session is None or not self._libraries.rules(visit):
            return None
        if elsewhere.of(self._config, "libraries", visit.library) is not None:
            return None
        key = request.path_params["key"]
        with self._libraries.looking(visit.library) as shelves:
            book = shelves.book(key)
        main = main_of(book.entry) if book else None
        if book is None or main is None or book.row.type != KIND:
            return None
        (agreement,) = self._agreements.read(visit.library, [book])
        blob = book.row.files.get(clausesfile.FILE, "")
        return _Desk(visit, visit.session, agreement, main.sha256, str(blob))

    def _sent(self, desk: _Desk, sent: formdata.Sent) -> Response:
        """Writes what was typed. Blocking."""
        lang, typed, faults = desk.visit.lang, dict[str, Clause](), dict[str, str]()
        for matter in MATTERS:
            text = sent.get(f"{matter}-text").strip("\n").rstrip()
            heading = one_line(sent.get(f"{matter}-heading"), MOST_HEADING)
            number = sent.get(f"{matter}-page").strip()
            if len(text) > MOST_CLAUSE:
                faults[matter] = gettext(lang, "This is too long. Leave the main thing.")
            if number and not (number.isdecimal() and int(number) < 100_000):
                faults[matter] = gettext(lang, "A page is a number.")
                number = ""
            if text:
                typed[matter] = Clause(heading, text, int(number or 0))
        found = replace(desk, typed=typed, faults=faults)
        if not desk.session.is_marked(sent.get("mark")):
            again = gettext(lang, "Please press the button once more.")
            return _page(replace(found, wrong=again), 403)
        if faults:
            return _page(found, 422)
        repo = open_repo(self._config.library_repo(desk.visit.library))
        by = f"member:{desk.session.member.number}"
        try:
            clausewriting.write(
                repo,
                desk.agreement.key,
                sent.get("was"),
                Clauses(desk.of, typed),
                when=clock.now(),
                by=by,
            )
        except CardChangedError:
            wrong = gettext(
                lang,
                "Somebody else put these clauses right while you had the page open, so nothing was "
                "saved. Below is what you typed. Please look, and press again.",
            )
            return _page(replace(found, wrong=wrong), 409)
        of_builder(self._config.state).ring()
        return RedirectResponse(f"{desk.url}clauses/?said=1", 303, {"cache-control": "no-store"})


def _page(desk: _Desk, status: int = 200) -> Response:
    lang, entry = desk.visit.lang, desk.agreement.entry
    rows = []
    if desk.wrong or desk.faults:
        text = desk.wrong or gettext(lang, "Something is not right yet. It stands above the text.")
        rows.append(f'<p class="wrong" role="alert"><strong>{escape(text)}</strong></p>')
    elif desk.visit.request.query_params.get("said"):
        text = gettext(lang, "The clauses are saved.")
        rows.append(f'<p role="status"><strong>{escape(text)}</strong></p>')
    see = forms.link(desk.url, gettext(lang, "See the card"))
    beside = forms.link(
        f"{desk.visit.url}compare/?e={desk.agreement.key}", gettext(lang, "Compare")
    )
    rows.append(f"<p>{see} · {beside}</p>")
    calm = gettext(
        lang,
        "Leave of each clause what the agreement says of the matter. Leave a text empty where it "
        "says nothing.",
    )
    if not desk.agreement.checked:
        calm += " " + gettext(lang, "What stands here was found by program.")
    rows.append(f"<p>{escape(calm)}</p>")
    own = escape(entry.languages[0] if entry.languages else "")
    inside = "".join(_fields(desk, matter, lang, own) for matter in MATTERS)
    inside += forms.button(gettext(lang, "Save the clauses"), "save")
    form = forms.form(desk.session, f"{desk.url}clauses/", inside, was=desk.blob)
    rows.append(form)
    heading = gettext(lang, "Clauses")
    return page(lang, f"{heading}: {entry.title_in(lang)}", "".join(rows), status)


def _fields(desk: _Desk, matter: str, lang: str, own: str) -> str:
    clause = desk.shown.get(matter, Clause("", ""))
    wrong = desk.faults.get(matter, "")
    fault = f'<p class="wrong" id="w-{matter}">{escape(wrong)}</p>' if wrong else ""
    told = f' aria-invalid="true" aria-describedby="w-{matter}"' if wrong else ""
    heading, number = gettext(lang, "Heading"), gettext(lang, "Page")
    said = gettext(lang, "What it says")
    return (
        f"<fieldset><legend>{escape(name(matter, lang))}</legend>{fault}"
        f'<p class="field"><label for="{matter}-heading">{escape(heading)}</label>'
        f'<input id="{matter}-heading" name="{matter}-heading" maxlength="{MOST_HEADING}" '
        f'lang="{own}" dir="auto" value="{escape(clause.heading)}"></p>'
        f'<p class="field"><label for="{matter}-text">{escape(said)}</label>'
        f'<textarea id="{matter}-text" name="{matter}-text" rows="5" maxlength="{MOST_CLAUSE}" '
        f'lang="{own}" dir="auto"{told}>\n{escape(clause.text)}</textarea></p>'
        f'<p class="field"><label for="{matter}-page">{escape(number)}</label>'
        f'<input id="{matter}-page" name="{matter}-page" inputmode="numeric" maxlength="5" '
        f'value="{clause.page or ""}"></p></fieldset>'
    )
