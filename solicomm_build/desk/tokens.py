"""Tokens given out by mail and taken back (docs/mail-rules.md#tokens).

A token is 128 random bits in a mail; the roster holds its digest and what it allows. Whoever has it
reads the mailbox it went to, which is all that a confirmation proves. One token, one use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from solicomm_build.desk.answer import reaches
from solicomm_build.desk.commands import lines, one
from solicomm_build.desk.office import CONFIRM, Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan
from solicomm_build.foundation import clock
from solicomm_build.people import rosterevents, token
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.rosterevents import Event
from solicomm_build.post import ownwords
from solicomm_build.post.said import natural


def ask(
    office: Office,
    case: Case,
    action: str,
    to: str,
    write: Callable[[str, str], Letter],
    *,
    kind: str = "",
    data: Mapping[str, Any] | None = None,
    days: timedelta = CONFIRM,
) -> Plan:
    """A letter to `to` that asks for a confirmation, with its token, which is good for so many
    `days`; nothing when the mail must not be answered, or `to` got the same question today. `write`
    gets the token and the kind."""
    kind = kind or f"{action}:{case.conference}"
    if case.mute or case.automatic or not reaches(to) or not office.may(case, to, kind):
        return NOTHING
    text = token.fresh()
    event = given(text, action, case.conference, to, days=days, data=data)
    return Plan(events=(event,), letters=(write(text, kind),), subject=f"Ask: {action}")


def given(
    text: str,
    action: str,
    conference: str,
    to: str,
    *,
    days: timedelta,
    data: Mapping[str, Any] | None = None,
) -> Event:
    """The event of a token given out now."""
    now = clock.now()
    return rosterevents.token(
        token.digest(text), action, conference, to, at=now, expires=now + days, data=data
    )


def found(office: Office, text: str) -> tuple[str, TokenFacts] | None:
    """(digest, facts) of a token that is still good, in whatever way a mail program mangled it."""
    plain = token.normalise(text)
    if plain is None:
        return None
    digest = token.digest(plain)
    facts = office.roster().tokens.valid(digest, clock.now())
    return None if facts is None else (digest, facts)


def known(office: Office, text: str) -> TokenFacts | None:
    """What a token was for, used or over."""
    plain = token.normalise(text)
    return office.roster().tokens.known(token.digest(plain)) if plain else None


def used(digest: str) -> Event:
    """The event of a token taken back."""
    return rosterevents.token_used(digest, at=clock.now())


def of_mail(case: Case) -> str:
    """Where a token may stand: the address, else the subject or a line `confirm TOKEN`."""
    if case.tag:
        return case.tag
    for text in (case.message.subject, *lines(case.message.text)):
        command = one(text)
        if command is not None and command.name == "confirm" and command.words:
            return command.words[0]
    return token.normalise(case.message.subject) or ""


def refuses(case: Case) -> bool:
    """Whether the first line of an answer says that its author does not want it."""
    first = _first(case)
    command = one(first)
    if command is not None and command.name in ("leave", "stop"):
        return True
    return natural.consent(first) == natural.NO


def hesitates(case: Case) -> bool:
    """Whether the first line of an answer asks back, or says yes or no with a doubt."""
    return natural.consent(_first(case)) == natural.UNSURE


def agrees(case: Case) -> bool:
    """Whether the first line of an answer says yes in so many words: an empty one does not."""
    return natural.consent(_first(case)) == natural.YES


def _first(case: Case) -> str:
    own = ownwords.without_greeting(list(lines(case.message.text)))
    return next(iter(own), "")
