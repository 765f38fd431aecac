"""What a letter counts as: by how sure it is that who gets it has asked for it (limits.py)."""

from __future__ import annotations

from solicomm_build.desk.limits import (
    CLAIMED,
    DATA,
    LINKS,
    OWED,
    PROVEN,
    WEB,
    WORK,
    Asker,
    Pool,
    in_all,
)
from solicomm_build.desk.plan import Case
from solicomm_build.foundation import hooks, network
from solicomm_build.message.address import key
from solicomm_build.people import token
from solicomm_build.people.address import given_tokens
from solicomm_build.people.roster import Roster

_OWED = frozenset({"commands", "spent"})
"""Kinds (before their colon) of the desk itself of what is always told."""


@hooks.derived
def _kinds(which: str) -> frozenset[str]:
    """What features add (`desk/hooks.py::MailHook`)."""
    return frozenset().union(*hooks.each("mail", which))


def of(
    case: Case,
    to: str,
    kind: str,
    *,
    roster: Roster,
    bearer: str | None = None,
    fronts: tuple[str, ...] = (),
) -> tuple[Pool, Asker | None]:
    """The pool that a letter to `to` counts in, and whose budget besides. `bearer` is whom the tag
    of the mail's address was sent to; None where the roster knows that."""
    if case.web:
        return LINKS if case.purpose in _kinds("LINKS") else WEB, None
    name = kind.partition(":")[0]
    proven = case.proven and key(case.author) == key(to)
    if name == "mydata" and proven:
        return DATA, None
    if (proven and name in _kinds("WORK")) or brought_back(case, to, roster, bearer):
        return WORK, None
    if proven:
        return OWED if name in _OWED | _kinds("OWED") else PROVEN, None
    place = network.place(case.envelope.peer, fronts)
    return CLAIMED, Asker(place, case.envelope.mail_from or "", in_all(roster.active))


def brought_back(case: Case, to: str, roster: Roster, bearer: str | None) -> bool:
    """Whether the mail came to an address with a token that we sent to `to`, used or not: whoever
    has it reads that mailbox."""
    if bearer is not None:
        return key(bearer) == key(to)
    plain = token.normalise(case.tag) if case.tag and case.purpose in given_tokens() else None
    facts = roster.tokens.known(token.digest(plain)) if plain else None
    return facts is not None and key(facts.address) == key(to)
