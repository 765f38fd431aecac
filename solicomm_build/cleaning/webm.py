"""WebM and Matroska (RFC 9559): elements that tell of their sender are overwritten in place.

Nothing moves, so that the tables which say where sound lies stay right: what goes becomes a Void
element (RFC 8794 11.3.2) of zeros. Elements may be of unknown size, as browsers write them while
they record (RFC 8794 6.2).
"""

from __future__ import annotations

_SEGMENT, _INFO, _CLUSTER, _TRACKS, _ENTRY = (
    0x18538067,
    0x1549A966,
    0x1F43B675,
    0x1654AE6B,
    0xAE,
)
_INTO = frozenset({_SEGMENT, _INFO, _CLUSTER, _TRACKS, _ENTRY})
_GONE = frozenset(
    {
        0x1254C367,  # Tags
        0x1941A469,  # Attachments
        0x1043A770,  # Chapters
        0x4461,  # DateUTC
        0x7BA9,  # Title
        0x73A4,  # SegmentUUID
        0x7384,  # SegmentFilename
        0x536E,  # Name of a track
        0x258688,  # CodecName
        0xEC,  # Void: whatever stands in it
        0xBF,  # CRC-32, which would not fit any more
    }
)
_EMPTIED = frozenset({0x4D80, 0x5741})  # MuxingApp and WritingApp must be there
_HEAD = 0x1A45DFA3
_TOP = frozenset({_HEAD, _SEGMENT})
_MOST = 200_000


def clean(data: bytes) -> bytes:
    """The sound or film. Raises ValueError where elements do not fit into each other."""
    target = bytearray(data)
    at, count, ends, inside = 0, 0, [len(data)], False
    while at < len(data):
        while len(ends) > 1 and at >= ends[-1]:
            ends.pop()
        count += 1
        name, start = _name(data, at)
        size, start = _size(data, start)
        end = ends[-1] if size is None else start + size
        outer = len(ends) == 1 and not inside
        if end > ends[-1] or count > _MOST or (outer and name not in _TOP):
            raise ValueError("an element does not fit")
        if name in _GONE:
            if size is None:
                raise ValueError("an element has no end")
            _void(target, at, end)
            at = end
        elif name in _EMPTIED:
            target[start:end] = bytes(end - start)
            at = end
        elif name in _INTO:
            if size is not None:
                ends.append(end)
            inside = inside or size is None
            at = start
        elif size is None:
            raise ValueError("an element has no end")
        else:
            at = end
    return bytes(target)


def _name(data: bytes, at: int) -> tuple[int, int]:
    """An id with its marker, and where it ends (RFC 8794 5)."""
    length = 9 - data[at].bit_length()
    if length > 4 or at + length > len(data):
        raise ValueError("no element begins here")
    return int.from_bytes(data[at : at + length]), at + length


def _size(data: bytes, at: int) -> tuple[int | None, int]:
    """The size of the content, None where it is unknown, and where that begins."""
    if at >= len(data) or not data[at]:
        raise ValueError("an element has no size")
    length = 9 - data[at].bit_length()
    octets = data[at : at + length]
    most = (1 << 7 * length) - 1
    value = int.from_bytes(octets) & most
    if len(octets) != length:
        raise ValueError("an element is cut off")
    return (None if value == most else value), at + length


def _void(target: bytearray, at: int, end: int) -> None:
    """A Void element of the same octets in all, which needs at least two."""
    whole = end - at
    if whole < 2:
        raise ValueError("an element is too short")
    length = 1 if whole <= 128 else 8
    if length == 8 and whole < 9:
        raise ValueError("an element is too short")
    size = whole - 1 - length
    head = bytes((0xEC,)) + (size | 1 << 7 * length).to_bytes(length)
    target[at:end] = head + bytes(size)
