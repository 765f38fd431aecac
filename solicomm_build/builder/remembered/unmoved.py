"""Where conferences were when the last build had looked at them all: while nothing has moved that
their pages depend on, the next one passes them over.

In one process only: what another one did is in the state, and costs a look into each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Set

from solicomm_build.builder.contents import Contents, Place
from solicomm_build.builder.sources import digest
from solicomm_build.foundation import clock, formernames, outside
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference

Places = Mapping[str, Place[Conference]]


class Unmoved:
    """What is remembered of one tree of pages (`Sources.handle`)."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._around = ""
        self._places: Places = {}
        self._owners: Set[str] = frozenset()

    def around(self, db: sqlite3.Connection, found: Contents, *keys: object) -> str:
        """What all conferences depend on beside their repositories: it has to be known before they
        are looked at. Another process that wrote to the state is seen in it, too."""
        (others,) = db.execute("PRAGMA data_version").fetchone()
        called = formernames.now(self._config.private, "conferences")
        elsewhere = outside.everything(self._config), sorted(called.items())
        return digest(others, keys, found.commits, clock.past_hour(), elsewhere)

    def names(self, around: str, places: Places) -> set[str]:
        """The conferences that are where they were, with the same around them."""
        if around != self._around:
            return set()
        before = self._places
        return {name for name, one in places.items() if _is_same(one, before.get(name))}

    def are_new(self, around: str, owners: Set[str]) -> bool:
        """Whether others may own files than when something was noted last."""
        return around != self._around or owners != self._owners

    def note(self, around: str, places: Places, owners: Set[str]) -> None:
        """All pages show these; these may own files."""
        self._around, self._places, self._owners = around, places, owners

    def close(self) -> None:
        """Forgets all."""
        self._around, self._places, self._owners = "", {}, frozenset()


def _is_same(one: Place[Conference], before: Place[Conference] | None) -> bool:
    return one is before or (
        before is not None
        and one.commit == before.commit
        and one.settings_blob == before.settings_blob
    )
