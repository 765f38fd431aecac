"""Who is invited to meetings of a list, and in whose time."""

from __future__ import annotations

from collections.abc import Set

from solicomm_build.features.meetings import work
from solicomm_build.people.membership import Member, option
from solicomm_build.people.roster import HUB, Roster

_LOOKS_AFTER = ("moderator", "host")


def people(roster: Roster, conference: str, *, closed: bool) -> dict[int, Member]:
    """Who is invited to meetings of a list: its subscribers who get mail of it and want that; where
    only members read (`closed`), nobody who is banned."""
    wishes = roster.ledger(work.MeetingWork)
    return {
        member.number: member
        for member, options in roster.subscribers(conference, closed=closed)
        if option(options, "mail") != "off"
        and not option(options, "paused")
        and wishes.is_wanted(conference, member.number)
    }


def is_outside(roster: Roster, conference: str, member: Member) -> bool:
    """Whether somebody reads nothing of a list for members only: who was banned there, has left it
    or was taken off it, and does not look after it."""
    if roster.is_shut_out(conference, member):
        return True
    roles = roster.roles.of(member.number)
    looks_after = any(roles.get(place) in _LOOKS_AFTER for place in (conference, HUB))
    return not looks_after and member.number not in roster.subscriptions[conference]


def outside(roster: Roster, conference: str, numbers: Set[int]) -> set[int]:
    """Those of some members of whom that is true."""
    on = {*roster.subscriptions[conference]}
    on |= {one.number for one in roster.with_role(conference, *_LOOKS_AFTER)}
    banned = (one.number for one in roster.shut_out(conference))
    return {*(numbers - on), *banned}


def uninvited(roster: Roster, conference: str, numbers: Set[int]) -> set[int]:
    """Those of some members who are not on a list, or want no invitations of it."""
    wishes, on = roster.ledger(work.MeetingWork), roster.subscriptions[conference]
    return {one for one in numbers if one not in on or not wishes.is_wanted(conference, one)}
