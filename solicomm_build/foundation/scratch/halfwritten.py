"""What processes that were killed left half-written beside files, such as who is in what: it has no
name that anybody asks for, so that nothing else ever takes it away.
"""

from __future__ import annotations

from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

_HOUR = 3600.0
ERASED = 60.0
"""Seconds after which an erasure takes it for left: writing a file takes much less."""


def sweep(config: Config, *, older_than: float = _HOUR) -> int:
    """Takes it away where members, mail and documents lie: in `private/`, the spools, `state/` and
    beside libraries; how many files. Maildirs have names that people give. Blocking."""
    places = (config.private, config.spool_desk.parent, config.state, config.libraries)
    return sum(safeio.sweep(one, older_than=older_than, but=(config.maildirs,)) for one in places)
