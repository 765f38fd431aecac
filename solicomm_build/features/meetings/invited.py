"""Who is invited to meetings of a list, and in whose time."""

from __future__ import annotations

from solicomm_build.features.meetings import work
from solicomm_build.people.membership import Member, option
from solicomm_build.people.roster import Roster


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
