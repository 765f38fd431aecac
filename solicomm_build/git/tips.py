"""Where the branch of every repository of a folder is now: for processes that look again and again.

Whoever moves a ref puts a new file in the place of the old one (refs.py), so one `stat` tells that
nothing has moved. The clock of a file system goes in steps, and the number of a file is given to
another when it is gone; so what changed within `_FRESH` before it was read is read again until it
is older, as git does with its index (gitformat-index, "racy" entries).
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import Oid
from solicomm_build.git.repo import MAIN, open_repo

_FRESH = 2_000_000_000
"""Nanoseconds; file systems of today tell times apart that are 10 ms apart, FAT 2 s."""

_COMMIT = 41
"""Octets of a ref's file: 40 digits and LF (gitrepository-layout)."""

_Mark = tuple[int, int, int, int]


def names(folder: Path) -> list[str]:
    """The repositories of a folder, by the names of their folders without `.git`. Blocking; opens
    none of them."""
    try:
        found = os.listdir(folder)
    except FileNotFoundError:
        return []
    return [one.removesuffix(".git") for one in found if one.endswith(".git")]


class Tips:
    """Of the repositories `<folder>/*.git`. Blocking; not for several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[_Mark, Oid]] = {}

    def now(self) -> dict[str, Oid]:
        """The commit of each that has one and can be opened, by the name of its folder. Costs a
        `stat` for each, and a look into those that moved."""
        known: dict[str, tuple[_Mark, Oid]] = {}
        tips: dict[str, Oid] = {}
        for name in (f"{one}.git" for one in names(self._folder)):
            looked = time.time_ns()
            mark, old = self._mark(name), self._known.get(name)
            tip = old[1] if old and old[0] == mark else self._tip(name)
            if tip is None:
                continue
            tips[name] = tip
            if mark is not None and looked - max(mark[0], mark[1]) > _FRESH:
                known[name] = (mark, tip)
        self._known = known
        return tips

    def _mark(self, name: str) -> _Mark | None:
        """What tells the file of the ref from any other; None where it holds no commit itself."""
        place = f"{self._folder}/{name}"
        try:
            found = os.stat(f"{place}/{MAIN}")
            if found.st_size != _COMMIT:
                return None
        except OSError:
            try:
                found = os.stat(f"{place}/packed-refs")
            except OSError:
                return None
        return found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size

    def _tip(self, name: str) -> Oid | None:
        try:
            return open_repo(self._folder / name).ref(MAIN)
        except SoliCommError:
            return None  # being made, or taken away
