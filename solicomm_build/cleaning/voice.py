"""Recordings that are frames one after the other and nothing else: AMR and AAC (ADTS).

What stands before the first frame or behind the last one is not sound, and goes.
"""

from __future__ import annotations

from solicomm_build.cleaning import kinds

_NARROW = (12, 13, 15, 17, 19, 20, 26, 31, 5, 0, 0, 0, 0, 0, 0, 0)
"""Octets behind the first of an AMR frame by its type (RFC 4867 5.3, 3GPP TS 26.101)."""
_WIDE = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 0, 0, 0, 0, 0, 0)
"""The same of AMR-WB (3GPP TS 26.201)."""
_NARROW_HEAD, _WIDE_HEAD = b"#!AMR\n", b"#!AMR-WB\n"


def frames(data: bytes, kind: str) -> bytes:
    """The recording, frames only. Raises ValueError where there is none."""
    end = _amr(data) if kind == kinds.AMR else _adts(data)
    return data[:end]


def _amr(data: bytes) -> int:
    wide = data.startswith(_WIDE_HEAD)
    sizes = _WIDE if wide else _NARROW
    at = start = len(_WIDE_HEAD if wide else _NARROW_HEAD)
    while at < len(data) and data[at] & 0x83 == 0:  # padding bits are zero
        size = 1 + sizes[data[at] >> 3 & 15]
        if at + size > len(data):
            break
        at += size
    if at == start:
        raise ValueError("there is no sound in it")
    return at


def _adts(data: bytes) -> int:
    """ISO/IEC 13818-7 6.2: a sync word, and thirteen bits that say how long the frame is."""
    at = 0
    while at + 7 <= len(data) and data[at] == 0xFF and data[at + 1] & 0xF6 == 0xF0:
        size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        if size < 7 or at + size > len(data):
            break
        at += size
    if at == 0:
        raise ValueError("there is no sound in it")
    return at
