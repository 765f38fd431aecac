"""Where the branch of every repository of a folder is now: for processes that look again and again.

Whoever moves a ref puts a new file in the place of the old one (refs.py), so one `stat` tells that
nothing has moved. The clock of a file system goes in steps, and the number of a file is given to
another when it is gone; so what changed within `_FRESH` before it was read is read again until it
is older, as git does with its index (gitformat-index, "racy" entries).
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

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


class _Seen(NamedTuple):
    """One repository: the file that names its branch, that of packed ones, and what was read; with
    no `mark` it is read again."""

    ref: str
    packed: str
    mark: _Mark | None
    tip: Oid | None


class Tips:
    """Of the repositories `<folder>/*.git`. Blocking; not for several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, _Seen] = {}
        self._tips: dict[str, Oid] = {}
        self._paths: tuple[Mapping[str, Oid], dict[Path, Oid]] | None = None

    def now(self) -> Mapping[str, Oid]:
        """The commit of each that has one and can be opened, by the name of its folder; the same
        object as before where nothing has moved. Costs a `stat` for each, and a look into those
        that moved."""
        there, known = names(self._folder), self._known
        moved = False
        for name in there:
            looked = time.time_ns()
            if (seen := known.get(name)) is None:
                seen = self._begun(name)
            elif (mark := _mark(seen)) is not None and mark == seen.mark:
                continue
            moved |= self._look_into(name, seen, looked)
        if moved or len(there) != len(known):
            self._known = {name: known[name] for name in sorted(there)}
            found = {f"{name}.git": seen.tip for name, seen in self._known.items()}
            self._tips = {name: tip for name, tip in found.items() if tip is not None}
        return self._tips

    def _look_into(self, name: str, seen: _Seen, looked: int) -> bool:
        """Reads where a branch is; whether it has moved."""
        mark = _mark(seen)
        tip = self._tip(name)
        is_old = mark is not None and looked - max(mark[0], mark[1]) > _FRESH
        self._known[name] = seen._replace(mark=mark if is_old and tip else None, tip=tip)
        return tip != seen.tip

    def repos(self) -> tuple[Mapping[Path, Oid], list[Path]]:
        """The same by the path of each, in the order of their names; and those that have no commit,
        or cannot be opened."""
        now = self.now()
        if self._paths is None or self._paths[0] is not now:
            known = {path.name: path for path in (self._paths[1] if self._paths else ())}
            by_path = {known.get(one) or self._folder / one: now[one] for one in sorted(now)}
            self._paths = now, by_path
        others = sorted(name for name, seen in self._known.items() if seen.tip is None)
        return self._paths[1], [self._folder / f"{name}.git" for name in others]

    def _begun(self, name: str) -> _Seen:
        place = f"{self._folder}/{name}.git"
        return _Seen(f"{place}/{MAIN}", f"{place}/packed-refs", None, None)

    def _tip(self, name: str) -> Oid | None:
        try:
            return open_repo(self._folder / f"{name}.git").ref(MAIN)
        except SoliCommError:
            return None  # being made, or taken away


def _mark(seen: _Seen) -> _Mark | None:
    """What tells the file of the ref from any other; None where it holds no commit itself."""
    try:
        found = os.stat(seen.ref)
        if found.st_size != _COMMIT:
            return None
    except OSError:
        try:
            found = os.stat(seen.packed)
        except OSError:
            return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size
