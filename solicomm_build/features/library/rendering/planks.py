"""The shelves on a library's front: the newest documents of what most are about, cover by cover."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from solicomm_build.features.library.rendering.librarian import Librarian

_SHELVES = {"subject": 3, "country": 2}
"""How many shelves there are of each kind, at most."""
_ON_ONE, _FEWEST = 6, 2
"""Documents on a shelf, the newest; a shelf with fewer than two is none."""

Naming = Callable[[str, str], str]


def planks(about: Librarian, label: Naming, url: Naming) -> list[dict[str, Any]]:
    """The shelves, those with most documents first, subjects before countries."""
    return [one for kind in _SHELVES for one in _of(about, kind, label, url)]


def _of(about: Librarian, kind: str, label: Naming, url: Naming) -> Iterator[dict[str, Any]]:
    values = [one for one in about.values(kind) if one[1] >= _FEWEST]
    best = sorted(values, key=lambda one: (-one[1], one[0]))[: _SHELVES[kind]]
    if kind == "country" and len(about.values(kind)) < 2:
        return  # all of them are of one country
    for value, count in best:
        start = max(0, count - _ON_ONE)
        rows = about.rows((kind, value), start=start, count=_ON_ONE)
        named = label(kind, value)
        yield {
            "label": named[:1].upper() + named[1:],
            "url": url(kind, value),
            "count": count,
            "books": [about.book(row) for row in reversed(rows)],
        }
