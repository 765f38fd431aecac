"""Machines that are made once: each test that begins with them gets their folders as copies."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

_MADE: dict[str, World] = {}


class World:
    """What lies below a folder, to be had anew below others."""

    def __init__(self, top: Path) -> None:
        self._top, self._made = top, time.time_ns()
        self._since = 0

    def copy(self, top: Path) -> None:
        """Has all of it lie there, too, with the times it would have if it were made just now."""
        self._since = time.time_ns() - self._made
        shutil.copytree(self._top, top, dirs_exist_ok=True, copy_function=self._copy)

    def _copy(self, source: str, target: str) -> None:
        shutil.copy(source, target)
        was = os.stat(source)
        os.utime(target, ns=(was.st_atime_ns + self._since, was.st_mtime_ns + self._since))


def begin(
    name: str, top: Path, factory: pytest.TempPathFactory, make: Callable[[Path], object]
) -> None:
    """Has a folder begin with the world of this name, which `make` makes when there is none."""
    if name not in _MADE:
        first = factory.mktemp(name)
        make(first)
        _MADE[name] = World(first)
    _MADE[name].copy(top)
