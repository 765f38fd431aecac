"""Which letters were read: `state/pocket/letters.sqlite`, a keyed hash of each for two years.

It holds what mail.git does not know yet or any more: a letter on its way through the spool, and one
whose author said no. Losing it costs a second question.
"""

from __future__ import annotations

import hashlib
import sqlite3

from solicomm_build.foundation import clock, keys, safeio
from solicomm_build.foundation.hub.config import Config

_KEPT = 2 * 366 * 86_400.0  # seconds
_TABLE = "CREATE TABLE IF NOT EXISTS read (letter TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID"


class Remembered:
    """For one run of the command. Close it."""

    def __init__(self, config: Config) -> None:
        place = config.state / "pocket"
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._key = keys.token_key(config.keys)[:64]
        self._base = sqlite3.connect(place / "letters.sqlite", isolation_level=None)
        safeio.write_ahead(self._base)
        self._base.execute(_TABLE)
        self._base.execute("DELETE FROM read WHERE at < ?", (clock.timestamp() - _KEPT,))

    def has(self, letter: str) -> bool:
        """Whether the letter of this Message-ID was read."""
        row = self._base.execute("SELECT 1 FROM read WHERE letter=?", (self._hash(letter),))
        return row.fetchone() is not None

    def add(self, letters: list[str]) -> None:
        """These were read: durable on return."""
        now = clock.timestamp()
        rows = [(self._hash(one), now) for one in letters]
        self._base.executemany("INSERT OR IGNORE INTO read VALUES (?, ?)", rows)

    def close(self) -> None:
        """Lets go of the file."""
        self._base.close()

    def _hash(self, letter: str) -> str:
        return hashlib.blake2b(letter.encode("utf-8", "replace"), key=self._key).hexdigest()[:32]
