"""Starts the child that cleans a file, and ends it when it takes too long."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

from solicomm_build.cleaning import kinds, result, speech
from solicomm_build.cleaning.result import BROKEN, CLEAN, Cleaned
from solicomm_build.foundation.errors import SoliCommError

WALL_SECONDS = 60
NO_LIMIT = 1 << 40


def clean(octets: bytes, *, most: int = NO_LIMIT, small: bool = False) -> Cleaned:
    """The copy of a file without what it knows of its sender; a picture of more than `most` octets
    is made smaller. `small` asks for a small picture beside it, or a small recording. Blocking, up
    to two minutes.

    Never raises for a bad file: the outcome then says why it is as it came. Text needs no child.
    """
    if kinds.is_plain(octets):
        return Cleaned(CLEAN, octets)
    said = _said(octets, str(most), "small" if small else "-")
    try:
        made = result.decode(said)
    except SoliCommError:
        return Cleaned(BROKEN, octets)
    if not made.is_safe:
        return Cleaned(made.outcome, octets)
    if small and kinds.kind_of(made.octets) in kinds.SOUNDS:
        return replace(made, small=speech.spoken(made.octets))
    return made


def _said(octets: bytes, *words: str) -> bytes:
    """What a child says of a file; nothing when it was not ready in time."""
    command = [sys.executable, "-I", "-m", "solicomm_build.cleaning.worker"]
    try:
        done = subprocess.run(
            [*command, *words],
            input=octets,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WALL_SECONDS,
            check=False,
            close_fds=True,
            env={"PATH": os.defpath},
        )
    except subprocess.TimeoutExpired:
        return b""
    return done.stdout
