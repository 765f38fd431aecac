"""A pack made by ourselves: objects go in one by one, and `finish` makes all of them durable.

Format: gitformat-pack, version 2 of the pack and of its index. An object is its zlib stream, whole,
or (a tree that differs little from one before it in the same pack) the delta to that one. What is
added is kept in memory, compressed, until `finish` writes both files: the pack, its index, their
names. Nothing is visible to git before the index has its name, and nobody asks for the objects
before a ref leads to them. docs/adr/0025 says why git does not do this for us.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path
from typing import Final

from isal import isal_zlib

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import StoreError

COMMIT: Final = 1
TREE: Final = 2
BLOB: Final = 3
_OFFSET_DELTA: Final = 6

_NAMES: Final = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob"}
_DEPTH: Final = 50
"""Deltas upon deltas, at most: who reads the last one undoes them all (git's own limit)."""
_LEVEL: Final = 1
"""Of ISA-L, which takes a third of libdeflate's time for mail with files, 1 to 2 % larger."""
_TINY: Final = 128
_SMALL: Final = 8192
_LARGEST: Final = (1 << 31) - 1
_COPY: Final = 0xFFFF
_COPY_ALL: Final = struct.Struct("<BIH")  # an instruction with all octets of offset and size
_INSERT: Final = 0x7F


class Pack:
    """One pack that is being written. Not for several threads; dropping it leaves nothing."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the repository's `objects/pack`."""
        self._folder = folder
        self._parts: list[bytes] = []
        self._offset = 12  # after the header
        self._objects: dict[bytes, tuple[int, int, int]] = {}  # by id: crc32, offset, depth

    def add(self, kind: int, octets: bytes) -> bytes:
        """Adds an object; returns its id, 20 octets. One that is in this pack stays as it is."""
        oid = object_id(kind, octets)
        if oid not in self._objects:
            self._put(oid, _entry_head(kind, len(octets)) + _deflated(octets), depth=0)
        return oid

    def add_changed(self, kind: int, octets: bytes, base: bytes, delta: bytes) -> bytes:
        """Like `add`, for an object that is `delta` away from the one whose id is `base`."""
        found = self._objects.get(base)
        if found is None or found[2] >= _DEPTH or 2 * len(delta) > len(octets):
            return self.add(kind, octets)
        oid = object_id(kind, octets)
        if oid not in self._objects:
            head = _entry_head(_OFFSET_DELTA, len(delta)) + _distance(self._offset - found[1])
            self._put(oid, head + _deflated(delta), depth=found[2] + 1)
        return oid

    def finish(self) -> None:
        """Writes the pack and its index, durable on return. Raises OSError: nothing is left then
        that git would look at.
        """
        head = struct.pack(">4sII", b"PACK", 2, len(self._objects))
        body = b"".join([head, *self._parts])
        checksum = hashlib.sha1(body, usedforsecurity=False).digest()
        path = self._folder / f"pack-{checksum.hex()}.pack"
        safeio.write_atomic(path, body + checksum, durable_name=False, mode=0o444)
        safeio.write_atomic(path.with_suffix(".idx"), self._index(checksum), mode=0o444)

    def _put(self, oid: bytes, entry: bytes, *, depth: int) -> None:
        if self._offset + len(entry) > _LARGEST:
            raise StoreError("more than 2 GB at a time; commit less between two checkpoints")
        self._objects[oid] = (zlib.crc32(entry), self._offset, depth)
        self._parts.append(entry)
        self._offset += len(entry)

    def _index(self, checksum: bytes) -> bytes:
        oids = sorted(self._objects)
        counts = [0] * 256
        for oid in oids:
            counts[oid[0]] += 1
        total, fanout = 0, []
        for count in counts:
            total += count
            fanout.append(total)
        found = [self._objects[oid] for oid in oids]
        body = b"".join(
            (
                b"\xfftOc\x00\x00\x00\x02",
                struct.pack(">256I", *fanout),
                *oids,
                struct.pack(f">{total}I", *(crc for crc, _, _ in found)),
                struct.pack(f">{total}I", *(offset for _, offset, _ in found)),
                checksum,
            )
        )
        return body + hashlib.sha1(body, usedforsecurity=False).digest()


def object_id(kind: int, octets: bytes) -> bytes:
    """The id of an object, 20 octets (gitformat-loose: SHA-1 of header and content)."""
    head = b"%s %d\0" % (_NAMES[kind], len(octets))
    if len(octets) < _SMALL:  # one call; the copy is cheaper
        return hashlib.sha1(head + octets, usedforsecurity=False).digest()
    made = hashlib.sha1(head, usedforsecurity=False)
    made.update(octets)
    return made.digest()


def copied(start: int, size: int) -> bytes:
    """The part of a delta that takes `size` octets of the base from `start` on."""
    if size <= _COPY:
        return _COPY_ALL.pack(0xBF, start, size) if size else b""
    end = start + size
    return b"".join(
        _COPY_ALL.pack(0xBF, at, min(_COPY, end - at)) for at in range(start, end, _COPY)
    )


def inserted(octets: bytes) -> bytes:
    """The part of a delta that brings octets of its own."""
    if len(octets) <= _INSERT:
        return bytes((len(octets),)) + octets if octets else b""
    parts = (octets[at : at + _INSERT] for at in range(0, len(octets), _INSERT))
    return b"".join(bytes((len(part),)) + part for part in parts)


def delta_of(base_size: int, size: int, parts: list[bytes]) -> bytes:
    """A delta: from a base of `base_size` octets to an object of `size`, by these parts."""
    return b"".join([_varint(base_size), _varint(size), *parts])


def _deflated(octets: bytes) -> bytes:
    size = len(octets)
    if size <= _TINY:  # mostly ids, which have no shorter form: one stored block (RFC 1950, 1951)
        return b"\x78\x01\x01%b%b%b" % (
            struct.pack("<HH", size, size ^ 0xFFFF),
            octets,
            struct.pack(">I", zlib.adler32(octets)),
        )
    return isal_zlib.compress(octets, _LEVEL)


def _entry_head(kind: int, size: int) -> bytes:
    """Kind and size before an entry: four bits of the size, then seven at a time."""
    first, size = kind << 4 | size & 0x0F, size >> 4
    return bytes((first | 0x80,)) + _varint(size) if size else bytes((first,))


def _varint(number: int) -> bytes:
    if number <= 0x7F:
        return bytes((number,))
    octets = bytearray()
    while number > 0x7F:
        octets.append(0x80 | number & 0x7F)
        number >>= 7
    octets.append(number)
    return bytes(octets)


def _distance(back: int) -> bytes:
    """How far back a delta's base is: seven bits at a time, the last first, each less one."""
    octets = [back & 0x7F]
    while back := back >> 7:
        back -= 1
        octets.append(0x80 | back & 0x7F)
    return bytes(reversed(octets))
