"""Pages wait while much mail waits: the processors are ingest's until its spool is short again.

A post or a few are shown at once. Behind a rush, building after every batch would take the time
that committing needs, for pages that the next batch makes anew; once is cheaper, too. After
`LONGEST` seconds pages are made however much waits, so that they never stand still.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

LONGEST = 5.0
"""Seconds that a build waits at most."""

_MANY = 8  # files in the spool: more than some people can send before ingest has taken them
_LOOK = 0.02  # seconds


def give_way(
    spool: Path,
    stop: Callable[[], bool],
    *,
    others: Sequence[Path] = (),
    longest: float = LONGEST,
) -> None:
    """Waits while the incoming spool at this folder is long, or one of `others`, or until `stop`
    says so. Blocking."""
    end = time.monotonic() + longest
    while any(map(is_long, (spool, *others))) and time.monotonic() < end and not stop():
        time.sleep(_LOOK)


def is_long(spool: Path) -> bool:
    """Whether ingest is behind: more files wait than it takes at one go in quiet times."""
    try:
        with os.scandir(spool) as entries:
            waiting = (entry for entry in entries if entry.name.endswith(".mail"))
            return len(list(islice(waiting, _MANY))) == _MANY
    except FileNotFoundError:
        return False
