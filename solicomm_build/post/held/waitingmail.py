"""What waits for moderators, for processes that look again and again: of thousands those alone are
read anew of which something was held, proved or decided."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime

from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git.reader import Reader
from solicomm_build.post.cells import hubmail
from solicomm_build.post.held.followed import Followed
from solicomm_build.post.held.heldmail import since
from solicomm_build.post.store.mailstore import Place

_Row = tuple[datetime, str, str]
"""Since when a message waits, its mid and its conference."""


class WaitingMail:
    """The queue of one hub. Blocking; safe for several threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._tips: dict[int, Oid | None] = {}
        self._followed: dict[int, Followed[_Row]] = {}
        self._queue: list[_Row] = []

    def of(self, wanted: Callable[[str], bool]) -> list[tuple[str, PostId]]:
        """(conference, mid) of what waits in the conferences wanted, oldest first."""
        with self._lock:
            tips = {cell: repo.ref() for cell, repo in hubmail.repos(self._config).items()}
            if tips != self._tips:
                self._queue = sorted(
                    row for cell, tip in tips.items() for row in self._of(cell, tip)
                )
                self._tips = tips
            return [(name, PostId(mid)) for _, mid, name in self._queue if wanted(name)]

    def _of(self, cell: int, tip: Oid | None) -> list[_Row]:
        """What waits in the mail of a cell."""
        if tip is None:
            return []
        followed = self._followed.setdefault(cell, Followed(_row))
        with Reader(hubmail.repos(self._config)[cell]) as reader:
            rows = [*followed.now(reader, tip)]
        cut = cells.division(self._config)
        return [row for row in rows if cut.cell_of(cells.CONFERENCES, row[2]) == cell]


def _row(place: Place, facts: bytes, _note: bytes | None) -> _Row:
    return since(json.loads(facts)), place[1], place[0]
