"""What a file that is called a picture, a document or a sound really is, by its first octets. Pure.

Pictures are looked at no further than their header, which says how large they are: a file of some
kilobytes may stand for 30,000 x 30,000 pixels, and whoever decodes it needs gigabytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from solicomm_build.foundation.errors import ContentError

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 12_000
SHOWN = (".png", ".jpg", ".jpeg", ".gif", ".webp")
"""How the names of pictures end that a page may show: servers say by that what a file is."""
SMALL_SIDE = 480
"""Pixels of the longer side of the small picture in a page: the width of a phone."""
SMALL_OCTETS = 40_000
"""A picture of no more octets, and at most twice that side, stands in the page itself."""
KINDS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WebP",
    ".gif": "GIF",
    ".pdf": "PDF",
    ".odt": "OpenDocument",
    ".ods": "OpenDocument",
    ".epub": "EPUB",
    ".csv": "text",
    ".txt": "text",
    ".ics": "text",
    ".mp3": "MP3",
    ".ogg": "Ogg",
    ".opus": "Ogg",
}
"""What may lie in a site's media, by the end of its name."""

_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's kind as in KINDS, and its size in pixels."""

    kind: str
    width: int
    height: int


def check(name: str, blob: bytes, *, file: str = "") -> ContentError | None:
    """The fault of a file by name and content, or None. `file` is how it is called in the fault."""
    file = file or name
    kind = next((kind for end, kind in KINDS.items() if name.lower().endswith(end)), None)
    if kind is None:
        remedy = f"Use one of {', '.join(sorted(KINDS))}"
        return ContentError("files of this kind are not taken", file=file, remedy=remedy)
    picture = measure(blob)
    if picture is not None and picture.kind == kind:
        return _check_size(picture, file)
    if picture is not None or not _is(kind, blob):
        fault = f"the file is called {kind} and is something else"
        return ContentError(fault, file=file, remedy=f"Save it as {kind}, or rename it")
    return None


def measure(blob: bytes) -> Picture | None:
    """The kind and size of a picture; None for anything that is not one of ours, or is broken."""
    try:
        if blob.startswith(b"\x89PNG\r\n\x1a\n") and blob[12:16] == b"IHDR":
            return Picture("PNG", *struct.unpack(">II", blob[16:24]))
        if blob[:6] in (b"GIF87a", b"GIF89a"):
            return Picture("GIF", *struct.unpack("<HH", blob[6:10]))
        if blob[:4] == b"RIFF" and blob[8:12] == b"WEBP":
            return Picture("WebP", *_webp(blob))
        if blob.startswith(b"\xff\xd8\xff"):
            return Picture("JPEG", *_jpeg(blob))
    except (struct.error, IndexError, ValueError):
        pass
    return None


def has_place(blob: bytes) -> bool:
    """Whether a JPEG says where it was taken: its Exif data (CIPA DC-008 4.6.3) has a GPS tag."""
    head = blob[: 256 * 1024]
    at = head.find(b"Exif\0\0")
    if not blob.startswith(b"\xff\xd8") or at < 0:
        return False
    tiff = head[at + 6 :]
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        tags = (struct.unpack_from(f"{order}H", tiff, start + 2 + 12 * n)[0] for n in range(count))
        return 0x8825 in tags
    except struct.error:
        return False


def _check_size(picture: Picture, file: str) -> ContentError | None:
    width, height = picture.width, picture.height
    if not width or not height:
        return ContentError("the picture is empty", file=file, remedy="Save it anew")
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        fault = f"the picture has {width} x {height} pixels"
        remedy = f"At most {LONGEST_SIDE} on a side; 2000 are plenty for a page"
        return ContentError(fault, file=file, remedy=remedy)
    return None


def _is(kind: str, blob: bytes) -> bool:
    if kind == "PDF":
        return b"%PDF-" in blob[:1024]
    if kind == "OpenDocument":
        return blob.startswith(b"PK\x03\x04") and b"application/vnd.oasis" in blob[:200]
    if kind == "EPUB":
        return blob.startswith(b"PK\x03\x04") and b"application/epub+zip" in blob[:200]
    if kind == "Ogg":
        return blob.startswith(b"OggS")
    if kind == "MP3":
        return blob.startswith(b"ID3") or (blob[:1] == b"\xff" and blob[1:2] >= b"\xe0")
    if kind == "text":
        return b"\0" not in blob and _is_utf8(blob)
    return False


def _is_utf8(blob: bytes) -> bool:
    try:
        blob.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _webp(blob: bytes) -> tuple[int, int]:
    """The canvas of a WebP file (RFC 9649 2.5 to 2.7)."""
    chunk = blob[12:16]
    if chunk == b"VP8X":
        return (
            int.from_bytes(blob[24:27], "little") + 1,
            int.from_bytes(blob[27:30], "little") + 1,
        )
    if chunk == b"VP8L":
        (bits,) = struct.unpack("<I", blob[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = struct.unpack("<HH", blob[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("no chunk of a picture")


def _jpeg(blob: bytes) -> tuple[int, int]:
    """The frame of a JPEG (ITU-T T.81 B.2.2), found by walking its segments."""
    at = 2
    while True:
        if blob[at] != 0xFF:
            raise ValueError("no marker")
        while blob[at] == 0xFF:
            at += 1
        marker = blob[at]
        at += 1
        if marker in _STANDALONE:
            continue
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", blob[at + 3 : at + 7])
            return width, height
        (length,) = struct.unpack(">H", blob[at : at + 2])
        at += length
