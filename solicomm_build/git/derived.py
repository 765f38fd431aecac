"""Derived state in SQLite files: opened, or made anew when missing, damaged or of another version.

Such a file is a function of the repositories, so losing it costs time and never data. Its schema
has a table `meta` with the key `version`. The WAL journal lets others read while one writes.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from solicomm_build.foundation import safeio

Make = Callable[[sqlite3.Connection], None]
_OF_THE_MACHINE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)
"""Failures that say nothing about the file, so that making it anew would lose what it knows."""


class _AnotherVersion(sqlite3.DatabaseError):
    """The file is of an older or newer SoliComm."""

    sqlite_errorcode = sqlite3.SQLITE_NOTADB


def connect(
    path: Path,
    version: str,
    make: Make,
    *,
    check_same_thread: bool = True,
    timeout: float = 30.0,
    mode: int = 0o644,
) -> sqlite3.Connection:
    """Opens the file; `make` gives an empty one its tables, `mode` is that of a new one. Several
    processes may do so at once; `timeout` is how many seconds one waits for another's change.
    Raises sqlite3.Error when the disk is full or does not answer: the file is kept then. OSError
    when it may not be made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _opened(path, version, make, check_same_thread, timeout, mode)
    except sqlite3.DatabaseError as error:
        if is_of_the_machine(error):
            raise
        remove(path)
        return _opened(path, version, make, check_same_thread, timeout, mode)


def is_of_the_machine(error: sqlite3.DatabaseError) -> bool:
    """Whether a failure says nothing about the file, which is kept then."""
    return error.sqlite_errorcode & 0xFF in _OF_THE_MACHINE


def remove(path: Path) -> None:
    """Takes the file away, with its journal."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _opened(
    path: Path, version: str, make: Make, check: bool, timeout: float, mode: int
) -> sqlite3.Connection:
    if not path.exists():  # its journal gets the same mode
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode))
    db = sqlite3.connect(path, isolation_level=None, timeout=timeout, check_same_thread=check)
    try:
        safeio.write_ahead(db)
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("BEGIN IMMEDIATE")
        if db.execute("SELECT 1 FROM sqlite_master WHERE type='table'").fetchone() is None:
            make(db)
            db.execute("INSERT INTO meta VALUES ('version', ?)", (version,))
        row = db.execute("SELECT value FROM meta WHERE key='version'").fetchone()
        db.execute("COMMIT")
        if row is None or row[0] != version:
            raise _AnotherVersion
    except BaseException:
        db.close()
        raise
    return db


def run(db: sqlite3.Connection, schema: str) -> None:
    """Runs the statements of a schema within the open transaction, which `executescript` ends."""
    statement = ""
    for line in schema.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""
