"""Sounds: tags, covers and comments go, what is heard stays. mutagen in the child only."""

from __future__ import annotations

import io
import re
import struct
from typing import Any

from solicomm_build.cleaning import kinds

_ZEROS = re.compile(rb"\0*")
_WAVE = frozenset({b"fmt ", b"fact", b"data"})


def clean(data: bytes, kind: str) -> bytes:
    """The sound. Raises ValueError and what mutagen raises."""
    if kind == kinds.WAV:
        return _wave(data)
    target = io.BytesIO(data)
    if kind == kinds.MP3:
        return _mp3(data)
    if kind == kinds.FLAC:
        _flac(target)
    else:
        _ogg(target)
    return target.getvalue()


def _mp3(data: bytes) -> bytes:
    """Without ID3v2 at the start, ID3v1, Lyrics3 and APE at the end; frames only."""
    from mutagen import apev2, id3

    at = 0
    while data.startswith(b"ID3", at):
        size = 0
        for octet in data[at + 6 : at + 10]:
            size = size << 7 | octet & 0x7F
        at += 10 + size + (10 if data[at + 5] & 0x10 else 0)
        at = _ZEROS.match(data, at).end()  # type: ignore[union-attr]
    target = io.BytesIO(data[at:])
    id3.delete(target)
    target.seek(0)
    apev2.delete(target)
    octets = target.getvalue()
    if octets[-128:-125] == b"TAG":
        octets = octets[:-128]
    if octets[:1] != b"\xff":
        raise ValueError("there is no sound in it")
    at = octets.rfind(b"LYRICSBEGIN")
    return octets[:at] if at >= 0 else octets


def _flac(target: io.BytesIO) -> None:
    from mutagen.flac import FLAC, SeekTable, StreamInfo

    sound: Any = FLAC(target)
    sound.metadata_blocks = [
        block for block in sound.metadata_blocks if isinstance(block, (StreamInfo, SeekTable))
    ]
    sound.tags = None
    target.seek(0)
    sound.save(target, deleteid3=True, padding=lambda info: 0)


def _ogg(target: io.BytesIO) -> None:
    import mutagen

    sound: Any = mutagen.File(target)
    if sound is None:
        raise ValueError("no sound that is known")
    target.seek(0)
    sound.delete(target)
    target.seek(0)
    again: Any = mutagen.File(target)
    if again is None or again.tags:
        raise ValueError("its tags stay")


def _wave(data: bytes) -> bytes:
    """Only the chunks that are the sound; sizes as they are, what is behind it goes."""
    at, kept = 12, []
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + size]
        if name in _WAVE:
            kept.append(struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) & 1))
        at += 8 + size + (size & 1)
    if not kept:
        raise ValueError("there is no sound in it")
    whole = b"WAVE" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(whole)) + whole
