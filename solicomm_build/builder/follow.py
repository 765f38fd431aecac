"""Follows the log of each conference into the index: the commits since the last build, in order."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property, partial
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from solicomm_build.builder.apart import children
from solicomm_build.builder.conferences import changes, parse, state
from solicomm_build.builder.conferences.index import ConferenceIndex, EventFile
from solicomm_build.builder.conferences.indexedpost import Gone, IndexedPost
from solicomm_build.builder.contents import Place
from solicomm_build.builder.sources import Sources
from solicomm_build.foundation.types import Oid
from solicomm_build.git import commitmessage, log
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.people import grants
from solicomm_build.people.grant import Grants
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.post.event import LOCAL, TopicEvent
from solicomm_build.post.reading import origins, versions

Progress = Callable[[str, int], None]
"""Called with what is done and how many of it."""

_TAKES_AWAY = re.compile(rb"^type: *[\"']?(?:hide|move)\b", re.MULTILINE)

_CHUNK = 1000
"""Posts read in one go; fewer than these are read by this process alone."""
_AT_ONCE = 50_000
"""Commits in a transaction: 100 MB of memory."""
_WORTH = 64
"""The same where other machines read: each batch costs some milliseconds on the way."""

Unread: TypeAlias = tuple[str, Oid, datetime, str]
"""Where a post lies, its blob, when this hub got it, and at which other hub it was written."""

Parsed: TypeAlias = tuple[IndexedPost, tuple[str, str]]
"""A post for the index, and its row of the memo."""


def follow_all(
    sources: Sources, places: Mapping[str, Place[Conference]], progress: Progress
) -> None:
    """Brings the rows of these conferences to where they are, and drops those of others. What is
    there already costs nothing; roles are read once for all."""
    db = sources.db
    state.keep_conferences(db, places.keys())
    noted = state.noted(db, "conference:*") | state.noted(db, "roles:*")
    roles = cache(lambda: grants.read(sources.config, settled=True))
    for name, place in places.items():
        judged_by, is_there = noted.get(f"roles:{name}"), noted.get(f"conference:{name}")
        if is_there == place.commit and (judged_by is None or judged_by == roles().key):
            continue
        follow(db, sources, name, place.repo, place.commit, progress, roles=roles)


def follow(
    db: sqlite3.Connection,
    sources: Sources,
    name: str,
    repo: Path,
    new: Oid,
    progress: Progress,
    *,
    roles: Callable[[], Grants] | None = None,
) -> None:
    """Brings the rows of conference `name` to commit `new`, and notes what its pages must catch up
    with, in one transaction for each so many commits, so that memory has an end and what was read
    is not read again after a fall, nor all that is left in one. A rewritten history is read from
    its beginning, in one: until it is read, all that was there stays. Where there are events, other
    roles than before let all be judged anew: those that the hub's own repository tells, or
    `roles`."""
    section = f"conference:{name}"
    old = state.reflected(db, section)
    judged = _Roles(db, sources, name, roles)
    if old == new and not judged.moved:
        return
    at_once: int | None = _AT_ONCE
    db.execute("BEGIN IMMEDIATE")
    try:
        if old is not None and not _goes_on(sources, repo, Oid(old), new):
            state.forget_conference(db, name)
            old = at_once = None
        reading = _Reading(db, sources, repo, progress)
        if old != new:
            reading.begin(old, new, at_once)
        while True:
            _apply(db, reading, judged, old)
            old = reading.at if reading.goes_on else new
            state.reflect(db, section, old)
            judged.note()
            db.execute("COMMIT")
            if old == new:
                return
            db.execute("BEGIN IMMEDIATE")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _goes_on(sources: Sources, repo: Path, old: Oid, new: Oid) -> bool:
    return log.goes_on(open_repo(repo), old, new, reader=sources.reader(repo))


def _apply(db: sqlite3.Connection, reading: _Reading, roles: _Roles, old: str | None) -> None:
    index = ConferenceIndex(db, roles.name, roles.may, roles.called)
    before = _hidden(db, roles.name) if roles.moved else set()
    touched = index.apply(reading.changes(), reading.events, refold=roles.moved)
    changes.prune(db)
    for sha256 in reading.files:
        index.file(sha256)
    touched.paths |= reading.others
    unseen = roles.moved and not _hidden(db, roles.name) <= before
    everything = old is None or reading.removed or unseen
    state.note_pending(db, f"conference:{roles.name}", None if everything else touched.as_dict())


def _hidden(db: sqlite3.Connection, name: str) -> set[str]:
    rows = db.execute("SELECT mid FROM post WHERE conf=? AND hidden>0", (name,))
    return {mid for (mid,) in rows}


class _Roles:
    """Who was allowed what in a conference. Looked up only where there are events: `moved` is
    whether they were judged by other roles before."""

    def __init__(
        self,
        db: sqlite3.Connection,
        sources: Sources,
        name: str,
        given: Callable[[], Grants] | None,
    ) -> None:
        self._db, self.name = db, name
        self._given = given or partial(grants.read, sources.config, settled=True)
        self._source, self.called = f"roles:{name}", sources.called
        known = state.reflected(db, self._source)
        self.moved = known is not None and known != self._grants.key

    @cached_property
    def _grants(self) -> Grants:
        return self._given()

    def may(self, event: TopicEvent) -> bool:
        """Whether the author of an event was a moderator when it began to count."""
        return self._grants.may(event.by, self.name, event.since)

    def note(self) -> None:
        """Remembers by which roles events were judged, if there are any."""
        found = self._db.execute("SELECT 1 FROM event WHERE conf=? LIMIT 1", (self.name,))
        if found.fetchone() is not None:
            state.reflect(self._db, self._source, self._grants.key)


class _Reading:
    """One pass over new commits, all at once or in parts. `at` is the last commit that was read and
    `goes_on` whether there may be more. Of the part that was read last, `events` are topic events,
    `files` the SHA-256 of new attachments, `others` the paths of everything else. `removed` says
    whether words or files were taken away, by deleting, replacing, hiding or moving them: then
    nothing that showed them may stay, and all pages are made anew."""

    def __init__(
        self, db: sqlite3.Connection, sources: Sources, repo: Path, progress: Progress
    ) -> None:
        self._db = db
        self._repo = repo
        self._reader = sources.reader(repo)
        self._progress = progress
        self._batch: list[Unread] = []
        self._elsewhere = sources.readers
        self._under_way: Sequence[children.Joined[list[Parsed]]] = []
        self._read = 0
        self._commits: Iterator[log.Commit] = iter(())
        self._at_once: int | None = None
        self.at = ""
        self.goes_on = False
        self.events: list[EventFile] = []
        self.files: list[str] = []
        self.others: set[str] = set()
        self.removed = False

    def begin(self, old: str | None, new: Oid, at_once: int | None) -> None:
        """What comes after `old` is read, so many commits in a part; None: all in one."""
        since = Oid(old) if old else None
        self._commits = log.commits(open_repo(self._repo), since, new, reader=self._reader)
        self._at_once = at_once

    def changes(self) -> Iterator[IndexedPost | Gone]:
        """The posts that come in or go in the next part, in the order of the commits; of one commit
        first those that go, so that a post may be carried into another thread."""
        self.events.clear()
        self.files.clear()
        self.others.clear()
        self.removed = False
        count = 0
        for commit in islice(self._commits, self._at_once):
            self.at = commit.oid
            count += 1
            changes: Sequence[log.Changed] = commit.changes
            said = commitmessage.trailers(commit.message)
            hub = origins.of(said)
            if said.get("Source") == versions.SOURCE:
                changes = versions.as_shown(changes)
            else:
                yield from self._gone(commit)
            for change in changes:
                if posts.parse_path(change.path) is None:
                    self._note_other(change, commit)
                    continue
                self.removed |= change.status != "A"
                if change.status != "D":
                    self._batch.append((change.path, change.oid, commit.committed, hub))
            if len(self._batch) >= _CHUNK:
                yield from self._flush()
        self.goes_on = count == self._at_once
        yield from self._flush()
        yield from self._joined()

    def _gone(self, commit: log.Commit) -> Iterator[IndexedPost | Gone]:
        """The posts that a commit takes away, after all that came before it."""
        found = [posts.parse_path(one.path) for one in commit.changes if one.status == "D"]
        if gone := [Gone(mid, tid) for tid, mid in filter(None, found)]:
            yield from self._flush()
            yield from self._joined()
            yield from gone

    def _note_other(self, change: log.Changed, commit: log.Commit) -> None:
        parts = change.path.removeprefix(LOCAL).split("/")
        if parts[0] == "files":
            self.removed |= change.status != "A"
            self.files.append(parts[-1].removesuffix(".small"))
        elif len(parts) == 5 and parts[0] == "topics" and parts[3] == "events":
            data = None if change.status == "D" else self._reader.blob(change.oid)
            self.events.append((parts[2], change.path, data, commit.committed))
            self.removed |= change.status != "A" or data is None
            self.removed |= data is not None and _TAKES_AWAY.search(data) is not None
        else:
            self.others.add(change.path)

    def _flush(self) -> Iterator[IndexedPost]:
        """The posts of the batch: a few are read here, so that the process that makes their pages
        need not start a reader; many in children, which begin while those before are indexed."""
        batch, self._batch = self._batch, []
        if self._read == 0 and len(batch) < (_WORTH if self._elsewhere else _CHUNK):
            yield from self._taken(_read(self._reader, batch))
        else:
            begun = self._begun(batch)
            yield from self._joined()
            self._under_way = begun
        self._read += len(batch)
        if batch and self._under_way:
            self._progress("posts read", self._read)

    def _begun(self, batch: Sequence[Unread]) -> Sequence[children.Joined[list[Parsed]]]:
        if self._elsewhere:
            return self._elsewhere(self._repo, batch)
        return children.begin([partial(read_apart, self._repo, part) for part in shares(batch)])

    def _joined(self) -> Iterator[IndexedPost]:
        """The posts that the children have read."""
        under_way, self._under_way = self._under_way, []
        for part in children.end(under_way):
            yield from self._taken(part)

    def _taken(self, posts: Iterable[Parsed]) -> Iterator[IndexedPost]:
        for post, memo in posts:
            self._db.execute("INSERT OR REPLACE INTO memo VALUES (?, ?)", memo)
            yield post


def shares(batch: Sequence[Unread], count: int = children.COUNT) -> list[Sequence[Unread]]:
    """Runs of neighbours, one for each of `count` children; their order is the batch's."""
    size = max(1, -(-len(batch) // count))
    return [batch[low : low + size] for low in range(0, len(batch), size)]


def read_apart(repo: Path, batch: Sequence[Unread]) -> list[Parsed]:
    """Posts as the index has them. In a child, which may not use the readers of its parent."""
    with Reader(open_repo(repo)) as reader:
        return list(_read(reader, batch))


def _read(reader: Reader, batch: Sequence[Unread]) -> Iterator[Parsed]:
    blobs, name = reader.blobs([oid for _, oid, _, _ in batch]), reader.repo.path.stem
    for (path, oid, receipt, hub), blob in zip(batch, blobs, strict=True):
        found = parse.read(path, oid, blob, receipt, name)
        if found is not None:
            yield (found[0]._replace(hub=hub) if hub else found[0]), found[1]
