"""The files of one meeting, put together and counted. The files may come from our store, or from a
copy that lies in a folder: whoever counts again gets the same.

Broken files are named as faults and left out, so that nobody can stop a count by one bad file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from solicomm_build.features.meetings import meeting as meetings
from solicomm_build.features.meetings.meeting import CHOICES, Batch, Meeting, Minutes, Said
from solicomm_build.features.meetings.rsvpaddress import MEETING_ID
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN


@dataclass(frozen=True)
class MeetingFiles:
    """One meeting as its files say: all versions, the oldest first; the last answer of each."""

    versions: tuple[Meeting, ...]
    answers: Mapping[str, Said] = field(default_factory=dict)
    batches: tuple[Batch, ...] = ()
    minutes: Minutes | None = None
    faults: tuple[ContentError, ...] = ()

    @property
    def meeting(self) -> Meeting:
        """As it is now."""
        return self.versions[-1]

    @property
    def made(self) -> datetime:
        """When it was made: the moment of its first version."""
        return self.versions[0].at

    @property
    def set_at(self) -> datetime:
        """Since when it has the time that it has now: answers from before are to another."""
        meeting, since = self.meeting, self.meeting.at
        for one in reversed(self.versions):
            if (one.starts, one.ends) != (meeting.starts, meeting.ends):
                break
            since = one.at
        return since

    @property
    def invited(self) -> int:
        """How many were invited when answers were last published."""
        return self.batches[-1].invited if self.batches else 0

    def count(self, choice: str) -> int:
        """How many say so."""
        return sum(said.choice == choice for said in self.answers.values())

    def names(self, choice: str) -> list[str]:
        """Who says so and may be named, in the order of the alphabet."""
        found = (said.name for said in self.answers.values() if said.choice == choice)
        return sorted(filter(None, found), key=str.casefold)

    @property
    def silent(self) -> int:
        """How many have not answered."""
        return max(0, self.invited - sum(map(self.count, CHOICES)))


def assemble(identifier: str, files: Mapping[str, bytes]) -> MeetingFiles:
    """The meeting whose files these are, by their paths in the repository. Raises ContentErrors
    when there is no sound version."""
    faults: list[ContentError] = []
    versions, batches = list[Meeting](), list[Batch]()
    minutes = None
    for path, octets in sorted(files.items()):
        found = meetings.parse_path(path)
        if found is None or found[0] != identifier:
            remedy = "Files of a meeting are named in docs/formats/meeting.md; take it out"
            faults.append(ContentError("this is no file of the meeting", file=path, remedy=remedy))
            continue
        try:
            match found[1]:
                case "version":
                    versions.append(_version(octets, path))
                case "answers":
                    batches.append(meetings.decode_answers(octets, path))
                case "minutes":
                    minutes = meetings.decode_minutes(octets, path)
        except ContentError as error:
            faults.append(error)
    if not versions:
        fault = ContentError(
            "the meeting has no 0.yaml",
            file=meetings.folder(identifier),
            remedy="Bring it back from a copy",
        )
        raise ContentErrors([*faults, fault])
    versions.sort(key=lambda one: one.sequence)
    batches.sort(key=lambda one: one.at)
    answers: dict[str, Said] = {}
    for batch in batches:
        answers.update(batch.answers)
    return MeetingFiles(tuple(versions), answers, tuple(batches), minutes, tuple(faults))


def _version(octets: bytes, path: str) -> Meeting:
    found = meetings.decode(octets, path)
    if meetings.version_path(found) != path:
        fault = "`id` and `sequence` are not those of its name"
        raise ContentError(fault, file=path, remedy="Bring it back from a copy")
    return found


def identifiers(reader: Reader, rev: str = MAIN) -> list[str]:
    """The ids of all meetings there are files of."""
    found: Iterable[str] = (item.path for item in reader.tree(rev, "meetings"))
    return sorted(filter(MEETING_ID.fullmatch, found))


def current(reader: Reader, identifier: str, rev: str = MAIN) -> MeetingFiles:
    """One meeting without its answers, which may be many. Raises ContentErrors when it has no sound
    version."""
    at = meetings.folder(identifier)
    items = [one for one in reader.tree(rev, at.rstrip("/")) if one.path.endswith(".yaml")]
    blobs = reader.blobs(item.oid for item in items)
    return assemble(
        identifier, {at + one.path: blob for one, blob in zip(items, blobs, strict=True)}
    )


def load(reader: Reader, identifier: str, rev: str = MAIN) -> MeetingFiles:
    """One meeting with all its files. Raises ContentErrors when it has no sound version."""
    at = meetings.folder(identifier)
    items = reader.tree(rev, at.rstrip("/"), recursive=True)
    blobs = reader.blobs(item.oid for item in items)
    return assemble(
        identifier, {at + one.path: blob for one, blob in zip(items, blobs, strict=True)}
    )
