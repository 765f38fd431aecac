"""When a mail about a topic goes, and to whom of those who follow it. Pure.

Nobody gets a post twice: who gets it as a copy of the list, or with a digest, gets no other mail
about it; nor does its author, or who is in To or Cc of it and so has it already. `mail: off` and
`mail: answers` hold for what somebody follows by writing; who asks to follow a topic gets it all.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime, timedelta

from solicomm_build.features.following.follows import ASKED, FOLLOWS, QUIET, Follow, Person
from solicomm_build.features.following.topics import is_active, may_read
from solicomm_build.message.address import key
from solicomm_build.people.address import fold
from solicomm_build.people.membership import option
from solicomm_build.people.roster import Roster
from solicomm_build.people.wishes import most_a_day
from solicomm_build.post.conference import Conference

SOON, TOGETHER = timedelta(seconds=10), timedelta(minutes=10)
"""How long after the first mail about a topic the second one goes at the earliest, and after each
other the next."""


def due(follow: Follow, now: datetime) -> float:
    """When a new post goes to somebody, in POSIX seconds: the first at once, so that a question has
    its answer; what follows soon after a mail comes together. A mail that went while a clock was
    far ahead holds none back."""
    moment = now.timestamp()
    if not follow.times or abs(moment - follow.told) > QUIET.total_seconds():
        return moment
    gap = SOON if follow.times == 1 else TOGETHER
    return max(moment, follow.told + gap.total_seconds())


def address_of(person: Person, roster: Roster) -> str:
    """Where mail to somebody goes now; empty when the roster knows the member no more."""
    if not person.number:
        return person.address
    member = roster.members.get(person.number)
    return member.address if member is not None else ""


def number_of(person: Person, roster: Roster) -> int:
    """The member's number of somebody, also of who followed as a stranger and has joined since; 0
    for a stranger."""
    if person.number:
        return person.number
    member = roster.member(person.address) if person.address else None
    return member.number if member is not None else 0


def has_left(follow: Follow, roster: Roster) -> bool:
    """Whether somebody who was on the list has left it, and wants none of its mail."""
    return follow.member and follow.person.number not in roster.subscriptions[follow.conference]


def gets(
    follow: Follow,
    roster: Roster,
    conference: Conference,
    *,
    authors: Container[str],
    addressed: Container[str],
    served: Container[str],
) -> bool:
    """Whether a post is mailed to somebody because of a topic. `served` have it already, by a copy
    of this list or of another, `addressed` are named by the message: as `fold` writes them.
    `authors` are as `message.address.key` does, by which two spellings of an address are one."""
    address = address_of(follow.person, roster)
    who = fold(address)
    if follow.state != FOLLOWS or not who or who in addressed or who in served:
        return False
    if key(address) in authors:
        return False
    if has_left(follow, roster) or not may_read(roster, conference, address):
        return False
    number = number_of(follow.person, roster)
    if not number:
        return True
    if not is_active(roster, number, conference.id):
        return False
    options = roster.subscriptions[conference.id].get(number)
    if options is None:
        return True
    if option(options, "paused") or option(options, "digest") != "none" or most_a_day(options):
        return False
    if option(options, "mail") != "on":
        return follow.why == ASKED
    return bool(option(options, "topics"))  # a copy of everything comes to all others
