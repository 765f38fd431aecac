"""Objects read out of the files of a repository: for who asks for a few of them.

To start a git takes as long as finding fifty objects here. What is out of the ordinary is left to
it: an object that is not found, or large, or kept in a way that is not read here; so nothing here
decides that something is missing or damaged.

Format: gitformat-pack, packs of version 2 with indexes of version 2; loose objects
(gitrepository-layout). No file stays open: packs that are merged or erased are let go.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from solicomm_build.foundation.types import Oid

LARGEST: Final = 1 << 20
"""Octets of an object; a larger one is git's."""
_DEEPEST: Final = 64
"""Deltas upon deltas that are undone; git makes 50 at most."""

_KINDS: Final = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_LEADING: Final = ("commit", "tree")
_BY_OFFSET: Final = 6
_BY_NAME: Final = 7
"""Deltas of an object of the same pack; those by its name are in packs that were pushed."""
_INDEX: Final = b"\xfftOc\x00\x00\x00\x02"
_FANOUT: Final = 8
_NAMES: Final = _FANOUT + 4 * 256
_ID: Final = 20
_NEAR: Final = 64
"""Ids that are read together; above that the half is looked for where the wanted one lies."""
_CHUNK: Final = 4096
_KEPT: Final = 64
_SMALL: Final = 4096
"""Commits and trees of so many octets stay at hand: the same ones lead to file after file."""
_READ_ONLY: Final = os.O_RDONLY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Found:
    """An object: `kind` is commit, tree, blob or tag."""

    kind: str
    octets: bytes


class AtHand:
    """The objects in the files of one repository. Blocking; not for several threads."""

    def __init__(self, git_dir: Path) -> None:
        self._objects = f"{git_dir}/objects"
        self._packs: list[str] = []  # without their endings; the one that had the last one first
        self._kept: dict[Oid, Found] = {}
        self.taken = 0
        """How many objects were unpacked, those included that others are deltas of."""

    def find(self, oid: Oid) -> Found | None:
        """An object; None when git has to be asked for it."""
        if (kept := self._kept.get(oid)) is not None:
            return kept
        try:
            wanted = bytes.fromhex(oid)
            place = self._place(wanted) if len(wanted) == _ID else None
            found = self._loose(oid) if place is None else self._packed(*place)
        except (OSError, ValueError, IndexError, struct.error, zlib.error):
            return None
        if found is not None and found.kind in _LEADING and len(found.octets) <= _SMALL:
            self._kept[oid] = found
            if len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        return found

    def _place(self, wanted: bytes) -> tuple[str, int] | None:
        """The pack that has an object, and where in it."""
        for packs in self._lists():
            for pack in packs:
                try:
                    at = _offset(f"{pack}.idx", wanted)
                except FileNotFoundError:
                    continue  # merged with others
                if at is not None:
                    if pack != packs[0]:
                        self._packs = [pack, *(one for one in self._packs if one != pack)]
                    return pack, at
        return None

    def _lists(self) -> Iterator[list[str]]:
        """Those that are known; then, for whom they are not enough, those that came since."""
        yield self._packs
        yield self._new()

    def _new(self) -> list[str]:
        """The packs that came since they were listed last."""
        with os.scandir(f"{self._objects}/pack") as found:
            listed = [one.path[:-4] for one in found if one.name.endswith(".idx")]
        known, there = set(self._packs), set(listed)
        new = [pack for pack in listed if pack not in known]
        self._packs = new + [pack for pack in self._packs if pack in there]
        return new

    def _loose(self, oid: Oid) -> Found | None:
        path = f"{self._objects}/{oid[:2]}/{oid[2:]}"
        if os.stat(path).st_size > LARGEST:
            return None
        stream = zlib.decompressobj()
        with open(path, "rb") as file:
            whole = stream.decompress(file.read(), LARGEST)
        head, _, octets = whole.partition(b"\0")
        self.taken += 1
        kind, size = head.split(b" ")
        is_whole = stream.eof and int(size) == len(octets)
        return Found(kind.decode("ascii"), octets) if is_whole else None

    def _packed(self, pack: str, at: int) -> Found | None:
        file = os.open(f"{pack}.pack", _READ_ONLY)
        try:
            deltas: list[bytes] = []
            while len(deltas) < _DEEPEST:
                kind, octets, base = _entry(file, at, f"{pack}.idx")
                self.taken += 1
                if kind in _KINDS:
                    for delta in reversed(deltas):
                        octets = _patched(octets, delta)
                    return Found(_KINDS[kind], octets)
                deltas.append(octets)
                at = base
            return None
        finally:
            os.close(file)


def _offset(index: str, wanted: bytes) -> int | None:
    """Where in its pack an object begins, by the pack's index; None when it is not in it."""
    file = os.open(index, _READ_ONLY)
    try:
        before = max(0, wanted[0] - 1)  # how many there are up to the octet before this one
        counts = struct.unpack(">2I", os.pread(file, 8, _FANOUT + 4 * before))
        low, high = counts if wanted[0] else (0, counts[0])
        if low == high:
            return None
        row = _row(file, wanted, low, high)
        return None if row is None else _offset_in(file, row)
    finally:
        os.close(file)


def _row(file: int, wanted: bytes, low: int, high: int) -> int | None:
    """The place of an id among those of an index, somewhere from `low` up to `high`."""
    while high - low > _NEAR:
        middle = (low + high) // 2
        if os.pread(file, _ID, _NAMES + _ID * middle) <= wanted:
            low = middle
        else:
            high = middle
    ids = os.pread(file, _ID * (high - low), _NAMES + _ID * low)
    at = ids.find(wanted)
    while at >= 0 and at % _ID:
        at = ids.find(wanted, at + 1)
    return None if at < 0 else low + at // _ID


def _offset_in(file: int, row: int) -> int:
    """The offset that an index has for its `row`. Raises ValueError for an index of another kind,
    and for a pack of more than 2 GB."""
    head = os.pread(file, _NAMES, 0)
    if head[:8] != _INDEX:
        raise ValueError("an index of another version")
    count = int.from_bytes(head[-4:], "big")
    (offset,) = struct.unpack(">I", os.pread(file, 4, _NAMES + (_ID + 4) * count + 4 * row))
    if offset & 0x80000000:
        raise ValueError("a pack of more than 2 GB")
    return int(offset)


def _entry(file: int, at: int, index: str) -> tuple[int, bytes, int]:
    """The kind, the octets and the base (0: none) of what begins at an offset of a pack. Raises
    ValueError where git is to be asked."""
    chunk = os.pread(file, _CHUNK, at)
    kind, size, shift, read = chunk[0] >> 4 & 7, chunk[0] & 0x0F, 4, 1
    while chunk[read - 1] & 0x80:
        size |= (chunk[read] & 0x7F) << shift
        shift, read = shift + 7, read + 1
    base = 0
    if kind == _BY_OFFSET:
        back = chunk[read] & 0x7F
        while chunk[read] & 0x80:
            read += 1
            back = (back + 1) << 7 | chunk[read] & 0x7F
        read += 1
        base = at - back if 0 < back < at else 0
    elif kind == _BY_NAME:
        base = _offset(index, chunk[read : read + _ID]) or 0
        read += _ID
    if size > LARGEST or not (kind in _KINDS or base > 0):
        raise ValueError("large, or kept in another way")
    stream = zlib.decompressobj()
    octets, at = stream.decompress(chunk[read:], size + 1), at + len(chunk)
    while not stream.eof and len(octets) <= size:
        chunk = os.pread(file, size + _CHUNK, at)
        if not chunk:
            raise ValueError("the pack ends before the object does")
        octets, at = octets + stream.decompress(chunk, size + 1), at + len(chunk)
    if len(octets) != size:
        raise ValueError("another size than its entry says")
    return kind, octets, base


def _patched(base: bytes, delta: bytes) -> bytes:
    """The object that a delta makes of its base. Raises ValueError when it does not fit."""
    before, at = _varint(delta, 0)
    after, at = _varint(delta, at)
    if before != len(base) or after > LARGEST:
        raise ValueError("the delta of another object")
    parts: list[bytes] = []
    while at < len(delta):
        order, at = delta[at], at + 1
        if order & 0x80:
            start = size = 0
            for bit in range(4):
                if order >> bit & 1:
                    start, at = start | delta[at] << 8 * bit, at + 1
            for bit in range(3):
                if order >> bit & 0x10:
                    size, at = size | delta[at] << 8 * bit, at + 1
            parts.append(base[start : start + (size or 0x10000)])
        else:
            parts.append(delta[at : at + order])
            at += order
    made = b"".join(parts)
    if len(made) != after:
        raise ValueError("the delta of another object")
    return made


def _varint(octets: bytes, at: int) -> tuple[int, int]:
    """A number, seven bits at a time, and where it ends."""
    number = shift = 0
    while True:
        number |= (octets[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if not octets[at - 1] & 0x80:
            return number, at
