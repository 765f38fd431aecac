"""Documents like one: of those that came before it, the ones that share most with it.

Only documents that came before are looked at, the last WINDOW that share a subject, a country, a
sector or an organisation: so a new document changes the page of no other, and costs the same in a
library of ten thousand. What changes when an old one changes can be told, too (`behind`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from solicomm_build.features.library.cards.cardreading import CardReading
from solicomm_build.features.library.cards.cardrows import Row

WINDOW = 24
"""Documents with the same value that are looked at."""
MOST = 4
_POINTS = {"subject": 3, "organisation": 2, "sector": 2, "country": 2}
_FEWEST = 4
"""Two values at least: one subject in common is common."""


class Beside:
    """What stands before each document of a whole library, on all lists that count: read at once,
    where each page would ask the index five times."""

    def __init__(self, index: CardReading, library: str) -> None:
        self._places: dict[str, list[tuple[int, list[str], int]]] = defaultdict(list)
        for kind, points in _POINTS.items():
            lists: dict[str, list[str]] = defaultdict(list)
            for value, key in index.listed(library, kind):
                self._places[key].append((points, lists[value], len(lists[value])))
                lists[value].append(key)

    def before(self, row: Row) -> Iterator[tuple[int, list[str]]]:
        """As `_before`."""
        for points, keys, at in self._places.get(row.key, ()):
            yield points, keys[max(0, at - WINDOW) : at][::-1]


def _before(index: CardReading, library: str, row: Row) -> Iterator[tuple[int, list[str]]]:
    """What stands before a document on each of its lists, the nearest first, and what that
    counts."""
    for kind, value in index.facets_of(library, row.key):
        if points := _POINTS.get(kind):
            yield points, index.near(library, (kind, value), (row.added, row.key), -WINDOW)


def alike(
    index: CardReading,
    library: str,
    row: Row,
    known: Iterable[str] = (),
    beside: Beside | None = None,
) -> list[str]:
    """The keys of the documents most like a published one, the most alike first, then the nearest;
    without those that are `known`."""
    shared: dict[str, int] = defaultdict(int)
    near: dict[str, int] = {}
    for points, before in beside.before(row) if beside else _before(index, library, row):
        for number, key in enumerate(before):
            shared[key] += points
            if number < near.get(key, WINDOW):
                near[key] = number
    passed = {*known, row.key}
    best = [key for key, points in shared.items() if points >= _FEWEST and key not in passed]
    best.sort(key=lambda key: (-shared[key], near[key], key))
    return best[:MOST]


def behind(
    index: CardReading, library: str, place: tuple[int, str], facets: Iterable[tuple[str, str]]
) -> set[str]:
    """The keys of the documents whose list may change when one at `place` (added, key) with these
    facets comes, goes or changes."""
    found: set[str] = set()
    for kind, value in facets:
        if kind in _POINTS:
            found.update(index.near(library, (kind, value), place, WINDOW))
    return found
