"""The file that the roster's fold is kept in, and what stands in it.

`state/roster.sqlite` is a function of the events (people/roster.py), so it may go at any time. All
processes of a hub share it: whoever asks first after a change brings it up to date
(people/rosterstore.py), the others wait for that, and then everybody reads. It is the hub's user's
own (0600); what is taken out of it is overwritten (secure_delete).

`meta` says which commit it stands for (`commit`), which file of events came last (`last`), and
since which folding anew (`epoch`). A place is a conference's id, `*` the hub, and empty for a
member as such.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from solicomm_build.foundation.errors import StoreError
from solicomm_build.git import derived

FILE: Final = "roster.sqlite"
VERSION: Final = "3"
"""Raised when a table, or what an event comes to, is another: then the file is made anew."""
_WAIT: Final = 900.0
"""Seconds: a million members are folded in a minute or two, and the others wait for it."""
_CACHE: Final = -1024
"""KiB of pages that a connection holds; the system holds the file itself."""
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE members (number INTEGER PRIMARY KEY, address TEXT, name TEXT, lang TEXT, state TEXT,
    supposed INTEGER);
CREATE TABLE numbers (address TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID;
CREATE TABLE formers (address TEXT, at TEXT, number INTEGER,
    PRIMARY KEY (address, at)) WITHOUT ROWID;
CREATE INDEX formers_of ON formers (number);
CREATE TABLE subscriptions (place TEXT, number INTEGER, options TEXT,
    PRIMARY KEY (place, number)) WITHOUT ROWID;
CREATE INDEX subscriptions_of ON subscriptions (number);
CREATE TABLE sources (place TEXT, number INTEGER, source TEXT,
    PRIMARY KEY (place, number)) WITHOUT ROWID;
CREATE TABLE states (place TEXT, number INTEGER, state TEXT, since TEXT, reason TEXT,
    PRIMARY KEY (place, number)) WITHOUT ROWID;
CREATE TABLE gone (place TEXT, number INTEGER, PRIMARY KEY (place, number)) WITHOUT ROWID;
CREATE TABLE roles (place TEXT, number INTEGER, role TEXT,
    PRIMARY KEY (place, number)) WITHOUT ROWID;
CREATE INDEX roles_of ON roles (number);
CREATE TABLE mailboxes (name TEXT PRIMARY KEY, local TEXT, number INTEGER, forward TEXT,
    keep INTEGER, domain TEXT) WITHOUT ROWID;
CREATE TABLE standings (place TEXT, who TEXT, standing TEXT,
    PRIMARY KEY (place, who)) WITHOUT ROWID;
CREATE TABLE emergencies (place TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE migrations (place TEXT, sha256 TEXT, PRIMARY KEY (place, sha256)) WITHOUT ROWID;
CREATE TABLE tokens (digest TEXT PRIMARY KEY, action TEXT, place TEXT, address TEXT, expires TEXT,
    ends REAL, data TEXT, used INTEGER) WITHOUT ROWID;
CREATE INDEX tokens_for ON tokens (action);
CREATE TABLE persons (number INTEGER PRIMARY KEY, person TEXT UNIQUE);
CREATE TABLE facts (n INTEGER PRIMARY KEY AUTOINCREMENT, ledger TEXT, type TEXT, data TEXT);
CREATE INDEX facts_of ON facts (ledger, n);
CREATE TABLE renamings (n INTEGER PRIMARY KEY, old TEXT, new TEXT);
CREATE TABLE refused (n INTEGER PRIMARY KEY, type TEXT, at TEXT, data TEXT);
"""
TABLES: Final = (
    *("meta", "members", "numbers", "subscriptions", "sources", "states", "gone", "roles"),
    *("mailboxes", "standings", "emergencies", "migrations", "tokens", "persons", "facts"),
    *("refused", "renamings", "formers"),
)


class Book:
    """The tables, asked and changed. Safe for several threads; ends with its last user."""

    def __init__(self, db: sqlite3.Connection, file: Path | None = None) -> None:
        self._db, self._file = db, file
        self.mine = os.getpid()
        """The process that opened it: what is forked from it opens its own."""
        self.is_broken = False
        """Whether its file turned out to be damaged: then it is opened anew."""
        weakref.finalize(self, db.close)

    @property
    def is_kept(self) -> bool:
        """Whether it is a file, and not in memory."""
        return self._file is not None

    def row(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        """The first row of an answer. Raises StoreError."""
        with self.reading():
            found: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
            return found

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of an answer. Raises StoreError."""
        with self.reading():
            return self._db.execute(sql, values).fetchall()

    def run(self, sql: str, *values: Any) -> int:
        """Changes something; how many rows. Raises StoreError, and ValueError or OverflowError for
        a value that has no place in a table."""
        with self.reading():
            return self._db.execute(sql, values).rowcount

    def said(self, key: str) -> str:
        """What `meta` says, empty where it says nothing."""
        found = self.row("SELECT value FROM meta WHERE key = ?", key)
        return "" if found is None else str(found[0])

    def say(self, key: str, value: str) -> None:
        """Writes something into `meta`."""
        self.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Within, nobody else changes it; all of it happens, or nothing. Raises StoreError."""
        with self.reading():
            self._only_reads(False)
            self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            with self.reading():
                self._db.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise
        finally:
            with contextlib.suppress(sqlite3.Error):
                self._only_reads(True)

    def _only_reads(self, is_so: bool) -> None:
        if self.is_kept:
            self._db.execute(f"PRAGMA query_only = {'ON' if is_so else 'OFF'}")

    def empty(self) -> None:
        """Takes everything out, to be folded anew; within `changing`."""
        version = self.said("version")
        for table in TABLES:
            self.run(f"DELETE FROM {table}")  # noqa: S608 - names of ours
        self.say("version", version)
        self.say("epoch", secrets.token_hex(8))

    def settle(self) -> None:
        """Lets nothing of what was taken out lie in the journal. Blocking while others read."""
        if self.is_kept:
            with self.reading():
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Within, what SQLite says is a BookError, and a file that is damaged goes."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in _DAMAGED and self._file is not None:
                self.is_broken = True
                _take_away(self._file)  # made anew by whoever opens it next
            where = self._file.name if self._file is not None else "the roster"
            raise BookError(f"{where} could not be read or written: {error}") from error


class BookError(StoreError):
    """The file does not do. What it says can be folded anew."""


def opened(file: Path | None) -> Book:
    """The file at a path, made when there is none or it is of another version; in memory without a
    path, and where this process may not or cannot write."""
    if file is not None:
        try:
            db = derived.connect(
                file, VERSION, _make, check_same_thread=False, timeout=_WAIT, mode=0o600
            )
            return _set_up(db, file)
        except (sqlite3.Error, OSError):
            pass  # another user's, a disk that is full: it is folded for this process alone
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _make(db)
    return _set_up(db, None)


def _set_up(db: sqlite3.Connection, file: Path | None) -> Book:
    db.execute(f"PRAGMA cache_size = {_CACHE}")
    db.execute("PRAGMA secure_delete = ON").fetchall()
    db.execute(f"PRAGMA query_only = {'OFF' if file is None else 'ON'}")
    return Book(db, file)


def _make(db: sqlite3.Connection) -> None:
    derived.run(db, _SCHEMA)
    db.execute("INSERT INTO meta VALUES ('epoch', ?)", (secrets.token_hex(8),))


def _take_away(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            file.with_name(file.name + suffix).unlink()
