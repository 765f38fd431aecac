"""A small SQLite file of a hub that nothing else knows the content of, such as who follows a topic.

Durable, for its owner's eyes only, and what is taken away leaves no octet. Several processes may
write it. No commit is made of it; derived state, which may be lost, is git/derived.py's.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from solicomm_build.foundation.errors import StoreError


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

    @contextlib.contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """One transaction, durable at its end; within another it is a part of that."""
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
        return self._db is not None or self.path.exists()

    @property
    def _base(self) -> sqlite3.Connection:
        if self._db is None:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.touch(mode=0o600)
            self._db = sqlite3.connect(
                self.path, check_same_thread=False, timeout=30, isolation_level=None
            )
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA secure_delete=ON")
            self._db.executescript(self._tables)
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
