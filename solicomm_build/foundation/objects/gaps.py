"""What a store of objects answered for and then did not have, as far as the names tell.

Each writer counts its objects (`<microseconds>-<node>-<process>-<sequence>.mail`) and puts one
after the other, so whoever reads them in order sees when one is missing that was answered for
before the next. What was lost at the very end of what a process wrote cannot be seen so. What is
missing once may only have come late into the list; it is told when it is still missing two looks
later.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from solicomm_build.foundation import clock
from solicomm_build.foundation.safeio import write_atomic

FILE = "forgotten.json"
"""In the hub's state."""
_NAME = re.compile(r"[0-9]{16}-(.+)-([0-9]{7})-([0-9]{6,12})\.mail", re.ASCII)
_PATIENCE = 2  # looks
_MOST = 100  # that are kept in the note
_FAR = 1000  # objects: more than that at once are told as one


@dataclass(frozen=True, slots=True)
class Gap:
    """Objects of one writer, `<node>-<process>` in a cell, that never came: the numbers of the
    first and of the last, and when (ISO 8601) that was seen."""

    writer: str
    first: int
    last: int
    at: str


class Gaps:
    """What one reader of one spool misses."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._first: dict[str, str] = {}
        self._missing: dict[tuple[str, int, int], int] = {}

    def look(self, names: Iterable[str]) -> list[Gap]:
        """Takes in what is there now, in order; returns what is missing for good."""
        there = set[tuple[str, int]]()
        for name in names:
            match = _NAME.fullmatch(name)
            if match is None:
                continue
            writer, number = f"{match[1]}-{match[2]}", int(match[3])
            there.add((writer, number))
            last = self._last.get(writer)
            if last is not None and number > last + 1:
                self._missing[writer, last + 1, number - 1] = 0
            is_first = number == 0 and self._first.get(writer, "") < name  # of a process of that id
            if is_first:
                self._first[writer] = name
            if last is None or number > last or is_first:
                self._last[writer] = number
        return [gap for key in list(self._missing) if (gap := self._told(key, there))]

    def _told(self, key: tuple[str, int, int], there: set[tuple[str, int]]) -> Gap | None:
        writer, first, last = key
        looks = self._missing.pop(key)
        numbers = range(first, min(last, first + _FAR) + 1)
        if any((writer, number) in there for number in numbers):
            return None
        if looks < _PATIENCE:
            self._missing[key] = looks + 1
            return None
        return Gap(writer, first, last, f"{clock.now():%Y-%m-%dT%H:%M:%SZ}")


def note(state: Path, found: Iterable[Gap]) -> None:
    """Keeps what is missing for the operator."""
    rows = [asdict(one) for one in (*noted(state), *found)][-_MOST:]
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomic(state / FILE, json.dumps(rows, indent=1).encode("ascii") + b"\n", mode=0o600)


def noted(state: Path) -> list[Gap]:
    """What was kept; nothing when the file is not there or damaged."""
    try:
        return [Gap(**row) for row in json.loads((state / FILE).read_bytes())]
    except (OSError, ValueError, TypeError):
        return []
