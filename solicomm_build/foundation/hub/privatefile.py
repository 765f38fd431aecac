"""A small SQLite file of a hub that nothing else knows the content of, such as who follows a topic.

Durable, for its owner's eyes only, and what is taken away leaves no octet. Several processes may
write it. No commit is made of it; derived state, which may be lost, is git/derived.py's.

On a machine of several that does not have it these files are copies, which are replaced as others
write them. SQLite must not open such a file: who closes it last takes its journal away, and that
may be another's by then. A process that said `only_look` reads a copy of the copy.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import NotKeptError, StoreError

_looks: list[bool] = []


def only_look(*, is_so: bool = True) -> None:
    """Has this process write no such file from now on, and read them as they were copied here."""
    _looks[:] = [True] if is_so else []


class PrivateFile:
    """The file at `path`, made with these `tables` when it is first written to; `without` says in
    words for the operator what a hub is without it. Blocking, quick; safe for several threads and
    processes. Close it.

    Raises StoreError when the file cannot be written or is damaged.
    """

    def __init__(self, path: Path, tables: str, without: str) -> None:
        self.path, self._tables, self._without = path, tables, without
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._mark: tuple[tuple[int, int, int], ...] = ()

    @contextlib.contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """One transaction, durable at its end; within another it is a part of that. Raises
        NotKeptError in a process that only looks."""
        if _looks:
            raise NotKeptError(f"{self.path.name} is written where cell 0 is")
        with self._lock, self._told():
            db = self._base
            if db.in_transaction:
                yield db
                return
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def all(self, query: str, *facts: object) -> list[tuple[Any, ...]]:
        """The rows of a question; none where there is no file: looking makes none."""
        with self._lock, self._told():
            return self._base.execute(query, facts).fetchall() if self.is_there() else []

    def one(self, query: str, *facts: object) -> tuple[Any, ...] | None:
        """The first row."""
        found = self.all(query, *facts)
        return found[0] if found else None

    def is_there(self) -> bool:
        """Whether there is anything to read: looking makes no file."""
        return (self._db is not None and not _looks) or self.path.exists()

    @property
    def _base(self) -> sqlite3.Connection:
        if _looks:
            return self._copy()
        if self._db is None:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.touch(mode=0o600)
            self._db = sqlite3.connect(
                self.path, check_same_thread=False, timeout=30, isolation_level=None
            )
            safeio.write_ahead(self._db)
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA secure_delete=ON")
            self._db.executescript(self._tables)
        return self._db

    def _copy(self) -> sqlite3.Connection:
        """The file as it is now, with what its journal has besides, in memory."""
        there = [self.path, self.path.with_name(f"{self.path.name}-wal")]
        mark = tuple(_mark(path) for path in there)
        if self._db is None or mark != self._mark:
            self.close()
            with tempfile.TemporaryDirectory() as folder:
                for path in there:
                    with contextlib.suppress(FileNotFoundError):
                        shutil.copyfile(path, os.path.join(folder, path.name))
                made = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
                where = os.path.join(folder, self.path.name)
                with contextlib.closing(sqlite3.connect(where)) as copied:
                    copied.backup(made)
            made.executescript(self._tables)
            self._db, self._mark = made, mark
        return self._db

    def settle(self) -> None:
        """What was taken away leaves no octet in the journal either."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """What SQLite refuses, in words for the operator. The file is opened anew the next time: it
        may have been mended."""
        try:
            yield
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self.close()
            raise StoreError(
                f"{self.path}: {error}. If it is damaged, stop the hub and bring the file back from"
                f" a backup, or take it away: then {self._without}"
            ) from error


def _mark(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0, 0
    return found.st_ino, found.st_mtime_ns, found.st_size
