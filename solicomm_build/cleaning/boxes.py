"""MP4, M4A, MOV, 3GP (ISO/IEC 14496-12) and HEIC, AVIF (23008-12): boxes overwritten in place.

Nothing moves, so that the tables which say where picture and sound lie stay right: a box that
tells of its sender becomes `free` space of zeros. Dates of the whole, of its tracks and of their
media are set to none, names of the programs that wrote them emptied. A track of measurements beside
film and sound (where the telephone was, second by second) is overwritten with its samples.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

_INTO = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts", b"moof", b"traf"})
_GONE = frozenset({b"udta", b"meta", b"uuid", b"skip", b"free", b"prft", b"emsg", b"wide"})
_SHOWN = frozenset(
    {b"vide", b"soun", b"text", b"sbtl", b"subt", b"clcp", b"tmcd", b"pict", b"auxv"}
)
"""What a track may be to stay."""
_MOST = 100_000
_OUTER = frozenset(
    {b"moov", b"mdat", b"ftyp", b"styp", b"moof", b"mfra", b"sidx", b"pdin", b"pnot", *_GONE}
)


@dataclass(frozen=True, slots=True)
class Box:
    """A box: it begins at `at`, its content is `data[start:stop]`."""

    kind: bytes
    at: int
    start: int
    stop: int


def film(data: bytes) -> bytes:
    """The film or sound. Raises ValueError where the boxes do not fit into each other."""
    target = bytearray(data)
    _walk(data, target, 0, len(data), 0)
    return bytes(target)


def _boxes(data: bytes, start: int, stop: int) -> Iterator[Box]:
    at, count = start, 0
    while at + 8 <= stop:
        count += 1
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        elif size == 0:
            size = stop - at
        if size < head or at + size > stop or count > _MOST:
            raise ValueError("a box is cut off")
        yield Box(kind, at, at + head, at + size)
        at += size
    if at != stop and data[at:stop].strip(b"\0"):
        raise ValueError("something stands between the boxes")


def _walk(data: bytes, target: bytearray, start: int, stop: int, depth: int) -> None:
    for box in _boxes(data, start, stop):
        if depth == 0 and box.kind not in _OUTER:
            raise ValueError("a box is not known")
        if box.kind in _GONE:
            _free(target, box)
        elif box.kind in (b"mvhd", b"tkhd", b"mdhd"):
            size = 16 if data[box.start] else 8
            target[box.start + 4 : box.start + 4 + size] = bytes(size)
        elif box.kind == b"hdlr":
            target[box.start + 12 : box.start + 24] = bytes(12)
            target[box.start + 24 : box.stop] = bytes(box.stop - box.start - 24)
        elif box.kind == b"trak" and _handler(data, box) not in _SHOWN:
            _free_samples(data, target, box)
            _free(target, box)
        elif box.kind in _INTO and depth < 8:
            _walk(data, target, box.start, box.stop, depth + 1)


def _free(target: bytearray, box: Box) -> None:
    target[box.at + 4 : box.at + 8] = b"free"
    target[box.start : box.stop] = bytes(box.stop - box.start)


def _find(data: bytes, box: Box, *path: bytes) -> Box | None:
    for kind in path:
        inner = next((one for one in _boxes(data, box.start, box.stop) if one.kind == kind), None)
        if inner is None:
            return None
        box = inner
    return box


def _handler(data: bytes, trak: Box) -> bytes:
    found = _find(data, trak, b"mdia", b"hdlr")
    return data[found.start + 8 : found.start + 12] if found is not None else b""


def _free_samples(data: bytes, target: bytearray, trak: Box) -> None:
    """Overwrites what the track's tables lead to (14496-12 8.7)."""
    table = _find(data, trak, b"mdia", b"minf", b"stbl")
    if table is None:
        raise ValueError("a track has no table")
    at, offsets = iter(_sizes(data, table)), _offsets(data, table)
    counts = _counts(_runs(data, table), len(offsets))
    lengths = (sum(islice(at, count)) for count in counts)
    erase(target, zip(offsets, lengths, strict=True))


def erase(target: bytearray, places: Iterable[tuple[int, int]]) -> None:
    """Overwrites what lies at these offsets, of these lengths; once where they overlap."""
    done = 0
    for offset, length in sorted(places):
        end = offset + length
        if end > len(target):
            raise ValueError("something leads out of the file")
        done = max(done, offset)
        if end > done:
            target[done:end] = bytes(end - done)
            done = end


def _counts(runs: list[tuple[int, int]], chunks: int) -> Iterator[int]:
    """How many samples each chunk has: as the last run says that begins with it or before it."""
    begins = {first: number for number, (first, _) in enumerate(runs)}
    now = begins.get(0, -1)
    for chunk in range(1, chunks + 1):
        now = max(now, begins.get(chunk, -1))
        yield runs[now][1] if now >= 0 else 0


def _sizes(data: bytes, table: Box) -> list[int]:
    box = _find(data, table, b"stsz")
    if box is None:
        raise ValueError("a track has no sizes")
    size, count = struct.unpack_from(">II", data, box.start + 4)
    if count > 4 * _MOST:
        raise ValueError("a track is too long")
    if size:
        return [size] * count
    return list(struct.unpack_from(f">{count}I", data, box.start + 12))


def _runs(data: bytes, table: Box) -> list[tuple[int, int]]:
    box = _find(data, table, b"stsc")
    if box is None:
        return [(1, 1)]
    (count,) = struct.unpack_from(">I", data, box.start + 4)
    rows = struct.unpack_from(f">{3 * count}I", data, box.start + 8)
    return list(zip(rows[0::3], rows[1::3], strict=True))


def _offsets(data: bytes, table: Box) -> list[int]:
    box, form = _find(data, table, b"stco"), "I"
    if box is None:
        box, form = _find(data, table, b"co64"), "Q"
    if box is None:
        return []
    (count,) = struct.unpack_from(">I", data, box.start + 4)
    return list(struct.unpack_from(f">{count}{form}", data, box.start + 8))
