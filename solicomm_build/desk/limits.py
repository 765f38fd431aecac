"""How often the desk writes to one address: `state/answers.sqlite` (mail.md B.5).

At most one answer of a kind per address and day, and ten a day in all, so that nobody can make us
flood anybody (RFC 3834 2). The file only limits: losing it costs a second mail at most. Addresses
are kept as keyed hashes, for a day.
"""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import datetime
from pathlib import Path

from solicomm_build.message.address import key as folded

MOST_A_DAY = 10
_REMEMBERED = 7 * 86_400.0  # seconds that a mail is known again
_DAY = 86_400.0  # seconds; a day is the last 24 hours

_TABLES = """
CREATE TABLE IF NOT EXISTS answered (
  address TEXT, kind TEXT, at REAL, cause TEXT, PRIMARY KEY (address, kind)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS taken (mail TEXT PRIMARY KEY, at REAL, cause TEXT) WITHOUT ROWID;
"""


class Limits:
    """What was answered lately. Not for several threads. Close it."""

    def __init__(self, path: Path, key: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._key = key
        self._base = sqlite3.connect(path, isolation_level=None)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=NORMAL")  # a power cut may cost a second mail
        self._base.executescript(_TABLES)
        self._swept = 0.0

    def allow(self, address: str, kind: str, cause: str, now: datetime) -> bool:
        """Whether `address` may get an answer of this kind now; if so it counts from now on. The
        same cause may ask again, so that a killed desk answers after all."""
        moment, who = now.timestamp(), self._hash(address)
        self._sweep(moment)
        known = self._base.execute(
            "SELECT kind, cause FROM answered WHERE address = ? AND at > ?", (who, moment - _DAY)
        ).fetchall()
        for its_kind, its_cause in known:
            if its_kind == kind:
                return bool(its_cause == cause)
        if len(known) >= MOST_A_DAY:
            return False
        self._base.execute(
            "INSERT OR REPLACE INTO answered VALUES (?, ?, ?, ?)", (who, kind, moment, cause)
        )
        return True

    def is_first(self, mail: bytes, cause: str, now: datetime) -> bool:
        """Whether these octets come for the first time; for the same cause they always do. A relay
        or a stage that was killed may deliver a mail twice."""
        name = self._name(mail)
        self._base.execute(
            "INSERT OR IGNORE INTO taken VALUES (?, ?, ?)", (name, now.timestamp(), cause)
        )
        found = self._base.execute("SELECT cause FROM taken WHERE mail = ?", (name,)).fetchone()
        return bool(found[0] == cause)

    def forget(self, mail: bytes) -> None:
        """These octets may come again as if for the first time: they were set aside."""
        self._base.execute("DELETE FROM taken WHERE mail = ?", (self._name(mail),))

    def close(self) -> None:
        """Lets go of the file."""
        self._base.close()

    def _name(self, mail: bytes) -> str:
        return hashlib.blake2b(mail, key=self._key, digest_size=16).hexdigest()

    def _hash(self, address: str) -> str:
        octets = folded(address).encode("utf-8", "replace")
        return hashlib.blake2b(octets, key=self._key, digest_size=12).hexdigest()

    def _sweep(self, moment: float) -> None:
        """Forgets what no longer counts, once an hour."""
        if moment > self._swept + 3600:
            self._base.execute("DELETE FROM answered WHERE at <= ?", (moment - _DAY,))
            self._base.execute("DELETE FROM taken WHERE at <= ?", (moment - _REMEMBERED,))
            self._swept = moment
