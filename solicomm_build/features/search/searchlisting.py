"""What can be found, in its order and without its texts: the columns that the search keeps in mind.

Each document takes 60 octets here and not the seven hundred of an object with its subject and
author. Those are read again, of the documents that are indexed or shown anew. Posts are listed in a
file (posts/shelf.py), and kept in mind when they are made anew.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from typing import Protocol

KEY = 8
"""Octets of an id or a key."""
_NOTHING = bytes(KEY)


def key_of(text: str) -> bytes:
    """`KEY` octets that stand for a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY).digest()


class Columns(Protocol):
    """Documents in the order of their numbers, wherever they are kept."""

    def __len__(self) -> int: ...

    def part(self, low: int, high: int) -> Listing:
        """The documents from `low` to `high`, to be read."""

    def digest_of(self, low: int, high: int) -> bytes:
        """16 octets that change with anything that is indexed of these documents."""

    def shown_of(self, low: int, high: int) -> bytes:
        """16 octets that change with anything that is shown of them."""

    def all_ids(self) -> Iterator[bytes]:
        """The ids of all, in their order, some at a time."""


class Listing:
    """Documents in the order of their numbers.

    `ids`, `keys` and `shown` hold `KEY` octets of each, one after the other: an id says which
    document it is, its key changes with all that is indexed of it, and what is shown with all that
    a result shows.
    """

    def __init__(self) -> None:
        self.ids, self.keys, self.shown = bytearray(), bytearray(), bytearray()
        self._gone = bytearray()
        self._places: list[str] = []
        self._numbers: dict[str, int] = {}
        self._place = array("I")
        self._names = bytearray()
        self._ends = array("Q", (0,))

    def add(
        self, id: bytes, key: bytes, shown: bytes, place: str, name: str, *, gone: bool = False
    ) -> None:
        """Puts a document at the end. `place` is the address of where it is, "" for the hub's own;
        `name` is what its source finds it by; `gone` keeps the number of one that is hidden."""
        if place not in self._numbers:
            self._numbers[place] = len(self._places)
            self._places.append(place)
        self.ids += id
        self.keys += key
        self.shown += shown
        self._gone.append(gone)
        self._place.append(self._numbers[place])
        self._names += name.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._names))

    def __len__(self) -> int:
        return len(self._gone)

    def id(self, number: int) -> bytes:
        """The id of a document."""
        return bytes(self.ids[number * KEY : (number + 1) * KEY])

    def key(self, number: int) -> bytes:
        """The key of a document."""
        return bytes(self.keys[number * KEY : (number + 1) * KEY])

    def gone(self, number: int) -> bool:
        """Whether a document is hidden."""
        return bool(self._gone[number])

    def place(self, number: int) -> str:
        """The address of the place that a document is in."""
        return self._places[self._place[number]]

    def name(self, number: int) -> str:
        """What its source finds a document by."""
        low, high = self._ends[number : number + 2]
        return self._names[low:high].decode("utf-8", "surrogatepass")

    def part(self, low: int, high: int) -> Listing:
        """The documents from `low` to `high`, to be read: it shares the names with this one."""
        low = min(low, len(self))
        high = max(low, min(high, len(self)))
        listing = Listing()
        for name in ("ids", "keys", "shown"):
            setattr(listing, name, getattr(self, name)[low * KEY : high * KEY])
        listing._gone, listing._place = self._gone[low:high], self._place[low:high]
        listing._places, listing._numbers = self._places, self._numbers
        listing._names, listing._ends = self._names, self._ends[low : high + 1]
        return listing

    def apart(self) -> Listing:
        """The same documents, sharing nothing: to be given to another machine."""
        listing, first = self.part(0, len(self)), self._ends[0]
        listing._names = self._names[first : self._ends[-1]]
        listing._ends = array("Q", (end - first for end in self._ends))
        return listing

    def digest(self) -> bytes:
        """16 octets that change with anything that is indexed."""
        return _digest(self.keys)

    def digest_of(self, low: int, high: int) -> bytes:
        """The same of the documents from `low` to `high`."""
        return _digest(self.keys[low * KEY : high * KEY])

    def shown_of(self, low: int, high: int) -> bytes:
        """16 octets that change with anything that is shown of the documents from `low` to
        `high`."""
        return _digest(self.shown[low * KEY : high * KEY])

    def all_ids(self) -> Iterator[bytes]:
        """The ids of all, in their order."""
        yield bytes(self.ids)

    def digest_shown(self, numbers: Sequence[int] | None = None) -> bytes:
        """16 octets that change with anything that is shown of these documents, else of all."""
        if numbers is None:
            return _digest(self.shown)
        return _digest(b"".join(self.shown[at * KEY : (at + 1) * KEY] for at in numbers))

    def reordered(self, order: bytes) -> Listing:
        """The documents in the order of these ids, and others after them in their own; an id that
        is not here keeps its number, as gone."""
        if self.ids.startswith(order):
            return self
        numbers = {self.id(number): number for number in range(len(self))}
        listing = Listing()
        for at in range(0, len(order), KEY):
            number = numbers.pop(bytes(order[at : at + KEY]), None)
            if number is None:
                listing.add(order[at : at + KEY], _NOTHING, _NOTHING, "", "", gone=True)
            else:
                listing._copy(self, number)
        for number in numbers.values():
            listing._copy(self, number)
        return listing

    def _copy(self, other: Listing, number: int) -> None:
        shown = bytes(other.shown[number * KEY : (number + 1) * KEY])
        self.add(
            other.id(number),
            other.key(number),
            shown,
            other.place(number),
            other.name(number),
            gone=other.gone(number),
        )


def _digest(keys: bytes | bytearray) -> bytes:
    return hashlib.blake2b(keys, digest_size=16).digest()
