"""When each place was first asked to let go of plain files that nothing leads to any more.

A place leaves what came within a minute, and merges its packs whenever it likes: what it holds in
one that is new it takes for new. The first time it is asked that ends, since git notes from then on
how old each of these objects is. Asked once more after longer than that minute it has none of them.
"""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta

from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config

_FILE = "letting-go.json"
_KEPT = timedelta(days=90)


class Asked:
    """What is noted on this machine; where it is lost, places are asked once more."""

    def __init__(self, config: Config) -> None:
        self._path = config.state / lease.FOLDER / _FILE
        self._first: dict[str, float] = {}
        with contextlib.suppress(OSError, ValueError, AttributeError, TypeError):
            rows = json.loads(self._path.read_bytes()).items()
            self._first = {str(key): float(at) for key, at in rows}

    def since(self, order: str, place: str, now: datetime) -> timedelta:
        """How long ago a place was first asked about an erasure; noted if that is now. Durable on
        return."""
        key, at = f"{order} {place}", now.timestamp()
        if key not in self._first:
            oldest = at - _KEPT.total_seconds()
            self._first = {one: when for one, when in self._first.items() if when > oldest}
            self._first[key] = at
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            safeio.write_atomic(self._path, json.dumps(self._first).encode("utf-8"), mode=0o600)
        return timedelta(seconds=at - self._first[key])
