"""Which files of posts are sounds, what plays them, how long they are. Pure.

A page plays the smallest copy that a browser can play: the file itself where its kind is one that
browsers know, the small recording beside it (cleaning/speech.py) for all others and for old
telephones. How long it is stands in the file's own head; nothing is decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from urllib.parse import quote

EXTENSIONS = ("opus", "m4a", "mp3", "ogg", "oga", "webm", "amr", "aac")
"""What lists take since voices are welcome."""
MOST_BYTES = 2_000_000
"""Octets of a recording where a list says nothing else: at the 24 kbit/s of a voice note, eleven
minutes."""
PLAYED = {
    "opus": "audio/ogg",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "webm": "audio/webm",
    "wav": "audio/wav",
    "flac": "audio/flac",
}
"""Types of what browsers play, by extension."""

SMALL_NAME, SMALL_TYPE = "sound.m4a", "audio/mp4"
"""How the small copy is called beside the file, and what it is (cleaning/speech.py)."""

_MOST_BOXES = 1000
_LONGEST = 100 * 3600  # seconds; more is a fault in the file
_INTO = frozenset({b"moov"})


def is_sound(name: str, kind: str) -> bool:
    """Whether a file is a sound by its name and declared type; a film that is called .webm is one
    only where its sender says so."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension == "webm":
        return kind.startswith("audio/")
    return extension in EXTENSIONS or extension in PLAYED or kind.startswith("audio/")


def played_type(name: str) -> str:
    """The type by which a browser plays a file of this name; empty where none does."""
    return PLAYED.get(name.rpartition(".")[2].lower(), "")


def address(conference: str, sha256: str, name: str) -> str:
    """Where a file of a post is, in a conference at this address."""
    return f"{conference}files/{sha256}/{quote(name)}"


def seconds(octets: bytes) -> int:
    """How long it is, in seconds, at least 1; 0 where its head does not say."""
    try:
        if octets.startswith(b"OggS"):
            length = _ogg(octets)
        elif octets[4:8] == b"ftyp":
            length = next(_mp4(octets, 0, len(octets)), 0.0)
        else:
            return 0
    except (struct.error, IndexError, ValueError, ZeroDivisionError):
        return 0
    return max(1, round(length)) if 0 < length < _LONGEST else 0


def clock(length: int) -> str:
    """`2:05`, as players show it in every language."""
    hours, rest = divmod(length, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _ogg(octets: bytes) -> float:
    """The position at the end of the last page, by the rate of its kind (RFC 3533 6)."""
    head = octets[28 : 28 + 64]
    if head.startswith(b"OpusHead"):
        rate, skipped = 48_000, int(struct.unpack_from("<H", head, 10)[0])  # RFC 7845 5.1
    elif head.startswith(b"\x01vorbis"):
        rate, skipped = int(struct.unpack_from("<I", head, 12)[0]), 0
    else:
        return 0
    last = octets.rfind(b"OggS")
    (position,) = struct.unpack_from("<q", octets, last + 6)
    return (int(position) - skipped) / rate


def _mp4(octets: bytes, start: int, stop: int) -> Iterator[float]:
    """The length that `mvhd` says (ISO/IEC 14496-12 8.2.2)."""
    at, count = start, 0
    while at + 8 <= stop and count < _MOST_BOXES:
        count += 1
        size, kind = struct.unpack_from(">I4s", octets, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", octets, at + 8), 16
        elif size == 0:
            size = stop - at
        if size < head:
            return
        if kind in _INTO:
            yield from _mp4(octets, at + head, min(stop, at + size))
        elif kind == b"mvhd":
            wide = octets[at + head] == 1
            scale, length = struct.unpack_from(
                ">IQ" if wide else ">II", octets, at + head + (20 if wide else 12)
            )
            yield length / scale
        at += size
