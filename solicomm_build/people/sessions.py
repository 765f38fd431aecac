"""Who is signed in: `state/sessions.sqlite`, with the links that let in (docs/formats/access.md).

A link and a session are 128 random bits each; the file holds their digests, the member's number,
when a session began, with which browser and on which day it was last used, so that its member knows
it again, and when they end. Nothing says what was read. The file is no memory of anything: deleting
it signs everybody out, and so does making it anew where it is damaged. What a clock has made that
was ahead is not good once that is put back.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import derived
from solicomm_build.people import token

LINK = timedelta(minutes=30)
"""How long a link lets somebody in. Once."""
DAY, STAYS = timedelta(hours=12), timedelta(days=30)
"""How long a session lasts: on a machine that others use, too, and on one's own."""

_FILE = "sessions.sqlite"
_TABLES = """
CREATE TABLE IF NOT EXISTS link (
  digest TEXT PRIMARY KEY, number INTEGER NOT NULL, place TEXT NOT NULL, ends REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS session (
  digest TEXT PRIMARY KEY, number INTEGER NOT NULL, ends REAL NOT NULL,
  began REAL NOT NULL DEFAULT 0, browser TEXT NOT NULL DEFAULT '',
  seen INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS session_number ON session (number);
"""
_ADDED = {
    "began": "REAL NOT NULL DEFAULT 0",
    "browser": "TEXT NOT NULL DEFAULT ''",
    "seen": "INTEGER NOT NULL DEFAULT 0",  # a day, as date.toordinal counts
}
"""Columns that the file of an older hub lacks."""
_LETS_IN = "ends > ? AND ends <= ?"
_LASTS = f"{_LETS_IN} AND began <= ?"
_USE = f"DELETE FROM link WHERE digest = ? AND {_LETS_IN} RETURNING number, place"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Link:
    """Whom a link lets in, and the path of ours where to go then, or ""."""

    number: int
    place: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A session of a member, for the member's eyes: `id` names it (its digest); `began` and
    `seen`, the day on which it was last used (UTC), are None where nobody wrote them down."""

    id: str
    began: datetime | None
    ends: datetime
    browser: str
    seen: date | None = None


class Sessions:
    """The sessions of one hub. Blocking, quick; safe for several threads. Close it."""

    def __init__(self, config: Config) -> None:
        self._path = config.state / _FILE
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None

    @staticmethod
    def are_there(config: Config) -> bool:
        """Whether anybody ever asked for a link."""
        return (config.state / _FILE).exists()

    def link(self, number: int, place: str, now: datetime) -> str:
        """What stands at the end of a new link for a member."""
        text = token.fresh()
        with self._lock, self._base as db:
            _forget_ended(db, now)
            row = (token.digest(text), number, place, (now + LINK).timestamp())
            db.execute("INSERT INTO link VALUES (?, ?, ?, ?)", row)
        return text

    def of_link(self, text: str, now: datetime) -> Link | None:
        """Whom a link would let in; None when it was used or is too old. Uses nothing up."""
        query = f"SELECT number, place FROM link WHERE digest = ? AND {_LETS_IN}"  # noqa: S608
        with self._lock:
            row = self._base.execute(query, (token.digest(text), *_good(now, LINK))).fetchone()
        return Link(*row) if row else None

    def begin(
        self, text: str, now: datetime, span: timedelta, browser: str = ""
    ) -> tuple[str, Link] | None:
        """A new session by a link, which is of no more use then: (its secret, whom it let in).
        `browser` is its kind in words, such as `Firefox, Android`."""
        secret = token.fresh()
        with self._lock, self._base as db:
            row = db.execute(_USE, (token.digest(text), *_good(now, LINK))).fetchone()
            if row is None:
                return None
            ends = (now + span).timestamp()
            today = now.astimezone(UTC).toordinal()
            new = (token.digest(secret), row[0], ends, now.timestamp(), browser, today)
            db.execute(
                "INSERT INTO session (digest, number, ends, began, browser, seen)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                new,
            )
        return secret, Link(*row)

    def number(self, secret: str, now: datetime) -> int | None:
        """The member whose session this is; None when it has ended. The day is written down, once a
        day."""
        query = f"SELECT number, seen FROM session WHERE digest = ? AND {_LASTS}"  # noqa: S608
        digest, today = token.digest(secret), now.astimezone(UTC).toordinal()
        with self._lock:
            row = self._base.execute(query, (digest, *_begun(now))).fetchone()
            if row and row[1] != today:
                # who reads is not kept out by a full disk
                with contextlib.suppress(sqlite3.OperationalError), self._base as db:
                    db.execute("UPDATE session SET seen = ? WHERE digest = ?", (today, digest))
        return int(row[0]) if row else None

    def end(self, secret: str) -> None:
        """Ends one session."""
        with self._lock, self._base as db:
            db.execute("DELETE FROM session WHERE digest = ?", (token.digest(secret),))

    def of_member(self, number: int, now: datetime) -> list[Begun]:
        """A member's sessions that have not ended, the latest first."""
        query = (
            "SELECT digest, began, ends, browser, seen FROM session"  # noqa: S608 - ours
            f" WHERE number = ? AND {_LASTS}"
        )
        with self._lock:
            rows = self._base.execute(query, (number, *_begun(now))).fetchall()
        found = [
            Begun(
                row[0],
                _moment(row[1]) if row[1] else None,
                _moment(row[2]),
                row[3],
                date.fromordinal(row[4]) if row[4] else None,
            )
            for row in rows
        ]
        return sorted(found, key=lambda one: (one.began or one.ends, one.id), reverse=True)

    def end_one(self, number: int, digest: str) -> None:
        """Ends one session of a member by its id; of nobody else's."""
        with self._lock, self._base as db:
            db.execute("DELETE FROM session WHERE digest = ? AND number = ?", (digest, number))

    def end_all(self, number: int) -> None:
        """Ends all of a member's sessions, and takes the links back."""
        with self._lock, self._base as db:
            db.execute("DELETE FROM session WHERE number = ?", (number,))
            db.execute("DELETE FROM link WHERE number = ?", (number,))
        with self._lock, contextlib.suppress(sqlite3.Error):  # and what the journal has of them
            self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def end_links(self, number: int) -> None:
        """Takes a member's links back: they went to an address that is the member's no more."""
        with self._lock, self._base as db:
            db.execute("DELETE FROM link WHERE number = ?", (number,))

    def sweep(self, now: datetime) -> None:
        """Forgets what has ended, also where nobody signs in any more."""
        if self._path.exists():
            with self._lock, self._base as db:
                _forget_ended(db, now)

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    @property
    def _base(self) -> sqlite3.Connection:
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._db = _opened(self._path)
            except sqlite3.DatabaseError as error:
                if derived.is_of_the_machine(error):
                    raise
                self._db = _made_anew(self._path)
        return self._db


def _forget_ended(db: sqlite3.Connection, now: datetime) -> None:
    db.execute("DELETE FROM link WHERE ends <= ?", (now.timestamp(),))
    db.execute("DELETE FROM session WHERE ends <= ?", (now.timestamp(),))


def _opened(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    db = sqlite3.connect(path, check_same_thread=False, timeout=10)
    try:
        safeio.write_ahead(db)
        db.execute("PRAGMA synchronous=NORMAL")  # a power cut may sign somebody out
        db.execute("PRAGMA secure_delete=ON").fetchall()  # what has ended is in no free page
        _bring_up_to_date(db)
    except BaseException:
        db.close()
        raise
    return db


def _made_anew(path: Path) -> sqlite3.Connection:
    """A damaged file goes, since it remembers nothing but who signs in again; once, whoever else
    finds the same: what one process has open and another takes away lets nobody in."""
    with safeio.locked(path.with_name(f"{path.name}.lock")):
        try:
            return _opened(path)
        except sqlite3.DatabaseError as error:
            if derived.is_of_the_machine(error):
                raise
        derived.remove(path)
        return _opened(path)


def _bring_up_to_date(db: sqlite3.Connection) -> None:
    """Makes the tables, or adds what those of an older hub lack."""
    known = {row[1] for row in db.execute("PRAGMA table_info(session)")}
    for name, kind in _ADDED.items():
        if known and name not in known:
            db.execute(f"ALTER TABLE session ADD COLUMN {name} {kind}")
    db.executescript(_TABLES)


def _good(now: datetime, span: timedelta) -> tuple[float, float]:
    """After when, and when at the latest, something ends that is good now (clock.is_good)."""
    return now.timestamp(), (now + span + clock.FAST).timestamp()


def _begun(now: datetime) -> tuple[float, float, float]:
    """The same of a session, and when it began at the latest."""
    return (*_good(now, STAYS), (now + clock.FAST).timestamp())


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
