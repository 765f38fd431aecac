"""Keeps this machine's copy of a hub where the owners of its cells have left it: stages here find
what others did, such as new members, new posts, and decisions about held mail."""

from __future__ import annotations

import time
from collections.abc import Callable

from solicomm_build.foundation.errors import NotKeptError, StoreError
from solicomm_build.foundation.hub import liveness
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.git.replica import machine

_TICK = 0.2  # seconds between looks at the fences of this machine's own place, which are files


def follow(
    config: Config, *, stop: Callable[[], bool], ring: Callable[[], None], log: MailLog
) -> None:
    """Until it is asked to stop. `ring` is called when something is here that was not. Blocking."""
    mover, kept = machine.pair(config)
    known = config.state / lease.FOLDER / liveness.FOLLOWED
    told = ""
    while not stop():
        try:
            moved, is_whole = machine.follow(config, mover, kept)
            if is_whole and not known.exists():
                known.touch(mode=0o600)
            if moved:
                ring()
            told = ""
        except (NotKeptError, StoreError) as error:
            if told != error.public:  # once, not at every look
                log.event("not-followed", reason=error.public)
            told = error.public
        time.sleep(_TICK)
