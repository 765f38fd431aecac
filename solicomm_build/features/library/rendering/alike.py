"""Documents like one: of those that came before it, the ones that share most with it.

Only documents that came before are looked at, the last WINDOW that share a subject, a country, a
sector or an organisation: so a new document changes the page of no other, and costs the same in a
library of ten thousand. What changes when an old one changes can be told, too (`behind`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardrows import Row

WINDOW = 24
"""Documents with the same value that are looked at."""
MOST = 4
_POINTS = {"subject": 3, "organisation": 2, "sector": 2, "country": 2}
_FEWEST = 4
"""Two values at least: one subject in common is common."""


def alike(index: CardIndex, library: str, row: Row, known: Iterable[str] = ()) -> list[str]:
    """The keys of the documents most like a published one, the most alike first, then the nearest;
    without those that are `known`."""
    shared: dict[str, int] = defaultdict(int)
    near: dict[str, int] = {}
    for kind, value in index.facets_of(library, row.key):
        if kind not in _POINTS:
            continue
        before = index.near(library, (kind, value), (row.added, row.key), -WINDOW)
        for number, key in enumerate(before):
            shared[key] += _POINTS[kind]
            near[key] = min(number, near.get(key, number))
    passed = {*known, row.key}
    best = [key for key, points in shared.items() if points >= _FEWEST and key not in passed]
    best.sort(key=lambda key: (-shared[key], near[key], key))
    return best[:MOST]


def behind(
    index: CardIndex, library: str, place: tuple[int, str], facets: Iterable[tuple[str, str]]
) -> set[str]:
    """The keys of the documents whose list may change when one at `place` (added, key) with these
    facets comes, goes or changes."""
    found: set[str] = set()
    for kind, value in facets:
        if kind in _POINTS:
            found.update(index.near(library, (kind, value), place, WINDOW))
    return found
