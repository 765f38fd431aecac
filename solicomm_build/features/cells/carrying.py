"""Has other machines keep plain files that came by no spool, such as ballots of a form, and that
files went; brings followers up to date that were away; looks after what plain files lie in; and
finishes the moving of conferences that was killed while others were told."""

from __future__ import annotations

import time
from collections.abc import Callable

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.objects.client import ObjectsError

_EVERY = 5.0  # seconds: what a machine that dies can take with it of what no spool had
_LOOK = 10.0  # seconds between tries with followers that were away
_TICK = 0.2
_REST = 2.0
"""Seconds between looks into the store where nothing came for a while: each look is a request, and
stores are paid by the request."""
_TIDY = 300.0  # seconds between looks whether there are too many packs
_PURGE = 86_400.0
"""Seconds after which what went is taken away for good, however few packs there are: who voted what
in a vote that has ended, and mail that nobody waits for, is in no file any more but in these."""


def carry(config: Config, *, stop: Callable[[], bool], log: MailLog) -> None:
    """Until it is asked to stop; at once when the hub is on this machine alone. Where each cell has
    an owner of its own it is that of one cell, and brings what comes from other machines, too.
    Blocking."""
    if not config.cluster.is_shared:
        return
    from solicomm_build.features.cells.following import Erased
    from solicomm_build.git.replica import machine

    mover, kept = machine.pair(config)
    carried = kept.of(config.cell)
    coming = None
    if config.cluster.divided:
        from solicomm_build.foundation.objects.passing import Coming

        coming = Coming(config, carried.keep)
    take, rest = 0.0, _TICK
    due, look, tidy = 0.0, time.monotonic() + _LOOK, time.monotonic() + _TIDY
    told, erased, purge = "", Erased(config, log), 0.0
    while not stop():
        if coming is None:  # of what was erased while another machine had the hub
            erased.look()
        try:
            if config.cell == 0 and cells.is_announced(config):
                from solicomm_build.post.cells import dividing  # it is large, and needed once

                dividing.finish(config)
            if coming is not None and time.monotonic() >= take:
                rest = _TICK if coming.take() else min(2 * rest, _REST)
                take = time.monotonic() + rest
            if time.monotonic() >= due:
                due = time.monotonic() + _EVERY
                carried.keep(whole=True)
                if time.monotonic() >= look:
                    mover.look(carried.repo.path)
                    mover.catch_up()
                    look = time.monotonic() + _LOOK
                if time.monotonic() >= tidy:
                    is_due = time.monotonic() >= purge
                    carried.tidy(whole=is_due)
                    tidy = time.monotonic() + _TIDY
                    purge = time.monotonic() + _PURGE if is_due else purge
            told = ""
        except (StoreError, ObjectsError) as error:
            if told != error.public:  # once, not at every look
                log.event("not-kept", reason=error.public)
            told = error.public
        time.sleep(_TICK)
