"""`private/roster.git`: the roster as it is now, and new events.

Events are folded (people/roster.py) in the order of their files' names (people/eventfiles.py). The
fold is kept and brought up to date from what the log says has come; as that happens seldom, no
process of git waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import eventfiles, rosterevents
from solicomm_build.people import roster as model
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterevents import Event


class RosterStore:
    """Reads the roster, quickly when nothing has changed. Not for several threads. Close it."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._reader = Reader(repo)
        self._tip: Oid | None = None
        self._last = ""  # the name of the last file folded

    @cached_property
    def _roster(self) -> Roster:
        return Roster()

    def roster(self) -> Roster:
        """The roster after every event that is durable now. Do not change it."""
        tip = self._repo.ref()
        if tip is not None and tip != self._tip:
            with self._reader:
                self._take_up(tip)
            self._tip = tip
        return self._roster

    @property
    def tip(self) -> Oid | None:
        """The commit that `roster` gave last."""
        return self._tip

    def append(
        self,
        events: Sequence[Event],
        *,
        at: datetime,
        subject: str,
        source: str = "cli",
        sha256: str = "",
    ) -> None:
        """Adds events in one file and one commit; durable on return. `sha256` is that of the file
        they come from. They count after all that is there, also when a clock went back."""
        with self._reader:
            at = eventfiles.after_all(self._reader, at)
        blob = rosterevents.encode_events(events)
        change = Change(rosterevents.event_path(at, blob), blob)
        hashed = f"sha256:{sha256}" if sha256 else ""
        message = compose(subject, Source=source, Hash=hashed)
        write_once(self._repo, [change], message=message, when=at)

    def close(self) -> None:
        """Ends the reading process."""
        self._reader.close()

    def _take_up(self, tip: Oid) -> None:
        try:
            changed = log.diff(self._repo, self._tip, tip, reader=self._reader)
        except StoreError:  # erased since: the commit that was read last is no more
            self._tip, self._last, self._roster = None, "", Roster()
            changed = log.diff(self._repo, None, tip, reader=self._reader)
        files = eventfiles.added(changed)
        appended = eventfiles.only_added(changed) and (
            not files or rosterevents.name_of(files[0][0]) > self._last
        )
        if not appended:  # an event from before the last one: fold anew, in order
            self._roster = Roster()
            files = eventfiles.at(self._reader, tip)
        self._fold(files)
        if self._roster.names.is_stale:  # all events of who was renamed are of the new name
            self._roster = Roster(self._roster.names.renewed())
            self._fold(eventfiles.at(self._reader, tip))

    def _fold(self, files: Sequence[tuple[str, Oid]]) -> None:
        for path, blob in eventfiles.read(self._reader, files):
            for event in rosterevents.decode_events(blob, file=path):
                model.apply(self._roster, event)
            self._last = rosterevents.name_of(path)


def roster_at(repo: Repo, commit: str) -> Roster:
    """The roster as it was at a commit, which may be shortened. Raises StoreError."""
    with Reader(repo) as reader:
        files = eventfiles.read(reader, eventfiles.at(reader, commit))
        return model.fold(
            event for path, blob in files for event in rosterevents.decode_events(blob, file=path)
        )
