"""`/review/<token>` and `/card/<token>`: the pages behind the buttons of letters about deposits.

    /review/   a curator sees the document beside its card, corrects it and decides
    /card/     who handed it in corrects the card, or takes the document back

GET shows and changes nothing: programs that check mail open every link. POST makes the mail that
answers the letter, with the same lines (deposits/reviewing.py, deposits/depositing.py), so a page
can do nothing that the mail could not. The token is the one in the letter's Reply-To; what is no
token of ours, or over, is the same page as any other that is used up.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from solicomm_build.desk import vocabulary
from solicomm_build.features.library.curating import document
from solicomm_build.features.library.deposits import (
    again,
    cardfields,
    curators,
    depositform,
    depositlinks,
    reviewing,
)
from solicomm_build.features.library.deposits.deposits import (
    ASKED,
    EXPIRED,
    KNOWN,
    PUBLISHED,
    REJECTED,
    WAITING,
    WITHDRAWN,
    Deposit,
    Deposits,
)
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import N_, gettext, ngettext
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people import token as tokens
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.web import formdata, posted
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.mine.typed import still_there
from solicomm_build.web.plainpage import page, wanted_language

_MOST = 128 * 1024  # octets: all that the fields take, percent-encoded
_MOST_WORDS = 2000
_SAID = {
    "ask": N_("Its sender gets what you wrote."),
    "save": N_("The card is corrected."),
}
_ENDS = {
    PUBLISHED: N_("It is published."),
    REJECTED: N_("It is not published."),
    EXPIRED: N_("Nobody decided about it in time."),
    WITHDRAWN: N_("Its sender took it back."),
}


@dataclass(frozen=True, slots=True)
class _Visit:
    """Whose page this is: the token, the address that it went to, the deposit, the language, and
    what links call its reviewer."""

    token: str
    address: str
    deposit: Deposit
    lang: str
    who: str


class CardPages:
    """Both pages of one hub. Close it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._post = DeskPost(config)
        self._roster: RosterStore | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Ends the reading process, and lets go of the spool."""
        with self._lock:
            if self._roster is not None:
                self._roster.close()
                self._roster = None
        self._post.close()

    async def review(self, request: Request) -> Response:
        """A curator's page."""
        return await self._answer(request, "review")

    async def card(self, request: Request) -> Response:
        """The page of who handed it in."""
        return await self._answer(request, "deposit")

    async def _answer(self, request: Request, action: str) -> Response:
        visit = await asyncio.to_thread(self._visit, request, action)
        if visit is None:
            lang = wanted_language(request)
            used = gettext(
                lang, "This link was used already, or it is too old. Nothing has changed."
            )
            return page(lang, gettext(lang, "Please confirm"), f"<p>{escape(used)}</p>", 404)
        is_review = action == "review"
        if not _waits(visit, is_review=is_review):
            return _over(self._config, visit)
        if request.method != "POST":
            known = _SAID.get(request.query_params.get("said", ""))
            notice = gettext(visit.lang, known) if known else ""
            return await self._shown(visit, is_review, notice=notice)
        if not posted.is_own(request):
            text = gettext(visit.lang, "This did not come from our page. Nothing was done.")
            return page(visit.lang, _title(visit), f"<p>{escape(text)}</p>", 403)
        sent = await formdata.sent(request, _MOST)
        if sent is None:
            said = still_there(visit.lang)
            return await self._shown(visit, is_review, notice=said, status=413)
        return await self._sent(visit, is_review, sent)

    async def _sent(self, visit: _Visit, is_review: bool, sent: formdata.Sent) -> Response:
        """What was pressed, as the mail that would say it; or the page again with what is wrong."""
        entry, lang = visit.deposit.entry, visit.lang
        now = cardfields.values_of(entry, lang)
        typed = {key: sent.get(key) for key in depositform.KEYS if key in sent.fields}
        said = {key: value for key, value in typed.items() if value.split() != now[key].split()}
        do, words = sent.get("do"), " ".join(sent.get("words").split())[:_MOST_WORDS]
        faults = cardfields.faults(entry, said, lang) if do not in ("reject", "withdraw") else {}
        if do == "ask" and not words:
            faults["words"] = gettext(lang, "Write here what is to be changed.")
        known = ("accept", "ask", "reject", "save") if is_review else ("save", "withdraw")
        if faults or do not in known:
            return await self._shown(visit, is_review, {**now, **typed}, faults, words, status=422)
        rows = (
            [depositform.written(said, lang)] if said and do not in ("reject", "withdraw") else []
        )
        if do in reviewing.DECISIONS:
            rows.append(f"{vocabulary.shown(reviewing.DECISIONS, do, lang)} {words}".strip())
        elif do == "withdraw":
            rows.append(vocabulary.shown(again.WITHDRAW, do, lang))
        if rows or visit.deposit.facts.state == ASKED:
            purpose = "review" if is_review else "deposit"
            to = f"{visit.deposit.facts.library}-{purpose}+{visit.token}"
            file = await self._post.put(to, Mailbox("", visit.address), lang, "\n".join(rows))
            if not await self._post.is_done(file):
                text = gettext(lang, "This is being done. It takes a moment.")
                return page(lang, _title(visit), f"<p>{escape(text)}</p>")
        where = f"/{'review' if is_review else 'card'}/{visit.token}"
        said_so = f"?said={do}" if do in _SAID else ""
        return RedirectResponse(where + said_so, 303, {"cache-control": "no-store"})

    async def _shown(
        self,
        visit: _Visit,
        is_review: bool,
        values: Mapping[str, str] | None = None,
        faults: Mapping[str, str] | None = None,
        words: str = "",
        *,
        notice: str = "",
        status: int = 200,
    ) -> Response:
        """The page, with what was typed and what is wrong."""
        lang, deposit, wrong = visit.lang, visit.deposit, faults or {}
        values = values or cardfields.values_of(deposit.entry, lang)
        fields = cardfields.html(lang, values, deposit.facts.guesses, wrong)
        heading = escape(gettext(lang, "Its card"))
        buttons = _decisions(lang, words, wrong) if is_review else _own(lang)
        card = f'<h2>{heading}</h2><form class="form" method="post">{fields}{buttons}</form>'
        if is_review:
            shown = await asyncio.to_thread(document.html, self._config, deposit, lang, visit.who)
            label = escape(gettext(lang, "The document"))
            card = (
                f'<div class="desk"><div class="paper" role="region" tabindex="0" '
                f'aria-label="{label}">{shown}</div><div>{card}</div></div>'
            )
        return page(lang, _title(visit), _told(lang, notice, wrong) + card, status)

    def _visit(self, request: Request, action: str) -> _Visit | None:
        """Whose page is behind the token; None when there is none any more. Blocking."""
        plain = tokens.normalise(request.path_params["token"])
        if plain is None:
            return None
        with self._lock:
            if self._roster is None:
                self._roster = RosterStore.of(self._config)
            roster = self._roster.roster()
            facts = roster.tokens.valid(tokens.digest(plain), clock.now())
            member = roster.member(facts.address) if facts else None
        if facts is None or facts.action != action:
            return None
        if action == "deposit":
            deposit = again.own(self._config, facts)
        else:
            deposit = Deposits(self._config).get(str(facts.data.get("deposit", "")))
        if deposit is None:
            return None
        if action == "review" and not curators.still_decides(
            self._config, deposit.facts.library, roster, facts
        ):
            return None
        own = deposit.facts.lang if action == "deposit" else (member.lang if member else "")
        own = own.partition("-")[0]
        lang = own if own in i18n.LANGUAGES else wanted_language(request)
        who = depositlinks.reviewer(int(facts.data.get("number", 0)), facts.address)
        return _Visit(plain, facts.address, deposit, lang, who)


def _waits(visit: _Visit, *, is_review: bool) -> bool:
    return visit.deposit.facts.state in ((WAITING,) if is_review else (WAITING, ASKED))


def _title(visit: _Visit) -> str:
    return visit.deposit.entry.title_in(visit.lang)


def _over(config: Config, visit: _Visit) -> Response:
    """How it ended."""
    facts, lang = visit.deposit.facts, visit.lang
    if facts.state == KNOWN:
        said = gettext(lang, "The library has this document already.")
    else:
        said = gettext(lang, _ENDS[facts.state]) if facts.state in _ENDS else ""
    inside = f"<p><strong>{escape(said)}</strong></p>"
    key = {PUBLISHED: visit.deposit.card, KNOWN: facts.text[4:]}.get(facts.state, "")
    if key:
        title = escape(_title(visit))
        url = f"/libraries/{facts.library}/{escape(key)}/"
        inside += f'<p><a href="{url}"><bdi>{title}</bdi></a></p>'
    elif facts.state == REJECTED and facts.text:
        inside += f'<p dir="auto">{escape(facts.text)}</p>'
    return page(lang, _title(visit), inside)


def _told(lang: str, notice: str, faults: Mapping[str, str]) -> str:
    """What stands above all: what was done, or how much is wrong."""
    if faults:
        said = ngettext(
            lang,
            "%(num)s line is not right yet. What is wrong stands above it.",
            "%(num)s lines are not right yet. What is wrong stands above them.",
            len(faults),
        )
        return f'<p class="wrong" role="alert"><strong>{escape(said)}</strong></p>'
    return f'<p role="status"><strong>{escape(notice)}</strong></p>' if notice else ""


def _decisions(lang: str, words: str, faults: Mapping[str, str]) -> str:
    """What a curator can press, and the words that go with it."""
    wrong = faults.get("words", "")
    hint = gettext(lang, "They get it by mail, when you ask for changes or refuse.")
    control = (
        f'<textarea id="f-words" name="words" rows="3" maxlength="{_MOST_WORDS}" dir="auto"'
        f"{cardfields.told('words', hint, wrong)}>\n{escape(words)}</textarea>"
    )
    label = gettext(lang, "A word to who handed it in")
    rows = [_button("save", gettext(lang, "Only correct the card"))]  # what Enter presses
    rows.append(_button("accept", gettext(lang, "Publish it"), quiet=False))
    rows.append(cardfields.framed("words", label, hint, wrong, control))
    rows.append(_button("ask", gettext(lang, "Ask for changes")))
    rows.append(_button("reject", gettext(lang, "Do not publish it")))
    return "".join(rows)


def _own(lang: str) -> str:
    """What who handed it in can press."""
    back = gettext(lang, "Take the document back")
    return _button("save", gettext(lang, "Save the card"), quiet=False) + _button("withdraw", back)


def _button(do: str, label: str, *, quiet: bool = True) -> str:
    more = " formnovalidate" if do in ("reject", "withdraw") else ""
    more += ' class="quiet"' if quiet else ""
    return f'<p><button type="submit" name="do" value="{do}"{more}>{escape(label)}</button></p>'
