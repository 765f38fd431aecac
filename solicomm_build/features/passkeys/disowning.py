"""The letter about a new passkey, and what its button does: who did not add it is rid of it.

    private/passkeys.sqlite, told = 0 ─→ the desk writes, once, with a token
    /confirm/<token>, POST            ─→ the passkey goes, and every session of the member ends

Passkeys of who is nobody here any more go, too: no mail would come either.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.desk import lettering, tokens
from solicomm_build.desk.chores import DONE, Looked, Looks, Step
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Case, Deed, Letter, Plan
from solicomm_build.features.passkeys.passkeyfile import Passkey, Passkeys
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people import token
from solicomm_build.people.address import SITE
from solicomm_build.people.membership import Member, TokenFacts
from solicomm_build.people.shared import sessions
from solicomm_build.post.store.readers import is_anybody
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.plainpage import page, wanted_language
from solicomm_build.web.posted import is_own

ACTION = "passkey"
"""The action of the token in the letter."""
TOLD, DISOWNED = "passkey-told", "passkey-disowned"
_DAYS = timedelta(days=30)
_REST, _DAY = 1.0, 86_400.0  # seconds


class Chores:
    """What the desk does unasked."""

    def __init__(self, office: Office, looks: Looks) -> None:
        self._office = office
        self._letters: Looked[None] = looks.of("passkeys")
        self._leaving: Looked[None] = looks.of("passkeys-left")

    def steps(self) -> Iterator[Step]:
        """A letter for each new passkey; once a day those go whose owner is nobody here."""
        if self._letters.rests(_REST):
            return
        with contextlib.closing(Passkeys(self._office.config)) as keys:
            untold = keys.untold()
            cleaned = not self._leaving.rests(_DAY) and self._clean(keys)
        for one in untold:
            member = self._office.roster().members.get(one.member)
            if member is not None and member.state == "active":
                yield Step(f"passkey-{one.number}", self._plan(one, member))
        if cleaned:
            yield DONE

    def _plan(self, one: Passkey, member: Member) -> Plan:
        text, lang = token.fresh(), self._office.language_of(member.address, "")
        data = {"member": one.member, "passkey": one.number, "name": one.name, "lang": lang}
        event = tokens.given(text, ACTION, "", member.address, days=_DAYS, data=data)
        deed = Deed(TOLD, {"passkey": one.number})
        letter = added(self._office, one, member.address, lang, text)
        return Plan(
            events=(event,), letters=(letter,), deeds=(deed,), subject="Tell of a new passkey"
        )

    def _clean(self, keys: Passkeys) -> bool:
        """Whether anything had to go."""
        roster, lists = self._office.roster(), self._office.lists()
        gone = [one for one in keys.owners() if not is_anybody(roster, one, lists)]
        return any([keys.remove(one) for one in gone])


def added(office: Office, one: Passkey, to: str, lang: str, text: str) -> Letter:
    """A device can sign in as you now."""
    return lettering.letter(
        office,
        "passkeys/added",
        to,
        lang,
        name=one.name,
        since=one.added,
        confirm=f"{office.config.url}/confirm/{text}",
        until=clock.now() + _DAYS,
    )


def confirmed(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """It was not the member."""
    deed = Deed(DISOWNED, {"member": _number(facts, "member"), "passkey": _number(facts, ACTION)})
    return Plan(deeds=(deed,), subject="Remove a passkey")


def tell(config: Config, facts: Mapping[str, Any], when: datetime) -> None:
    """Notes that the letter is on its way. Safe to call twice."""
    keys = Passkeys(config)
    try:
        keys.tell(int(facts["passkey"]))
    finally:
        keys.close()


def disown(config: Config, facts: Mapping[str, Any], when: datetime) -> None:
    """The passkey goes, and all sessions of the member end. Safe to call twice."""
    keys, stored = Passkeys(config), sessions.of(config)
    try:
        keys.remove(int(facts["member"]), int(facts["passkey"]))
        stored.end_all(int(facts["member"]))
    finally:
        keys.close()
        stored.close()


class Disowning:
    """The page behind the letter's button. Close it."""

    def __init__(self, config: Config) -> None:
        self._config, self._post = config, DeskPost(config)

    def close(self) -> None:
        """Lets go of the spool."""
        self._post.close()

    async def answer(self, request: Request, facts: TokenFacts) -> Response:
        """GET asks; POST does it at once, and the desk takes the token back."""
        lang = wanted_language(request, str(facts.data.get("lang", "")))
        if request.method == "POST" and is_own(request):
            gone = {"member": _number(facts, "member"), "passkey": _number(facts, ACTION)}
            await asyncio.to_thread(disown, self._config, gone, clock.now())
            plain = token.normalise(request.path_params["token"]) or ""
            await self._post.put(f"{SITE}-confirm+{plain}", Mailbox("", facts.address), lang)
            done = gettext(
                lang, "The passkey is removed, and you are signed out on all devices. To sign in:"
            )
            title = gettext(lang, "The passkey is removed")
            return page(lang, title, _text(done) + '<p><a href="/login/">/login/</a></p>')
        name = f"<bdi>{escape(str(facts.data.get('name', '')))}</bdi>"
        question = gettext(lang, "Did you not add this passkey? Then remove it here:")
        yes = gettext(lang, "Remove it, and sign out on all devices")
        calm = gettext(lang, "If it is yours, close this page: nothing happens then.")
        inside = (
            f"{_text(question)}<p><strong>{name}</strong></p>"
            f'<form method="post"><p><button type="submit">{escape(yes)}</button></p></form>'
            f"{_text(calm)}"
        )
        return page(lang, gettext(lang, "A passkey that you do not know?"), inside)


def _number(facts: TokenFacts, name: str) -> int:
    found = facts.data.get(name)
    return found if isinstance(found, int) else 0


def _text(words: str) -> str:
    return f"<p>{escape(words)}</p>"
