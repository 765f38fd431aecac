"""A person's answers to invitations, and how they go: the counts stay, and nothing says whose they
were."""

from __future__ import annotations

from typing import Any

from solicomm_build.features.meetings import forgottenanswers
from solicomm_build.features.meetings import meeting as meetings
from solicomm_build.features.meetings.meetingbook import books
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Erased, Taking


def _told(
    config: Config, _members: Roster, number: int, _addresses: frozenset[str]
) -> list[dict[str, Any]]:
    found = []
    for book in books(config) if number else ():
        answers = book.answers(number)
        if answers or number in book.invited():
            said = [{"at": meetings.stamp(one.at), "answer": one.choice} for one in answers]
            about = {"conference": book.conference, "meeting": book.meeting}
            found.append({**about, "invitee": book.invitee(number), "answers": said})
    return found


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    if gone.member is not None:
        count = forgottenanswers.from_meetings(config, gone.member, taking.cut)
        taking.counted("private/meetings", count)


FACTS = {"meetings": _told}
ERASE = _erase
