"""Has other machines keep plain files that came by no spool, such as ballots of a form, and that
files went; brings followers up to date that were away; and looks after what plain files lie in."""

from __future__ import annotations

import time
from collections.abc import Callable

from solicomm_build.foundation.errors import NotKeptError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog

_EVERY = 5.0  # seconds: what a machine that dies can take with it of what no spool had
_LOOK = 10.0  # seconds between tries with followers that were away
_TICK = 0.2
_TIDY = 300.0  # seconds between looks whether there are too many packs


def carry(config: Config, *, stop: Callable[[], bool], log: MailLog) -> None:
    """Until it is asked to stop; at once when the hub is on this machine alone. Blocking."""
    if not config.cluster.is_shared:
        return
    from solicomm_build.git.replica import machine

    mover, carried = machine.pair(config)
    due, look, tidy = 0.0, time.monotonic() + _LOOK, time.monotonic() + _TIDY
    while not stop():
        if time.monotonic() >= due:
            try:
                carried.keep(whole=True)
                if time.monotonic() >= look:
                    mover.catch_up()
                    look = time.monotonic() + _LOOK
                if time.monotonic() >= tidy:
                    carried.tidy()
                    tidy = time.monotonic() + _TIDY
            except NotKeptError as error:
                log.event("not-kept", reason=error.public)
            due = time.monotonic() + _EVERY
        time.sleep(_TICK)
