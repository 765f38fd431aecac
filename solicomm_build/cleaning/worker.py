"""The child: a file on its input, its clean copy on its output. `python -m
solicomm_build.cleaning.worker MOST SMALL`.

It limits itself before it reads anything: memory, processor time, no file can be written, no
further process, nothing of the disk and no network (confined.py). What it cannot clean it says,
and gives nothing back.
"""

from __future__ import annotations

import resource
import sys

from solicomm_build.cleaning import kinds
from solicomm_build.cleaning.result import BROKEN, CLEAN, CLEANED, SAFE, UNKNOWN, Cleaned, encode
from solicomm_build.foundation import confined

MEMORY = 1200 << 20
"""Octets of address space: sixty million pixels are 180 MB, and twice while they are turned."""
CPU_SECONDS = 20
_DEEPEST = 3
"""Files within files."""


def limit() -> None:
    """Takes from this process what it does not need."""
    confined.shut_in(confined.python_reads())
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def clean(data: bytes, *, most: int, small: bool = False, depth: int = 0) -> Cleaned:
    """The copy of a file. Never raises: what breaks the reader is BROKEN."""
    try:
        return _clean(data, most, small=small, depth=depth)
    except Exception:  # noqa: BLE001 - whatever a hostile file does ends here
        return Cleaned(BROKEN, data)


def _clean(data: bytes, most: int, *, small: bool, depth: int) -> Cleaned:
    kind = kinds.kind_of(data)
    if kind == kinds.TEXT:
        return Cleaned(CLEAN, data)
    if kind == kinds.HTML:
        from solicomm_build.cleaning import markup

        page = markup.clean(data)
        return Cleaned(CLEAN if page == data else CLEANED, page)
    if kind == kinds.MAIL:
        return _mail(data, depth)
    if kind in kinds.PICTURES:
        from solicomm_build.cleaning import picture

        return picture.clean(data, kind, picture.Wish(most, small))
    if kind == kinds.ZIP:
        from solicomm_build.cleaning import zipped

        return zipped.clean(data, _inner, depth)
    if kind == kinds.PDF:
        from solicomm_build.cleaning import pdf

        return pdf.clean(data, _inner, depth)
    made = _overwritten(data, kind)
    if made is None:
        return Cleaned(UNKNOWN, data)
    return Cleaned(CLEAN if made == data else CLEANED, made)


def _mail(data: bytes, depth: int) -> Cleaned:
    """A message that is attached as a file, with what is attached to it."""
    from solicomm_build.cleaning import letter

    outcomes: set[bool] = set()

    def one(octets: bytes) -> Cleaned:
        made = _inner(octets, depth)
        outcomes.add(made.is_safe and kinds.kind_of(octets) != kinds.UNKNOWN)
        return made

    made = letter.cleaned(data, one) if depth < _DEEPEST else data
    if depth >= _DEEPEST or False in outcomes:
        return Cleaned(UNKNOWN, data)
    return Cleaned(CLEAN if made == data else CLEANED, made)


def _overwritten(data: bytes, kind: str) -> bytes | None:
    if kind == kinds.MP4:
        from solicomm_build.cleaning import boxes

        return boxes.film(data)
    if kind == kinds.HEIF:
        from solicomm_build.cleaning import still

        return still.still(data)
    if kind in (kinds.MP3, kinds.OGG, kinds.FLAC, kinds.WAV):
        from solicomm_build.cleaning import sound

        return sound.clean(data, kind)
    if kind in (kinds.AMR, kinds.AAC):
        from solicomm_build.cleaning import voice

        return voice.frames(data, kind)
    if kind == kinds.WEBM:
        from solicomm_build.cleaning import webm

        return webm.clean(data)
    return None


def _inner(data: bytes, depth: int) -> Cleaned:
    if kinds.kind_of(data) == kinds.UNKNOWN:
        return Cleaned(CLEAN, data)
    return clean(data, most=len(data) * 4 + (1 << 16), depth=depth)


def main() -> None:
    """argv: the most octets that a picture may have, and whether a small one is wanted."""
    most, small = int(sys.argv[1]), sys.argv[2] == "small"
    data = sys.stdin.buffer.read()
    limit()
    made = clean(data, most=most, small=small)
    if made.outcome not in SAFE:
        made = Cleaned(made.outcome, b"")
    sys.stdout.buffer.write(encode(made))


if __name__ == "__main__":
    main()
