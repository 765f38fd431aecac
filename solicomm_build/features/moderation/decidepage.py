"""`/moderate/<token>`: what waits for a moderator, with buttons: where letters about it lead.

    GET   the message as its page would show it, its files as downloads; changes nothing
    POST  the moderator's answer in spool/desk → the desk decides → what was done

It is the answer that the same moderator would write by mail (deciding.py): the same token, who is
first has decided, and it is kept before it is looked at. No letter tells of it, as the page does. A
token holds as it does by mail: once decided, the page says who decided and what. Whoever has the
letter can open it, as long as its holder looks after the list. A wrong token is the 404 of all.

    GET /moderate/<token>/<number>/<file>/<name>   a file of a message that waits; 0 is all of it
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.moderation import decideforms as forms
from solicomm_build.features.moderation import holder
from solicomm_build.features.moderation.moderationletters import done_words, expired_words
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Mailbox, PostId
from solicomm_build.people import token as tokens
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.decision import ACCEPT, DECISIONS, EXPIRY, TRUST
from solicomm_build.post.held import heldmail
from solicomm_build.post.store import placesettings
from solicomm_build.web import plainform
from solicomm_build.web.asking import Kind, too_many
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.headers import FILE_POLICY
from solicomm_build.web.hooks import Served
from solicomm_build.web.mine import typed
from solicomm_build.web.plainpage import page, wanted_language
from solicomm_build.web.posted import is_own

DECIDE = Kind("moderate", 200, 50, 50)
_FILE = {
    "cache-control": "private, no-store",
    "x-robots-tag": "noindex, nofollow, noarchive",
    "content-security-policy": FILE_POLICY,
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class _Held:
    """What a token is for; `is_good` while a request to join can be decided by it."""

    token: str
    facts: TokenFacts
    is_good: bool
    roster: Roster

    @property
    def mids(self) -> list[PostId]:
        """The messages it names."""
        return [PostId(str(mid)) for mid in self.facts.data.get("mids", ())]

    def is_so(self, what: str) -> bool:
        """Whether what was decided about a request to join is so; another may have been faster."""
        to = holder.who_asks(self.roster, self.facts)
        is_on = self.roster.is_listed(self.facts.conference, to)
        return is_on == (what in (ACCEPT, TRUST))

    def name(self, number: int | None, lang: str) -> str:
        """Who decided."""
        member = self.roster.members.get(number or 0)
        said = (member.name or member.address) if member else ""
        return said or gettext(lang, "Somebody else")


class DecidePages:
    """The pages of one hub. What they read they read in threads. Close it."""

    def __init__(self, served: Served) -> None:
        self._config, self._asking = served.config, served.asking
        self._post = DeskPost(served.config)
        self._settings = placesettings.conferences(served.config)
        self._roster: RosterStore | None = None
        self._lock = asyncio.Lock()

    def close(self) -> None:
        """Ends the reading process."""
        if self._roster is not None:
            self._roster.close()
            self._roster = None
        self._post.close()

    async def answer(self, request: Request) -> Response:
        """The page, and the decision that its form sends."""
        held = await self._found(request)
        if held is None:
            return _gone(wanted_language(request))
        lang = self._language(held, request)
        if request.method != "POST":
            return await self._shown(held, lang)
        if not is_own(request):
            wrong = gettext(
                lang, "Nothing was done: this did not come from our page. Please press here again."
            )
            return await self._shown(held, lang, wrong, 403)
        if not self._asking.may_read(DECIDE, request):
            sent = await plainform.fields(request)  # of who has a token, and no larger than any
            return await self._shown(held, lang, too_many(lang), 429, sent=sent)
        sent = await plainform.fields(request)
        return await self._decided(held, sent, request, lang)

    async def file(self, request: Request) -> Response:
        """A file of a message that waits, as a download that runs nowhere."""
        held = await self._found(request)
        said = request.path_params
        number, file = said["number"], said["file"]
        if held is None or not 0 < number <= len(held.mids):
            return _gone(wanted_language(request))
        mid = held.mids[number - 1]
        found = await asyncio.to_thread(_file, self._config, held.facts.conference, mid, file)
        if found is None:
            return _gone(wanted_language(request))
        name, kind, octets = found
        shown = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        return Response(
            octets, headers=_FILE | {"content-disposition": shown, "content-type": kind}
        )

    # -- reading --------------------------------------------------------------------------------

    async def _found(self, request: Request) -> _Held | None:
        plain = tokens.normalise(request.path_params["token"])
        if plain is None:
            return None
        async with self._lock:
            return await asyncio.to_thread(self._facts, plain)

    def _facts(self, plain: str) -> _Held | None:
        if self._roster is None:
            self._roster = RosterStore.of(self._config)
        roster, digest = self._roster.roster(), tokens.digest(plain)
        facts = roster.tokens.known(digest)
        if facts is None or facts.action != "moderate":
            return None
        if not holder.still_decides(self._config, roster, facts):
            return None
        is_good = "join" in facts.data and holder.is_open(roster, facts, clock.now())
        return _Held(plain, facts, is_good, roster)

    def _language(self, held: _Held, request: Request) -> str:
        member = held.roster.member(held.facts.address)
        own = member.lang.partition("-")[0] if member else ""
        return own if own in i18n.LANGUAGES else wanted_language(request)

    # -- deciding -------------------------------------------------------------------------------

    async def _decided(
        self, held: _Held, sent: dict[str, str], request: Request, lang: str
    ) -> Response:
        what, number = sent.get("do", ""), sent.get("n", "1")
        if what not in DECISIONS or not re.fullmatch(r"[0-9]{1,4}", number):
            wrong = gettext(lang, "Please press one of the buttons.")
            return await self._shown(held, lang, wrong, 400, sent=sent)
        rest = f" {int(number)}" if len(held.mids) > 1 else ""
        words = sent.get("words", "") if what == "reject" else ""
        local = f"{held.facts.conference}-moderate+{held.token}"
        author = Mailbox("", held.facts.address)
        waiting = await self._post.put(local, author, lang, f"{what}{rest}\n{words}")
        done = await self._post.is_done(waiting)
        now = await self._found(request) or held
        if not done:
            text = gettext(lang, "Your decision is kept, and is carried out in a moment.")
        elif "join" in held.facts.data:
            is_so = held.is_good and await asyncio.to_thread(now.is_so, what)
            text = gettext(lang, "Done.") if is_so else ""
        else:
            text = ""
        return await self._shown(now, lang, text)

    # -- the page -------------------------------------------------------------------------------

    async def _shown(
        self,
        held: _Held,
        lang: str,
        said: str = "",
        status: int = 200,
        *,
        sent: Mapping[str, str] | None = None,
    ) -> Response:
        """The page, with what is said above it and what was typed into a form not taken."""
        inside = await asyncio.to_thread(self._inside, held, lang)
        if said:
            role = "alert" if status >= 400 else "status"
            words = typed.shown(lang, {"text": (sent or {}).get("words", "")})
            inside = f'<p role="{role}"><strong>{escape(said)}</strong></p>{words}{inside}'
        return page(lang, gettext(lang, "Please decide"), inside, status)

    def _inside(self, held: _Held, lang: str) -> str:
        conference = held.facts.conference
        settings = self._settings.now().get(conference)
        title = settings.title_in(lang) if settings else conference
        rows = [f'<p><a href="/conferences/{conference}/"><bdi>{escape(title)}</bdi></a></p>']
        if "join" in held.facts.data:
            rows.append(self._join(held, lang))
        many = len(held.mids) > 1
        for number, mid in enumerate(held.mids, 1):
            rows.append(self._message(held, number, mid, lang, many=many))
        return "\n".join(rows)

    def _join(self, held: _Held, lang: str) -> str:
        to, name = holder.who_asks(held.roster, held.facts), str(held.facts.data.get("name", ""))
        who = f"{name} <{to}>" if name else to
        asks = gettext(lang, "Somebody confirmed an address and wants to join:")
        shown = f"<p>{escape(asks)}<br><strong><bdi>{escape(who)}</bdi></strong></p>"
        if held.is_good:
            return shown + forms.join(lang)
        over = gettext(lang, "This one was decided already.") if held.facts.used else _late(lang)
        return f"{shown}<p>{escape(over)}</p>"

    def _message(self, held: _Held, number: int, mid: PostId, lang: str, *, many: bool) -> str:
        conference = held.facts.conference
        found = heldmail.waiting(self._config, conference, mid)
        if found is None:
            return self._over(held, mid, lang)
        why = gettext(lang, "It waits because %(why)s.", why=found.why(lang))
        until = gettext(
            lang,
            "If nobody answers by %(day)s, it is thrown away.",
            day=i18n.format_date(lang, found.until, "medium"),
        )
        most = _MOST_OF_MANY if many else heldmail.MOST_SHOWN
        shown = heldmail.fragment(found, lang, f"/moderate/{held.token}/{number}/", most=most)
        terms = f"<p>{escape(why)} {escape(until)}</p>"
        return f"<section>{shown}{terms}{forms.message(lang, number)}</section>"

    def _over(self, held: _Held, mid: PostId, lang: str) -> str:
        made = heldmail.decided(self._config, held.facts.conference, mid)
        over = gettext(lang, "This message does not wait any more.")
        if made is None:
            return f"<p>{escape(over)}</p>"
        if made.by == EXPIRY:
            return f'<p role="status">{escape(expired_words(lang))}</p>'
        who = held.name(made.number, lang)
        said = gettext(lang, "%(who)s decided: %(what)s", who=who, what=done_words(lang, made))
        return f'<p role="status"><bdi>{escape(said)}</bdi></p>'


_MOST_OF_MANY = 3000
"""Characters of each message where several wait."""


def _file(
    config: Config, conference: str, mid: PostId, number: int
) -> tuple[str, str, bytes] | None:
    """Name, type and octets."""
    found = heldmail.waiting(config, conference, mid)
    if found is None:
        return None
    if number == 0:
        return "message.eml", "message/rfc822", found.raw
    if number > len(found.files):
        return None
    one = found.files[number - 1]
    return one.name, one.type, one.payload


def _late(lang: str) -> str:
    return gettext(lang, "This link was used already, or it is too old. Nothing has changed.")


def _gone(lang: str) -> Response:
    text = _late(lang)
    return page(lang, gettext(lang, "Please decide"), f"<p>{escape(text)}</p>", 404)
