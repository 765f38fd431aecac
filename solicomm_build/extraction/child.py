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
    said = _said("pageworker", path, str(number), str(PAGE_WIDTH), seconds=seconds) or b""
    return said if said[8:12] == b"WEBP" else b""


def extract(path: Path, name: str = "", *, seconds: float = WALL_SECONDS) -> Facts:
    """What the file at `path` holds; `name` as its sender called it. Blocking, up to `seconds`.

    Never raises for a bad document: the facts then have a fault and the type that its first octets
    say. Raises OSError when the file itself is not to be had.
    """
    with path.open("rb") as file:
        head = file.read(1 << 16)
    said = _said("worker", path, name or path.name, seconds=seconds)
    if said is None:
        return Facts(sniff.media_type(head, name), fault="It took too long to read. Simplify it")
    try:
        return results.decode(said)
    except SoliCommError:
        fault = "It broke the program that reads it. Save it anew"
        return Facts(sniff.media_type(head, name), fault=fault)


def _said(worker: str, path: Path, *words: str, seconds: float) -> bytes | None:
    """What a child says of a file: nothing when it broke or said too much, None when it was not
    ready in time."""
    command = [sys.executable, "-I", "-m", f"solicomm_build.extraction.{worker}"]
    try:
        done = subprocess.run(
            [*command, os.fspath(path.absolute()), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
            close_fds=True,
            env={"PATH": os.defpath},
        )
    except subprocess.TimeoutExpired:
        return None
    return b"" if done.returncode or len(done.stdout) > _LIMIT else done.stdout
