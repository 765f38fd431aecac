"""How much the e-library mailed to whom in a day, how often each address handed documents in, and
how large a mail it wants: `private/deliveries.sqlite`. Addresses are keyed hashes. The desk
writes it, an erasure forgets an address.
"""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import datetime
from pathlib import Path

from solicomm_build.message.address import key as folded

_DAY = 86_400.0  # seconds; a day is the last 24 hours
_TABLES = """
CREATE TABLE IF NOT EXISTS sent (
  cause TEXT PRIMARY KEY, address TEXT NOT NULL, at REAL NOT NULL, octets INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS handed (
  cause TEXT PRIMARY KEY, who TEXT NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS wish (address TEXT PRIMARY KEY, octets INTEGER NOT NULL) WITHOUT ROWID;
"""


def unproven(address: str) -> str:
    """Who is counted for what somebody sends in another's name, so that it takes nothing from that
    one's day."""
    return f"unproven {address}"


class Deliveries:
    """Not for several threads. Close it."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._key = key
        self._base = sqlite3.connect(path, isolation_level=None)
        self._base.executescript(_TABLES)

    def allow(self, address: str, octets: int, cause: str, now: datetime, *, most: int) -> bool:
        """Whether an address may get so many octets more now; if so they count. The same cause may
        ask again, so that a killed desk answers after all."""
        who, moment = self._hash(address), now.timestamp()
        self._base.execute("DELETE FROM sent WHERE at <= ? OR at > ?", _gone(moment))
        question = "SELECT coalesce(sum(octets), 0) FROM sent WHERE address = ? AND cause <> ?"
        (had,) = self._base.execute(question, (who, cause)).fetchone()
        if had + octets > most:
            return False
        self._base.execute(
            "INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?)", (cause, who, moment, octets)
        )
        return True

    def hand_in(self, who: str, cause: str, now: datetime, *, most: int) -> bool:
        """Whether `who`, an address or a deposit, may hand something in once more today; if so it
        counts. The same cause may ask again."""
        name, moment = self._hash(who), now.timestamp()
        self._base.execute("DELETE FROM handed WHERE at <= ? OR at > ?", _gone(moment))
        question = "SELECT count(*) FROM handed WHERE who = ? AND cause <> ?"
        (had,) = self._base.execute(question, (name, cause)).fetchone()
        if had >= most:
            return False
        self._base.execute("INSERT OR REPLACE INTO handed VALUES (?, ?, ?)", (cause, name, moment))
        return True

    def limit(self, address: str) -> int:
        """The octets that a mail to this address may have; 0 when nobody said."""
        question = "SELECT octets FROM wish WHERE address = ?"
        found = self._base.execute(question, (self._hash(address),)).fetchone()
        return int(found[0]) if found else 0

    def set_limit(self, address: str, octets: int) -> None:
        """Remembers how large a mail an address wants at most."""
        who = self._hash(address)
        self._base.execute("INSERT OR REPLACE INTO wish VALUES (?, ?)", (who, octets))

    def forget(self, address: str) -> None:
        """Nothing is known of this address any more."""
        who = self._hash(address)
        self._base.execute("DELETE FROM wish WHERE address = ?", (who,))
        self._base.execute("DELETE FROM sent WHERE address = ?", (who,))
        for name in (who, self._hash(unproven(address))):
            self._base.execute("DELETE FROM handed WHERE who = ?", (name,))

    def close(self) -> None:
        """Lets go of the file."""
        self._base.close()

    def _hash(self, address: str) -> str:
        octets = folded(address).encode("utf-8", "replace")
        return hashlib.blake2b(octets, key=self._key, digest_size=12).hexdigest()


def _gone(moment: float) -> tuple[float, float]:
    """Until when, and from when on, nothing counts: a clock that was far ahead has written that."""
    return moment - _DAY, moment + _DAY
