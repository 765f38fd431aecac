"""Invitations: how owners bring people to a list; nobody is put on one unasked.

Used by the commands. The invited address gets a mail; answering it joins.

The rules: docs/mail-rules.md#membership.
"""

from __future__ import annotations

from collections.abc import Sequence

from solicomm_build.desk import atonce, letters, tokens
from solicomm_build.desk.answer import reaches
from solicomm_build.desk.office import CONFIRM, Office
from solicomm_build.desk.plan import Plan
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import AddressError, HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.address import is_valid, key
from solicomm_build.people import token
from solicomm_build.people.memberstore import changing


def invite(config: Config, conference: str, people: Sequence[Mailbox], *, lang: str = "") -> int:
    """Mails an invitation to each who is not on the list and was not invited today; returns how
    many. Durable on return. Raises AddressError (then nobody is invited) or HubError."""
    office = Office(config)
    try:
        if office.conference(conference) is None:
            raise HubError(f"There is no conference or list {conference} in this hub")
        for person in people:
            is_theirs = reaches(person.addr_spec) and not office.is_ours(person.addr_spec)
            if not is_valid(person.addr_spec) or not is_theirs:
                raise AddressError(f"{person.addr_spec!r} is not a person's e-mail address")
        with changing(config):
            return _invite(office, conference, people, lang)
    finally:
        office.close()


def _invite(office: Office, conference: str, people: Sequence[Mailbox], lang: str) -> int:
    cause = f"invite-{token.digest(token.fresh())[:16]}"
    plan, now, kind = Plan(subject=f"Invite to {conference}"), clock.now(), f"invite:{conference}"
    asked = atonce.lately(office, "invite", conference, CONFIRM)
    for person in people:
        to = person.addr_spec
        is_known = office.roster().is_listed(conference, to) or key(to) in asked
        if is_known or not office.limits.is_free(to, kind, now):
            continue
        asked.add(key(to))
        text = token.fresh()
        wanted = office.language_of(to, conference, lang)
        data = {"name": person.name, "lang": wanted}
        event = tokens.given(text, "invite", conference, to, days=CONFIRM, data=data)
        letter = letters.invite(office, conference, to, wanted, text)
        plan += Plan(events=(event,), letters=(letter,))
    if plan:
        atonce.carry_out(office, cause, plan)
    for one in plan.letters:  # killed before, nobody is taken for invited who is not
        office.limits.allow(one.to, kind, cause, now)
    return len(plan.letters)
