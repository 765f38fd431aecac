"""Who has which passkey: `private/passkeys.sqlite` (docs/formats/access.md).

Public keys only: nobody gets in with the file. Durable, since nothing else knows what is in it.
Written by the web server (added, used, removed), the desk (told, removed) and whoever erases.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from solicomm_build.features.passkeys.ceremony import Made
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.privatefile import PrivateFile

FILE = "passkeys.sqlite"
MOST = 10
"""Passkeys of one member."""

Spent = tuple[bytes, datetime]
"""A challenge, and when it ends."""

_TABLES = """
CREATE TABLE IF NOT EXISTS passkey (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, member INTEGER NOT NULL,
  handle BLOB NOT NULL, key BLOB NOT NULL, count INTEGER NOT NULL, name TEXT NOT NULL,
  added REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0, told INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS passkey_member ON passkey (member);
CREATE TABLE IF NOT EXISTS spent (challenge BLOB PRIMARY KEY, ends REAL NOT NULL) WITHOUT ROWID;
"""
_SELECT = "SELECT number, id, member, handle, key, count, name, added, used FROM passkey"


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey: its `number` here, its `id` in base64url, whose it is, the `handle` by which the
    device knows its owner, its public `key` (COSE), how often it has signed, what its owner calls
    it, when it was added, and the day on which it was last used (UTC), if ever."""

    number: int
    id: str
    member: int
    handle: bytes
    key: bytes
    count: int
    name: str
    added: datetime
    used: date | None


class Passkeys(PrivateFile):
    """The file of one hub. Raises StoreError when it cannot be written or is damaged."""

    def __init__(self, config: Config) -> None:
        without = "everybody signs in by mail and adds passkeys anew"
        super().__init__(config.private / FILE, _TABLES, without)

    def add(
        self, member: int, handle: bytes, made: Made, name: str, spent: Spent, now: datetime
    ) -> bool:
        """Adds one, durable on return, and uses up the challenge; False when that was used before,
        the passkey is known, or the member has enough."""
        with self.change() as db:
            if not _spend(db, spent, now) or _count(db, member) >= MOST:
                return False
            row = (made.id, member, handle, made.key, made.count, name, now.timestamp())
            done = db.execute(
                "INSERT OR IGNORE INTO passkey (id, member, handle, key, count, name, added)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            return done.rowcount == 1

    def use(self, key: Passkey, count: int, spent: Spent, now: datetime) -> bool:
        """Notes that one has signed, durable on return, and uses up the challenge; False when that
        was used before, or the passkey has signed or gone since it was looked up."""
        with self.change() as db:
            if not _spend(db, spent, now):
                return False
            done = db.execute(
                "UPDATE passkey SET count = ?, used = ? WHERE number = ? AND count = ?",
                (count, now.astimezone(UTC).toordinal(), key.number, key.count),
            )
            return done.rowcount == 1

    def find(self, identifier: str) -> Passkey | None:
        """The one with this id."""
        rows = self.all(_SELECT + " WHERE id = ?", identifier)
        return _of_row(rows[0]) if rows else None

    def of_member(self, member: int) -> list[Passkey]:
        """A member's, in the order in which they were added."""
        rows = self.all(_SELECT + " WHERE member = ? ORDER BY number", member)
        return [_of_row(row) for row in rows]

    def untold(self) -> list[Passkey]:
        """Those whose owner has not been written to."""
        rows = self.all(_SELECT + " WHERE told = 0 ORDER BY number")
        return [_of_row(row) for row in rows]

    def owners(self) -> list[int]:
        """The numbers of all members who have one."""
        return [row[0] for row in self.all("SELECT DISTINCT member FROM passkey ORDER BY member")]

    def tell(self, number: int) -> None:
        """Notes that the owner has been written to."""
        with self.change() as db:
            db.execute("UPDATE passkey SET told = 1 WHERE number = ?", (number,))

    def remove(self, member: int, number: int | None = None) -> int:
        """Takes away one of a member's, or all, with every octet; how many those were."""
        if not self.is_there():
            return 0
        query = "DELETE FROM passkey WHERE member = ? AND (? OR number = ?)"
        with self.change() as db:
            gone = db.execute(query, (member, number is None, number)).rowcount
        self.settle()
        return gone


def _spend(db: sqlite3.Connection, spent: Spent, now: datetime) -> bool:
    """Uses a challenge up; False when it was used before."""
    db.execute("DELETE FROM spent WHERE ends <= ?", (now.timestamp(),))
    row = (spent[0], spent[1].timestamp())
    return db.execute("INSERT OR IGNORE INTO spent VALUES (?, ?)", row).rowcount == 1


def _count(db: sqlite3.Connection, member: int) -> int:
    query = "SELECT count(*) FROM passkey WHERE member = ?"
    return int(db.execute(query, (member,)).fetchone()[0])


def _of_row(row: tuple[Any, ...]) -> Passkey:
    number, identifier, member, handle, key, count, name, added, used = row
    return Passkey(
        number=number,
        id=identifier,
        member=member,
        handle=handle,
        key=key,
        count=count,
        name=name,
        added=datetime.fromtimestamp(added, UTC),
        used=date.fromordinal(used) if used else None,
    )
