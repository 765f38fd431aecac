"""What is listed of all posts, kept in blocks: `listing.sqlite` beside the rest of the search's
state.

    block: its first post │ keys │ shown │ ids │ the rest    (512 posts, in the order of arrival)

A new post among a million writes the last block anew and reads the keys of the others, eight octets
each. Derived like all of state/: deleting it costs one look at every post. Who uses it holds the
lock of the search.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

from solicomm_build.builder.conferences.changes import Mark
from solicomm_build.features.search.posts.documents import Item
from solicomm_build.features.search.searchlisting import KEY, Listing
from solicomm_build.git import derived

BLOCK = 512
"""Posts in each block but the last."""
_VERSION = "1"
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE block (
  number INTEGER PRIMARY KEY, receipt INTEGER NOT NULL, conf TEXT NOT NULL, mid TEXT NOT NULL,
  keys BLOB NOT NULL, shown BLOB NOT NULL, ids BLOB NOT NULL,
  receipts BLOB NOT NULL, gone BLOB NOT NULL, names TEXT NOT NULL);
"""


class Shelf:
    """The file in `folder`, made when it is not there. Raises sqlite3.Error when the disk is full
    or does not answer."""

    def __init__(self, folder: Path) -> None:
        self._db = derived.connect(folder / "listing.sqlite", _VERSION, _make)
        self._db.execute("PRAGMA secure_delete=ON")  # an erased post leaves nothing here
        self._count: int | None = None

    def close(self) -> None:
        self._db.close()

    def begin(self) -> None:
        """Begins a change of all or nothing."""
        self._db.execute("BEGIN IMMEDIATE")

    def end(self, frame: str, mark: Mark | None) -> None:
        """Ends it: the posts are listed as they were at `mark`, in this frame."""
        said = json.dumps([frame, mark])
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('as of', ?)", (said,))
        self._db.execute("COMMIT")
        self._count = None

    def give_up(self) -> None:
        """Leaves everything as it was."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._count = None

    def as_of(self) -> tuple[str, Mark | None]:
        """In which frame and up to where the posts are listed; ("", None) when they are not."""
        row = self._db.execute("SELECT value FROM meta WHERE key='as of'").fetchone()
        if row is None:
            return "", None
        frame, mark = json.loads(row[0])
        return frame, Mark(*mark) if mark else None

    # blocks

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        row = self._db.execute("SELECT MAX(number) FROM block").fetchone()
        return 0 if row[0] is None else int(row[0]) + 1

    def fences(self) -> list[tuple[int, str, str]]:
        """The place of the first post of each block in the order of arrival."""
        return self._db.execute("SELECT receipt, conf, mid FROM block ORDER BY number").fetchall()

    def block(self, number: int) -> list[Item]:
        """The posts of a block."""
        keys, shown, receipts, gone, names = self._db.execute(
            "SELECT keys, shown, receipts, gone, names FROM block WHERE number=?", (number,)
        ).fetchone()
        items = []
        for at, text in enumerate(names.split("\n")):
            conf, _, name = text.partition("/")
            (receipt,) = array("q", receipts[at * 8 : (at + 1) * 8])
            order = (receipt, conf, name.partition("/")[0])
            low, high = at * KEY, (at + 1) * KEY
            items.append(Item(order, name, bool(gone[at]), keys[low:high], shown[low:high]))
        return items

    def put(self, number: int, items: Sequence[Item]) -> None:
        """Writes a block, which is not empty. Part of what was begun."""
        self._db.execute(
            "INSERT OR REPLACE INTO block VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                *items[0].order,
                b"".join(item.key for item in items),
                b"".join(item.shown for item in items),
                b"".join(item.id for item in items),
                array("q", (item.order[0] for item in items)).tobytes(),
                bytes(item.gone for item in items),
                "\n".join(f"{item.order[1]}/{item.name}" for item in items),
            ),
        )

    def cut(self, number: int) -> None:
        """Drops this block and those after it. Part of what was begun."""
        self._db.execute("DELETE FROM block WHERE number>=?", (number,))

    # what the search asks

    def __len__(self) -> int:
        if self._count is None:
            last = self.blocks - 1
            row = self._db.execute("SELECT length(gone) FROM block WHERE number=?", (last,))
            self._count = max(last, 0) * BLOCK + (row.fetchone() or (0,))[0]
        return self._count

    def part(self, low: int, high: int) -> Listing:
        """The posts from `low` to `high`, to be read."""
        listing = Listing()
        for number in range(low // BLOCK, -(-min(high, len(self)) // BLOCK)):
            for at, item in enumerate(self.block(number), number * BLOCK):
                if low <= at < high:
                    place = f"conferences/{item.order[1]}"
                    listing.add(item.id, item.key, item.shown, place, item.name, gone=item.gone)
        return listing

    def digest_of(self, low: int, high: int) -> bytes:
        """16 octets that change with anything that is indexed of the posts from `low` to `high`."""
        return self._digest("keys", low, high)

    def shown_of(self, low: int, high: int) -> bytes:
        """16 octets that change with anything that is shown of them."""
        return self._digest("shown", low, high)

    def all_ids(self) -> Iterator[bytes]:
        """The ids of all, in their order, some at a time."""
        yield from (ids for (ids,) in self._db.execute("SELECT ids FROM block ORDER BY number"))

    def _digest(self, column: str, low: int, high: int) -> bytes:
        found = hashlib.blake2b(digest_size=16)
        rows = self._db.execute(
            f"SELECT number, {column} FROM block"  # noqa: S608 - a name above
            " WHERE number>=? AND number<? ORDER BY number",
            (low // BLOCK, -(-high // BLOCK)),
        )
        for number, octets in rows:
            first = number * BLOCK
            found.update(octets[max(low - first, 0) * KEY : (high - first) * KEY])
        return found.digest()


def _make(db: sqlite3.Connection) -> None:
    derived.run(db, _SCHEMA)
