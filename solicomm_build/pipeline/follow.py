"""Follows the log of each conference into the index: the commits since the last build, in order."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from solicomm_build.model import post as posts
from solicomm_build.pipeline import state
from solicomm_build.pipeline.index import ConferenceIndex, IndexedPost
from solicomm_build.pipeline.parse import indexed, memo_row
from solicomm_build.pipeline.sources import Sources
from solicomm_build.store import log
from solicomm_build.store.repo import open_repo
from solicomm_build.types import Oid, PostId

Progress = Callable[[str, int], None]
"""Called with what is done and how many of it."""

_CHUNK = 1000
"""Posts read in one go; also how many may be rendered ahead into the memo by this process."""


def follow(
    db: sqlite3.Connection,
    sources: Sources,
    name: str,
    repo: Path,
    new: Oid,
    progress: Progress,
) -> None:
    """Brings the rows of conference `name` to commit `new`, and notes what its pages must catch up
    with, in one transaction. A rewritten history is read from its beginning."""
    section = f"conference:{name}"
    old = state.reflected(db, section)
    if old == new:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        if old is not None and not log.goes_on(open_repo(repo), Oid(old), new):
            state.forget_conference(db, name)
            old = None
        _apply(db, _Reading(db, sources, repo, progress), name, old, new)
        state.reflect(db, section, new)
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _apply(db: sqlite3.Connection, reading: _Reading, name: str, old: str | None, new: Oid) -> None:
    index = ConferenceIndex(db, name)
    touched = index.apply(reading.changes(old, new))
    for tid, path, data in reading.events:
        index.event(tid, path, data)
    for sha256 in reading.files:
        index.file(sha256)
    touched.paths |= reading.others
    everything = old is None or reading.removed
    state.note_pending(db, f"conference:{name}", None if everything else touched.as_dict())


class _Reading:
    """One pass over new commits. `events` are (tid, path, content or None), `files` the SHA-256 of
    new attachments, `others` the paths of everything else. `removed` says whether words or files
    were taken away, by deleting, replacing or hiding them: then nothing that showed them may stay,
    and all pages are made anew."""

    def __init__(
        self, db: sqlite3.Connection, sources: Sources, repo: Path, progress: Progress
    ) -> None:
        self._db = db
        self._repo = repo
        self._reader = sources.reader(repo)
        self._progress = progress
        self._batch: list[tuple[str, Oid, log.Commit]] = []
        self._read = 0
        self.events: list[tuple[str, str, bytes | None]] = []
        self.files: list[str] = []
        self.others: set[str] = set()
        self.removed = False

    def changes(self, old: str | None, new: Oid) -> Iterator[IndexedPost | PostId]:
        """The posts that come in or go, in the order of the commits after `old`."""
        for commit in log.commits(open_repo(self._repo), Oid(old) if old else None, new):
            for change in commit.changes:
                ids = posts.parse_path(change.path)
                if ids is None:
                    self._note_other(change)
                    continue
                self.removed |= change.status != "A"
                if change.status == "D":
                    yield from self._flush()
                    yield ids[1]
                else:
                    self._batch.append((change.path, change.oid, commit))
            if len(self._batch) >= _CHUNK:
                yield from self._flush()
        yield from self._flush()

    def _note_other(self, change: log.Changed) -> None:
        parts = change.path.split("/")
        if parts[0] == "files":
            self.removed |= change.status != "A"
            self.files.append(parts[-1])
        elif len(parts) == 5 and parts[0] == "topics" and parts[3] == "events":
            data = None if change.status == "D" else self._reader.blob(change.oid)
            self.events.append((parts[2], change.path, data))
            self.removed |= change.status != "A" or data is None or b"hide" in data
        else:
            self.others.add(change.path)

    def _flush(self) -> Iterator[IndexedPost]:
        batch, self._batch = self._batch, []
        few = self._read == 0 and len(batch) < _CHUNK
        blobs = self._reader.blobs([oid for _, oid, _ in batch])
        for (path, oid, commit), blob in zip(batch, blobs, strict=True):
            post = indexed(path, oid, blob, commit.committed)
            if post is None:
                continue
            if few:  # so that the process that makes the pages need not start a reader
                self._db.execute("INSERT OR REPLACE INTO memo VALUES (?, ?)", memo_row(oid, blob))
            yield post
        self._read += len(batch)
        if batch and not few:
            self._progress("posts read", self._read)
