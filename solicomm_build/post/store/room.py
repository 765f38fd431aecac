"""How much disk the mail of strangers may fill in a day: `state/room-<who>.sqlite`.

Whatever is kept for somebody to decide about (held mail, documents handed in) counts for its
sender, for the place on the network that it came from, and for all together. The file only limits:
losing it costs disk, never mail. Senders and places are kept as keyed hashes, for a day.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from solicomm_build.foundation import network, safeio
from solicomm_build.message.mailbox import mailbox

MB = 1 << 20
_DAY = 86_400.0  # seconds; a day is the last 24 hours
_TABLES = """
CREATE TABLE IF NOT EXISTS kept (
  cause TEXT, place TEXT, at REAL NOT NULL, octets INTEGER NOT NULL, PRIMARY KEY (cause, place)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS of_place ON kept (place);
"""


class Room:
    """The room of one kind of mail. Not for several threads. Close it."""

    def __init__(self, path: Path, key: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._key = key
        self._base = sqlite3.connect(path, isolation_level=None)
        safeio.write_ahead(self._base)
        self._base.execute("PRAGMA synchronous=NORMAL")
        self._base.executescript(_TABLES)

    def take(self, places: Mapping[str, int], octets: int, cause: str, now: datetime) -> bool:
        """Whether so many octets more have room in each of the places, a name and what it takes in
        a day; if so they count. The same cause may ask again."""
        moment = now.timestamp()
        gone = (moment - _DAY, moment + _DAY)  # also what a clock that was far ahead has written
        self._base.execute("DELETE FROM kept WHERE at <= ? OR at > ?", gone)
        names = {self._hash(name): most for name, most in places.items()}
        question = "SELECT coalesce(sum(octets), 0) FROM kept WHERE place = ? AND cause <> ?"
        for name, most in names.items():
            (had,) = self._base.execute(question, (name, cause)).fetchone()
            if had + octets > most:
                return False
        rows = [(cause, name, moment, octets) for name in names]
        self._base.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", rows)
        return True

    def close(self) -> None:
        """Lets go of the file."""
        self._base.close()

    def _hash(self, name: str) -> str:
        return hashlib.blake2b(name.encode("utf-8", "replace"), key=self._key[:64]).hexdigest()[:24]


def places(
    sender: str, peer: str, fronts: tuple[str, ...], *, of_sender: int, of_place: int, of_all: int
) -> dict[str, int]:
    """Where a mail of `sender` that came from `peer` needs room: sub-addresses are one mailbox, and
    our own mail server in front is no place."""
    found = {f"from {mailbox(sender)}": of_sender, "all": of_all}
    place = network.place(peer, fronts)
    if place != network.HERE:
        found[f"at {place}"] = of_place
    return found
