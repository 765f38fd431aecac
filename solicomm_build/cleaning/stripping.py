"""Pictures by their segments, chunks and blocks: what is not the picture goes, its octets stay.

So a picture loses no quality, and the copy does not depend on the version of a codec. Each function
returns the copy and the orientation that was written beside the picture (Exif tag 0x0112, 1 when
there is none); raises ValueError where the file is not what it begins as. Whatever stands behind
the end of a picture goes, too: telephones put films, depth maps and second pictures there.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_PNG = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB sBIT bKGD pHYs hIST acTL fcTL fdAT cICP".split()
)
_WEBP = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})
_NOT_TOLD = 0b0010_1100  # the flags of VP8X that announce a profile, Exif and XMP (RFC 9649 2.7)
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def tells(data: bytes) -> bool:
    """Whether a picture (JPEG, PNG, GIF, WebP) holds more than the picture; False for anything that
    is none of these, or is broken."""
    strip = next((strip for start, strip in _BY_START.items() if data.startswith(start)), None)
    try:
        return strip is not None and strip(data)[0] != data
    except (ValueError, IndexError, struct.error):
        return False


def jpeg(data: bytes) -> tuple[bytes, int]:
    """Without APPn and comments, but for what says how colours are coded (ITU-T T.81 B.2.4)."""
    kept, at, turned = [b"\xff\xd8"], 2, 1
    while True:
        if data[at] != 0xFF:
            raise ValueError("no marker")
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        at += 1
        if marker == 0xD9:
            return b"".join([*kept, b"\xff\xd9"]), turned
        if marker in _ALONE:
            continue
        (size,) = struct.unpack_from(">H", data, at)
        body = data[at : at + size]
        if len(body) != size or size < 2:
            raise ValueError("a segment is cut off")
        at += size
        if marker == 0xE1 and body[2:8] == b"Exif\0\0":
            turned = orientation(body[8:])
        if (segment := _segment(marker, body)) is not None:
            kept.append(b"\xff" + bytes((marker,)) + segment)
        if marker == 0xDA:
            end = _end_of_scan(data, at)
            kept.append(data[at:end])
            at = end


def _segment(marker: int, body: bytes) -> bytes | None:
    """The segment as it stays. JFIF loses its thumbnail; Adobe's says how colours are coded."""
    if marker == 0xE0:
        if body[2:7] != b"JFIF\0" or len(body) < 16:
            return None
        return b"\0\x10" + body[2:14] + b"\0\0"
    if marker == 0xEE:
        return b"\0\x0e" + body[2:14] if body[2:7] == b"Adobe" and len(body) >= 14 else None
    return None if 0xE0 <= marker <= 0xEF or marker == 0xFE else body


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the coded data end: at a marker that is neither stuffing nor a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise ValueError("the picture is cut off")
        if data[at + 1] == 0xFF:
            at += 1
        elif data[at + 1] == 0 or data[at + 1] in _ALONE:
            at += 2
        else:
            return at


def has_profile(data: bytes) -> bool:
    """Whether a JPEG has a colour profile other than sRGB (ICC.1 B.4): its numbers mean others."""
    at = data.find(b"ICC_PROFILE\0", 0, 1 << 20)
    return at >= 0 and b"sRGB" not in data[at : at + 4096] and b"s\0R\0G\0B" not in data[at:][:4096]


def png(data: bytes) -> tuple[bytes, int]:
    """Only the chunks that are the picture, its colours and its animation (PNG 11, 3rd edition)."""
    kept, at, turned = [data[:8]], 8, 1
    while True:
        size, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + size
        if end > len(data):
            raise ValueError("a chunk is cut off")
        body = data[at + 8 : end - 4]
        if name == b"eXIf":
            turned = orientation(body)
        if name in _PNG:
            kept += [data[at : end - 4], struct.pack(">I", zlib.crc32(name + body))]
        elif name[:1].isupper():
            raise ValueError("a chunk that must be understood is not")
        at = end
        if name == b"IEND":
            return b"".join(kept), turned


def gif(data: bytes) -> tuple[bytes, int]:
    """Without comments, plain text, applications' data but for how often it plays (GIF89a 23)."""
    at = 13 + _colours(data[10])
    kept = [data[:at]]
    while True:
        start, mark = at, data[at]
        if mark == 0x3B:
            return b"".join([*kept, b";"]), 1
        if mark == 0x2C:
            at = _after_blocks(data, at + 11 + _colours(data[at + 9]))
            kept.append(data[start:at])
        elif mark == 0x21:
            at = _after_blocks(data, at + 2)
            loops = data[start + 1] == 0xFF and data[start + 3 : start + 14] in _LOOPS
            if loops:
                kept.append(data[start : start + 14] + _loop(data[start + 14 : at]))
            elif data[start + 1] == 0xF9:
                kept.append(data[start:at])
        else:
            raise ValueError("no block")


def _loop(blocks: bytes) -> bytes:
    """The one block that says how often it plays."""
    return blocks[:4] + b"\0" if blocks[:2] == b"\x03\x01" else b"\x03\x01\0\0\0"


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while size := data[at]:
        at += size + 1
    return at + 1


def webp(data: bytes) -> tuple[bytes, int]:
    """Only the chunks that are the picture and its animation (RFC 9649 2.3, 2.7)."""
    kept, at, turned = [], 12, 1
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + size]
        if len(body) != size:
            raise ValueError("a chunk is cut off")
        if name == b"EXIF":
            turned = orientation(body.removeprefix(b"Exif\0\0"))
        if name == b"VP8X":
            body = bytes((body[0] & ~_NOT_TOLD & 0xFF,)) + body[1:]
        if name in _WEBP:
            kept.append(struct.pack("<4sI", name, size) + body + b"\0" * (size & 1))
        at += 8 + size + (size & 1)
    if not kept:
        raise ValueError("there is no picture in it")
    whole = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(whole)) + whole, turned


def orientation(tiff: bytes) -> int:
    """How the picture is turned, as Exif says it (CIPA DC-008 4.6.4 A); 1 when it does not."""
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for number in range(min(count, 500)):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * number)
            if tag == 0x0112:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


_BY_START: dict[bytes, Callable[[bytes], tuple[bytes, int]]] = {
    b"\xff\xd8\xff": jpeg,
    b"\x89PNG\r\n\x1a\n": png,
    b"GIF8": gif,
    b"RIFF": webp,
}
