"""Whether the letter of a moderator still decides. Pure.

A letter is sent to who looks after a list then. Who does so no more reads and decides nothing by an
old one: neither on its page nor by mail. Nor does who reads the mail of an address that a moderator
had before: it may be somebody else's by now.
"""

from __future__ import annotations

from datetime import datetime

from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.operators import staff
from solicomm_build.people.roster import HUB, Roster


def still_decides(config: Config, roster: Roster, facts: TokenFacts) -> bool:
    """Whether who holds a token for deciding looks after its list now, or runs the hub."""
    number = facts.data.get("number", 0)
    if staff.decides(config, roster, facts.address, number):
        return True
    places = (facts.conference, HUB)
    roles = {roster.roles.get((place, number)) for place in places}
    member = roster.members.get(number)
    if member is None or key(member.address) != key(facts.address):
        return False
    return not roles.isdisjoint(("moderator", "host"))


def who_asks(roster: Roster, facts: TokenFacts) -> str:
    """The address that asks to join; of a member, the one of today."""
    member = roster.members.get(facts.data.get("member", 0))
    is_here = member is not None and member.state != "removed"
    return member.address if member and is_here else str(facts.data.get("join", ""))


def is_open(roster: Roster, facts: TokenFacts, now: datetime) -> bool:
    """Whether a letter about a request to join decides still: nobody has, and the request waits, by
    this letter or by a later one."""
    who = key(str(facts.data["join"]))
    return not facts.used and any(
        one.conference == facts.conference and key(str(one.data["join"])) == who
        for _, one in roster.tokens.facts.good_for("moderate", now, about="join")
    )
