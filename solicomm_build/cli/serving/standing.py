"""What a machine that stands by does for the hub's folder that it has from when it had the hub:
what was erased where the hub is now goes from it, too.

    each minute, a child: followed what is carried here → an erasure that is new → its repositories
    stand where the hub's do → the old histories go, and messages from spools, Maildirs and the log

Nothing else is followed: without an erasure the folder stays as it was, but for what was set aside
(git/replica/setaside.py) and has lain there long enough. Pages that were made of it
are made anew when this machine has the hub.
"""

from __future__ import annotations

from collections.abc import Callable

import click

from solicomm_build.cli.serving.children import Child
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.replica import machine, setaside
from solicomm_build.post.store import erasing

_EVERY = 60.0
"""Seconds between looks: less than an order goes on to say what is sought (features/cells)."""


class Standing:
    """That child. `start` begins one, and gives its number."""

    def __init__(self, start: Callable[[], int]) -> None:
        self._child, self._due = Child(start), 0.0

    def look(self) -> None:
        """As often as one likes while this machine stands by."""
        if not self._child.runs() and lease.now() >= self._due:
            self._due = lease.now() + _EVERY
            self._child.begin()

    def end(self) -> None:
        """At once, before this machine has the hub. Safe to call again."""
        self._child.end()


def let_go(config: Config) -> int:
    """Does it once, for who does not have the hub; the exit code. Blocking, for minutes where
    something was erased; safe to kill and to do again."""
    mover, kept = machine.pair(config)
    carried = kept.of(0)
    carried.begin()
    try:
        setaside.sweep(config)
        mover.follow(carried.repo.path)
        if erasing.awaits(config, carried.files()):
            _, is_whole = machine.follow(config, mover, kept)
            if is_whole:
                erasing.here(config)
    except (SoliCommError, OSError) as error:
        click.echo(f"solicomm: what was erased stays here for now: {error}", err=True)
        return 75
    return 0
