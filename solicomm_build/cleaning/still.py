"""HEIC and AVIF (ISO/IEC 23008-12): what the camera wrote is overwritten where it lies.

How such a picture is turned stands in properties of its own (`irot`), so it stays upright without
Exif. The items of the kinds `Exif` and `mime` (XMP) are found through `iinf` and `iloc`.
"""

from __future__ import annotations

import struct

from solicomm_build.cleaning.boxes import Box, _boxes, _find, erase

_MOST = 10_000
_GONE = (b"Exif", b"mime", b"uri ")


def still(data: bytes) -> bytes:
    """The picture. Raises ValueError where it is not built as it must be."""
    target = bytearray(data)
    outer = list(_boxes(data, 0, len(data)))
    meta = next((box for box in outer if box.kind == b"meta"), None)
    if meta is None:
        raise ValueError("it tells of no picture")
    inner = Box(meta.kind, meta.at, meta.start + 4, meta.stop)
    erase(target, _places(data, inner, _items(data, inner)))
    for box in outer:
        if box.kind in (b"uuid", b"free", b"skip", b"udta"):
            target[box.start : box.stop] = bytes(box.stop - box.start)
            target[box.at + 4 : box.at + 8] = b"free"
        elif box.kind == b"moov":
            raise ValueError("it holds a film as well")
    return bytes(target)


def _items(data: bytes, meta: Box) -> set[int]:
    """The ids of the items that tell of the sender."""
    info = _find(data, meta, b"iinf")
    if info is None:
        return set()
    start = info.start + (6 if data[info.start] == 0 else 8)
    found = set()
    for box in _boxes(data, start, info.stop):
        version = data[box.start]
        if box.kind != b"infe" or version < 2:
            continue
        form, width = (">H", 2) if version == 2 else (">I", 4)
        (item,) = struct.unpack_from(form, data, box.start + 4)
        kind = data[box.start + 6 + width : box.start + 10 + width]
        if kind in _GONE:
            found.add(item)
    return found


def _places(data: bytes, meta: Box, items: set[int]) -> list[tuple[int, int]]:
    """Where these items lie in the file (14496-12 8.11.3)."""
    box = _find(data, meta, b"iloc")
    if box is None:
        raise ValueError("it does not say where its items lie")
    inside = _find(data, meta, b"idat")
    version, at = data[box.start], box.start + 4
    widths = (data[at] >> 4, data[at] & 15, data[at + 1] >> 4, data[at + 1] & 15)
    at += 2
    wide = 4 if version == 2 else 2
    count, at = _number(data, at, wide)
    found: list[tuple[int, int]] = []
    for _ in range(min(count, _MOST)):
        item, at = _number(data, at, wide)
        method = 0
        if version in (1, 2):
            method, at = _number(data, at, 2)
        at += 2
        base, at = _number(data, at, widths[2])
        extents, at = _number(data, at, 2)
        if len(found) > _MOST or extents > _MOST // max(count, 1) + 16:
            raise ValueError("its items lie in too many places")
        for _ in range(extents):
            if version in (1, 2):
                at += widths[3]
            offset, at = _number(data, at, widths[0])
            length, at = _number(data, at, widths[1])
            if item in items:
                if method & 15 == 1 and inside is not None:
                    offset += inside.start
                found.append((base + offset, length))
    return found


def _number(data: bytes, at: int, width: int) -> tuple[int, int]:
    if at + width > len(data):
        raise ValueError("a table is cut off")
    return int.from_bytes(data[at : at + width], "big"), at + width
