"""`/confirm/<token>` of a document that a page sent with an address nobody has proved: its card.

GET shows the files' names and the card, with what was found in the document, and changes nothing:
programs that check mail open every link. POST corrects the lines of the mail that waits and says
yes for its address. A mail that did not come from our page is shown as it is, without fields.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.desk import vocabulary
from solicomm_build.features.library import libraryaddress
from solicomm_build.features.library.cards.entry import Entry, Provenance
from solicomm_build.features.library.deposits import cardfields, curators, depositform
from solicomm_build.features.library.handin import handinpages
from solicomm_build.foundation import clock, formernames, i18n
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.foundation.oneline import one_line
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.origin import ORIGIN, PAGE
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import pending
from solicomm_build.people import token as tokens
from solicomm_build.people.address import SITE
from solicomm_build.people.membership import TokenFacts
from solicomm_build.web import formdata
from solicomm_build.web.deskpost import DeskPost, composed
from solicomm_build.web.hooks import Served
from solicomm_build.web.mine.typed import still_there
from solicomm_build.web.plainpage import chosen_language, page, wanted_language

ACTION = f"wrote {libraryaddress.DEPOSIT}"
"""What `/confirm/` is asked about (web/hooks.py::Served)."""
_FORM = 128 * 1024  # octets: all that the fields take, percent-encoded


def fields(guessed: Iterable[str]) -> dict[str, str]:
    """The header fields of a mail of our page."""
    found = {ORIGIN: PAGE}
    if names := " ".join(guessed):
        found[depositform.GUESSED_FIELD] = names
    return found


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A mail that waits: its name among those that do, what it says, and of which library."""

    name: str
    draft: Mapping[str, str]
    message: Message
    to: str
    deposit: str = "open"
    """Who may hand in there, as its settings say."""

    @property
    def said(self) -> dict[str, str]:
        """The lines of its card."""
        return depositform.read(self.message.text, self.message.subject)

    @property
    def guessed(self) -> tuple[str, ...]:
        """The keys whose values the page found in the document."""
        field = self.message.field(depositform.GUESSED_FIELD) or ""
        return tuple(depositform.guessed_in(field, self.said))

    @property
    def is_ours(self) -> bool:
        """Whether our page wrote it. Who forges that may correct what was his own anyway."""
        return self.message.field(ORIGIN) == PAGE


class Asked:
    """The pages of one hub. Close it."""

    def __init__(self, served: Served) -> None:
        self._config = served.config
        self._post = DeskPost(served.config)

    def close(self) -> None:
        """Lets go of the spool."""
        self._post.close()

    async def answer(self, request: Request, facts: TokenFacts) -> Response:
        """What waits, and the yes to it."""
        said = facts.data.get("lang")
        lang = chosen_language(request) or (said if said in i18n.LANGUAGES else "")
        lang = str(lang or wanted_language(request))
        waiting = await asyncio.to_thread(self._waiting, facts)
        if waiting is None:
            text = gettext(
                lang, "This link was used already, or it is too old. Nothing has changed."
            )
            return page(lang, gettext(lang, "Please confirm"), f"<p>{escape(text)}</p>", 404)
        if request.method != "POST":
            return _shown(waiting, lang)
        sent = await formdata.sent(request, _FORM)
        if sent is None:
            return _shown(waiting, lang, notice=still_there(lang), status=413)
        typed = {key: sent.get(key) for key in depositform.KEYS if key in sent.fields}
        new = {k: v for k, v in typed.items() if v.split() != waiting.said.get(k, "").split()}
        if waiting.is_ours and new:
            if faults := cardfields.faults(_blank(), new, lang):
                return _shown(waiting, lang, typed, faults, 422)
            await asyncio.to_thread(self._correct, waiting, new, lang)
        plain = tokens.normalise(request.path_params["token"])
        await self._post.put(f"{SITE}-confirm+{plain}", Mailbox("", facts.address), lang)
        return _thanks(lang, is_open=waiting.deposit == "open")

    def _waiting(self, facts: TokenFacts) -> _Waiting | None:
        name = str(facts.data.get("draft", ""))
        draft = pending.ASKED.get(self._config, name)
        if draft is None:
            return None
        message = parse(base64.b64decode(str(draft["raw"])))
        to = str(facts.data.get("to", ""))
        known = (path.stem for path in self._config.libraries.glob("*.git"))
        former = formernames.now(self._config.private, "libraries")
        found = libraryaddress.split(to.partition("@")[0], known, former)
        rules = curators.rules(self._config, found.base) if found else None
        return _Waiting(name, draft, message, to, rules.deposit if rules else "members")

    def _correct(self, waiting: _Waiting, new: Mapping[str, str], lang: str) -> None:
        """The mail that waits, with other lines for its card. Durable on return."""
        message, said = waiting.message, {**waiting.said, **new}
        left = [key for key in waiting.guessed if key not in new]
        files = [(one.name, one.payload) for one in message.attachments]
        raw = composed(
            message.from_[0],
            waiting.to,
            message.language or lang,
            depositform.written(said, lang),
            message.date or clock.now(),
            f"<{message.msgid}>",
            subject=one_line(said.get("title", ""), 300),
            files=files,
            fields=fields(left),
        )
        more = {"raw": base64.b64encode(raw).decode("ascii")}
        pending.ASKED.put(self._config, waiting.name, {**waiting.draft, **more})


def _blank() -> Entry:
    return depositform.drafted("lib:2000-aaaaaaaa", "x", {}, {}, Provenance())[0]


def _shown(
    waiting: _Waiting,
    lang: str,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    status: int = 200,
    notice: str = "",
) -> Response:
    """The question, the files, the card and one button; a `notice` stands above."""
    wrong, rows = faults or {}, []
    if notice:
        rows.append(f'<p class="wrong" role="alert"><strong>{escape(notice)}</strong></p>')
    if wrong:
        said = ngettext(
            lang,
            "%(num)s line is not right yet. What is wrong stands above it.",
            "%(num)s lines are not right yet. What is wrong stands above them.",
            len(wrong),
        )
        rows.append(f'<p class="wrong" role="alert"><strong>{escape(said)}</strong></p>')
    question = gettext(lang, "Did you hand in this document? It goes to:")
    if not waiting.message.attachments:
        question = gettext(lang, "Did you write this? It goes to:")
    address = f'<bdi dir="ltr">{escape(waiting.to)}</bdi>'
    rows.append(f"<p><strong>{escape(question)} {address}</strong></p>")
    names = ", ".join(f"<bdi>{escape(one.name)}</bdi>" for one in waiting.message.attachments)
    files = escape(gettext(lang, "Files"))
    rows += [f"<p>{files}: {names}</p>"] if names else []
    who = handinpages.who_may(waiting.deposit, lang)
    rows += [f"<p>{escape(who)}</p>"] if who else []
    values = {key: "" if one == depositform.NOTHING else one for key, one in waiting.said.items()}
    button = escape(gettext(lang, "Yes, hand it in"))
    press = f'<p><button type="submit">{button}</button></p>'
    if waiting.is_ours:
        hint = gettext(
            lang,
            "Please look at its card. A question mark follows what we found in the document.",
        )
        card = cardfields.html(lang, {**values, **(typed or {})}, waiting.guessed, wrong)
        heading = escape(gettext(lang, "Its card"))
        card = f"<h2>{heading}</h2><p>{escape(hint)}</p>{card}"
        rows.append(f'<form class="form" method="post">{press}{card}{press}</form>')
    else:
        rows.append(f'{_lines(values, lang)}<form method="post">{press}</form>')
    calm = gettext(lang, "If you did not, close this page: nothing happens then.")
    rows.append(f"<p>{escape(calm)}</p>")
    return page(lang, gettext(lang, "Please confirm"), "".join(rows), status)


def _lines(values: Mapping[str, str], lang: str) -> str:
    """What a mail says of its card."""
    rows = (
        f"<div><dt>{escape(vocabulary.shown(depositform.KEYS, key, lang))}</dt>"
        f"<dd><bdi>{escape(value)}</bdi></dd></div>"
        for key, value in values.items()
        if value
    )
    return f'<dl class="facts">{"".join(rows)}</dl>'


def _thanks(lang: str, *, is_open: bool) -> Response:
    """What is promised: where not everybody may hand in, the mail says what became of it."""
    if not is_open:
        text = gettext(lang, "Done. A mail tells you in a moment what is now.")
        return page(lang, gettext(lang, "Thank you"), f"<p>{escape(text)}</p>")
    text = gettext(
        lang,
        "Thank you. Your document goes to those who look after the library. A mail shows you the "
        "card, and you hear from us when it is decided.",
    )
    return page(lang, gettext(lang, "Thank you"), f"<p>{escape(text)}</p>")
