"""Whether mail pours in: then what can wait leaves the processors to those who take it in
(docs/adr/0022-pages-wait-for-a-rush.md)."""

from __future__ import annotations

import os
import time
from itertools import islice
from pathlib import Path

from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config

LONGEST = 5.0
"""Seconds that anything waits for the end of a rush: nothing may stand still."""

_MANY = 8  # files in a spool: more than some people can send before ingest has taken them


def is_long(spool: Path) -> bool:
    """Whether ingest is behind: more files wait than it takes at one go in quiet times."""
    try:
        with os.scandir(spool) as entries:
            waiting = (entry for entry in entries if entry.name.endswith(".mail"))
            return len(list(islice(waiting, _MANY))) == _MANY
    except FileNotFoundError:
        return False


class Patience:
    """Says whether work has to wait for the end of a rush, in any cell of a hub."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._since: float | None = None

    def is_asked(self) -> bool:
        """Whether to wait now; no more when this has been so for `LONGEST`. Then it begins anew."""
        now = time.monotonic()
        if not any(map(is_long, cells.spools_in(self._config))):
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since >= LONGEST:
            self._since = None
        return self._since is not None
