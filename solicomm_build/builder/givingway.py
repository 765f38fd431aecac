"""Pages wait while much mail waits: the processors are ingest's until its spool is short again.

A post or a few are shown at once. Behind a rush, building after every batch would take the time
that committing needs, for pages that the next batch makes anew; once is cheaper, too. After
`LONGEST` seconds pages are made however much waits, so that they never stand still.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from solicomm_build.post.cells.rush import LONGEST, is_long

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
