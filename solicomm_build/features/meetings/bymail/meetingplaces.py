"""Which meeting an address with a token is for, and whose it is: as the desk sees it."""

from __future__ import annotations

from dataclasses import dataclass

from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Case
from solicomm_build.features.meetings import meetingfiles, rsvpaddress
from solicomm_build.features.meetings.meetingfiles import MeetingFiles
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.git.reader import Reader
from solicomm_build.people import token
from solicomm_build.people.membership import Member


@dataclass(frozen=True, slots=True)
class Place:
    """A meeting of a conference, and the member whose address was written to."""

    conference: str
    files: MeetingFiles
    member: Member


def of(office: Office, case: Case) -> Place | None:
    """Whose address a mail came to. None for one that we never made, whoever wrote to it, and for
    who is no member any more."""
    found = rsvpaddress.split(case.address.rpartition("@")[0])
    number = rsvpaddress.member(office.key, found) if found else None
    member = office.roster().members.get(number) if number is not None else None
    if found is None or member is None or member.state == "removed":
        return None
    for name in sorted(office.lists()):
        names = office.roster().names.of(name)
        if any(token.is_of(found.tag, one) for one in names) and (
            files := load(office, name, found.base)
        ):
            return Place(name, files, member)
    return None


def load(office: Office, conference: str, meeting: str) -> MeetingFiles | None:
    """A meeting of a conference; None when there is no sound one of this id."""
    with Reader(office.repo(conference)) as reader:
        if meeting not in meetingfiles.identifiers(reader):
            return None
        try:
            return meetingfiles.load(reader, meeting)
        except SoliCommError:
            return None
