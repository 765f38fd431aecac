"""Starts the child that reads a document, and ends it when it takes too long."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from solicomm_build.extraction import facts as results
from solicomm_build.extraction import sniff
from solicomm_build.extraction.facts import Facts
from solicomm_build.foundation.errors import SoliCommError

WALL_SECONDS = 90
PAGE_SECONDS = 10.0
PAGE_WIDTH = 900
"""Pixels: an A4 page can be read at 110 to an inch."""
_LIMIT = 16 << 20  # octets that a child may say


def page_picture(path: Path, number: int, *, seconds: float = PAGE_SECONDS) -> bytes:
    """Page `number` of the PDF at `path` as a WebP, PAGE_WIDTH pixels wide; nothing when it cannot
    be drawn, or not within `seconds`. Blocking."""
    command = [sys.executable, "-I", "-m", "solicomm_build.extraction.pageworker"]
    try:
        done = subprocess.run(
            [*command, os.fspath(path.absolute()), str(number), str(PAGE_WIDTH)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
            close_fds=True,
            env={"PATH": os.defpath},
        )
    except subprocess.TimeoutExpired:
        return b""
    is_good = done.returncode == 0 and len(done.stdout) <= _LIMIT
    return done.stdout if is_good and done.stdout[8:12] == b"WEBP" else b""


def extract(path: Path, name: str = "", *, seconds: float = WALL_SECONDS) -> Facts:
    """What the file at `path` holds; `name` as its sender called it. Blocking, up to `seconds`.

    Never raises for a bad document: the facts then have a fault and the type that its first octets
    say. Raises OSError when the file itself is not to be had.
    """
    with path.open("rb") as file:
        head = file.read(1 << 16)
    command = [sys.executable, "-I", "-m", "solicomm_build.extraction.worker"]
    try:
        done = subprocess.run(
            [*command, os.fspath(path.absolute()), name or path.name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
            close_fds=True,
            env={"PATH": os.defpath},
        )
    except subprocess.TimeoutExpired:
        return Facts(sniff.media_type(head, name), fault="It took too long to read. Simplify it")
    try:
        if done.returncode or len(done.stdout) > _LIMIT:
            raise SoliCommError("ended")
        return results.decode(done.stdout)
    except SoliCommError:
        fault = "It broke the program that reads it. Save it anew"
        return Facts(sniff.media_type(head, name), fault=fault)
