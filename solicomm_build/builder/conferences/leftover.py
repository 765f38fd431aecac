"""Numbered pages that are left from a time when there were more, as noted of what was published.

Asked of the state and not of the disk: a build that was ended while it took some of them away has
left gaps there, and what is noted goes with the note alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

_PATHS = "SELECT path FROM output WHERE path>=? AND path<? AND (length(path)>? OR path>?)"


def after(db: sqlite3.Connection, start: str, last: int, end: str = "/") -> Iterator[str]:
    """The addresses that are there of the kind `<start><number><end>` after number `last`."""
    low, tail = start.lstrip("/"), f"{end}index.html" if end.endswith("/") else end
    newest = f"{low}{last}{tail}"
    for path in _paths(db, low, f"{low}:", newest):  # the colon follows the digits
        number = path.removeprefix(low).removesuffix(tail)
        if path.endswith(tail) and number.isdecimal() and int(number) > last:
            yield f"{start}{number}{end}"


def pages(db: sqlite3.Connection, url: str, last: int) -> Iterator[str]:
    """The pages after number `last` of what begins at `url`."""
    return after(db, f"{url}page/", last)


def below(db: sqlite3.Connection, start: str) -> Iterator[str]:
    """The pages that are there whose addresses begin so."""
    low = start.lstrip("/")
    for path in _paths(db, low, f"{low}\U0010ffff"):
        if path.endswith("/index.html"):
            yield f"/{path.removesuffix('index.html')}"


def _paths(db: sqlite3.Connection, low: str, high: str, newest: str = "") -> list[str]:
    """The paths from `low` to `high`, without most of those as long as `newest` or shorter and not
    behind it: of numbers with as many digits the larger is the later one."""
    rows = db.execute(_PATHS, (low, high, len(newest), newest))
    return [path for (path,) in rows]
