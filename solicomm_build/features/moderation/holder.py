"""Whether the letter of a moderator still decides. Pure.

A letter is sent to who looks after a list then. Who does so no more reads and decides nothing by an
old one: neither on its page nor by mail.
"""

from __future__ import annotations

from solicomm_build.message.address import key
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.roster import HUB, Roster


def still_decides(roster: Roster, facts: TokenFacts, operator: str | None) -> bool:
    """Whether who holds a token for deciding looks after its list now; `operator` is the address of
    who runs the hub, None for nobody."""
    number = facts.data.get("number", 0)
    if not number:
        return operator is not None and key(facts.address) == key(operator)
    places = (facts.conference, HUB)
    roles = {roster.roles.get((place, number)) for place in places}
    return number in roster.members and not roles.isdisjoint(("moderator", "host"))
