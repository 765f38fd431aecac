"""The meetings of a hub as My hub looks at them: without their answers, kept while their files are
the same. Safe for several threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from solicomm_build.features.meetings import meetingbook, meetingfiles
from solicomm_build.features.meetings.meetingfiles import MeetingFiles
from solicomm_build.features.meetings.rsvpaddress import MEETING_ID
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo

_LONG = timedelta(days=60)
"""After its end a meeting may still get its minutes here; by mail it always can."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """A meeting of a conference."""

    conference: str
    files: MeetingFiles


class Meetings:
    """Answers for one hub. Blocking."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._known: dict[tuple[str, str], tuple[Oid | None, MeetingFiles]] = {}
        self._over: dict[tuple[str, str], datetime] = {}
        """From when on a meeting is over for good: clocks may go back."""

    def of(self, names: Iterable[str]) -> Iterator[Ahead]:
        """The meetings of these conferences that are not over for good, the first first. Costs a
        look at one folder a conference, and where a meeting is ahead, one at its files."""
        found = [one for name in names for one in self._of(name)]
        yield from sorted(found, key=lambda one: (one.files.meeting.starts, one.files.meeting.id))

    def one(self, name: str, meeting: str) -> MeetingFiles | None:
        """A meeting that is not over for good."""
        found = (one.files for one in self._of(name) if one.files.meeting.id == meeting)
        return next(found, None)

    def _of(self, name: str) -> Iterator[Ahead]:
        folder = self._config.private / meetingbook.FOLDER / name
        there = [one.name for one in folder.iterdir()] if folder.is_dir() else []
        left = [one for one in there if MEETING_ID.fullmatch(one) and not self._is_over(name, one)]
        if not left:
            return
        with Reader(open_repo(self._config.conference_repo(name))) as reader:
            for identifier in sorted(left):
                files = self._read(reader, name, identifier)
                if files is None:
                    continue
                self._over[name, identifier] = _over(files)
                if self._is_over(name, identifier):
                    continue
                yield Ahead(name, files)

    def _is_over(self, name: str, identifier: str) -> bool:
        over = self._over.get((name, identifier))
        return over is not None and clock.now() >= over

    def _read(self, reader: Reader, name: str, identifier: str) -> MeetingFiles | None:
        tree = reader.oid_at(MAIN, f"meetings/{identifier}")
        known = self._known.get((name, identifier))
        if known is not None and known[0] == tree:
            return known[1]
        try:
            files = meetingfiles.current(reader, identifier)
        except SoliCommError:
            return None  # its own page says what is wrong with it
        self._known[name, identifier] = tree, files
        return files


def _over(files: MeetingFiles) -> datetime:
    meeting = files.meeting
    closed = meeting.is_cancelled or files.minutes is not None
    return meeting.ends + (timedelta(0) if closed else _LONG)
