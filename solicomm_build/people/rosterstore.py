"""`private/roster.git`: the roster as it is now, and new events.

Events are folded (people/roster.py) in the order of their files' names (people/eventfiles.py). The
fold is kept in `state/roster.sqlite` (kept/book.py), whose cursor is the commit that it stands for:
who asks first after a change brings it up to date from what the log says has come.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, Self

from solicomm_build.foundation.errors import SoliCommError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import eventfiles, rosterevents
from solicomm_build.people import roster as model
from solicomm_build.people.kept import book, firstfree
from solicomm_build.people.kept.book import BookError
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterevents import Event

_COMMIT: Final = "commit"
_LAST: Final = "last"
_TOGETHER: Final = 1000
"""Files of events that are read together."""

Told = Callable[[int], None]
"""Is told how many files of events were folded, now and then."""


class RosterStore:
    """Reads the roster, quickly when nothing has changed. Not for several threads. Close it."""

    def __init__(
        self,
        repo: Repo,
        file: Path | None = None,
        told: Told = lambda count: None,
        first_free: Callable[[], int] = int,
    ):
        """The fold is kept in `file`, or in this process alone."""
        self._repo, self._file, self._told, self._first_free = repo, file, told, first_free
        self._reader = Reader(repo)
        self._tip: Oid | None = None
        self._held: Roster | None = None

    @classmethod
    def of(cls, config: Config, told: Told = lambda count: None) -> Self:
        """That of a hub. Raises HubError when there is none."""
        first_free = partial(firstfree.read, config.private)
        return cls(open_repo(config.roster_repo), config.state / book.FILE, told, first_free)

    def roster(self) -> Roster:
        """The roster after every event that is durable now. Do not change it. Raises StoreError."""
        tip = self._repo.ref()
        held = self._held
        if held is None or held.book.is_broken or held.book.mine != os.getpid():
            self._tip, held = None, Roster(book.opened(self._file))
        if tip is not None and tip != self._tip:
            with self._reader:
                held = self._follow(held, tip)
        held.first_free = self._first_free
        self._held = held
        return held

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

    def _follow(self, held: Roster, tip: Oid) -> Roster:
        """Sees to it that a roster stands for what is durable now; gives it, or another one where
        its file is damaged, or the disk full."""
        try:
            self._tip = self._brought_up(held, tip)
        except BookError:
            if not held.book.is_kept:
                raise
            held = Roster(book.opened(self._file))
            try:
                self._tip = self._brought_up(held, tip)
            except BookError:
                held = Roster()
                self._tip = self._brought_up(held, tip)
        return held

    def _brought_up(self, held: Roster, tip: Oid) -> Oid:
        """The commit that the book stands for from now on: `tip`, or a later one."""
        if held.book.said(_COMMIT) == tip:
            return tip
        is_anew = False
        try:
            with held.book.changing():
                now = self._repo.ref() or tip
                if (was := held.book.said(_COMMIT)) != now:
                    is_anew = self._take_up(held, Oid(was) if was else None, now)
                    held.book.say(_COMMIT, now)
        except BaseException:
            held.remembered.drop()
            raise
        if is_anew:
            held.book.settle()
        return now

    def _take_up(self, held: Roster, was: Oid | None, tip: Oid) -> bool:
        """Folds what came after a commit; whether that meant to begin anew."""
        files = self._appended(was, tip, held.book.said(_LAST)) if was is not None else None
        if files is not None:
            held.begin()
            self._fold(held, files)
        else:
            self._fold_all(held, tip)
        is_anew = files is None
        while held.names.is_stale:  # all events of who was renamed are of the new name
            is_anew = True
            self._fold_all(held, tip)
        return is_anew

    def _fold_all(self, held: Roster, tip: Oid) -> None:
        names = held.names.renewed()
        held.begin(names)
        try:
            self._fold(held, eventfiles.by_folder(self._reader, tip))
        except eventfiles.DisorderError:
            held.begin(names)
            self._fold(held, eventfiles.at(self._reader, tip))

    def _appended(self, was: Oid, tip: Oid, last: str) -> list[tuple[str, Oid]] | None:
        """The files that came since; None when other things happened, too, such as an event from
        before the last one: then all are folded in order."""
        try:
            changed = log.diff(self._repo, was, tip, reader=self._reader)
        except StoreError:  # erased since: the commit that was read last is no more
            return None
        files = eventfiles.added(changed)
        is_so = eventfiles.only_added(changed) and (
            not files or rosterevents.name_of(files[0][0]) > last
        )
        return files if is_so else None

    def _fold(self, held: Roster, files: Iterable[tuple[str, Oid]]) -> None:
        rest, count, last = iter(files), 0, ""
        while some := list(islice(rest, _TOGETHER)):
            for path, blob in eventfiles.read(self._reader, some):
                for event in rosterevents.decode_events(blob, file=path):
                    model.apply(held, event)
                last = rosterevents.name_of(path)
            count += len(some)
            self._told(count)
        if last:
            held.book.say(_LAST, last)


def prepare(config: Config, told: Told) -> None:
    """Folds what nobody has folded yet, before the stages would wait for it together: a hub of an
    earlier version, or one that was restored. What is wrong is said by whoever needs the roster."""
    with contextlib.suppress(SoliCommError):
        store = RosterStore.of(config, told)
        try:
            store.roster()
        finally:
            store.close()


def roster_at(repo: Repo, commit: str) -> Roster:
    """The roster as it was at a commit, which may be shortened. Raises StoreError."""
    with Reader(repo) as reader:
        files = eventfiles.read(reader, eventfiles.at(reader, commit))
        return model.fold(
            event for path, blob in files for event in rosterevents.decode_events(blob, file=path)
        )
