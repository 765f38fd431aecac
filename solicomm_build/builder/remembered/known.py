"""What front pages are made of that was looked up for an earlier build of this process and still
holds: of conferences where nothing was said since, and of places whose settings are the same.

The children that make the pages take it along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from solicomm_build.builder.conferences.lookup import Lookup
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.front.rows import Line, TalkRows
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.sources import digest
from solicomm_build.foundation.hub.config import Config

LATEST_TOPICS = 10
WAITING = 4
WAITS = timedelta(days=60)
"""What nobody answered for longer is no longer asked for."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows of one conference that a front page may show: topics and posts that there are, the
    newest post of each topic, and the newest topics with one post."""

    totals: tuple[int, int]
    talked: list[Line]
    waiting: list[Line]

    @classmethod
    def of(cls, rows: TalkRows, today: date) -> Lines:
        """Looks them up."""
        since = int((today - WAITS - date(1970, 1, 1)).total_seconds())
        waiting = rows.unanswered(since, WAITING)
        return cls(rows.totals(), rows.talked(LATEST_TOPICS), waiting)


@dataclass(frozen=True, slots=True)
class Listed:
    """What front pages in one language list, and its key."""

    rows: Mapping[str, Any]
    key: str

    @classmethod
    def of(cls, rows: Mapping[str, Any]) -> Listed:
        """With a key that tells these rows from others."""
        return cls(rows, digest(rows))


class Known:
    """Of one tree of pages (`Sources.handle`)."""

    def __init__(self, config: Config) -> None:
        del config
        self._others: object = None
        self._lines: dict[tuple[str, bool], tuple[object, Lines]] = {}
        self._last: dict[str, tuple[object, int | None]] = {}
        self._places: dict[str, Listed] = {}
        self._settings = ""

    def begin(self, plan: Planning) -> None:
        """Forgets what a build may have changed, and all where another process wrote the rows."""
        (others,) = plan.sources.db.execute("PRAGMA data_version").fetchone()
        if others != self._others:
            self.close()
            self._others = others
        names = {section.partition(":")[2] for section in plan.pending}
        self._lines = {key: one for key, one in self._lines.items() if key[0] not in names}
        self._last = {name: one for name, one in self._last.items() if name not in names}

    def last(self, plan: Planning, name: str, cut: int) -> int | None:
        """When the newest post of a conference before the cut was written."""
        state = plan.found.conferences[name].commit, cut
        known = self._last.get(name)
        if known is None or known[0] != state:
            found = Lookup(plan.sources.db, name).neighbour(cut)
            known = self._last[name] = (state, found)
        return known[1]

    def lines(self, plan: Planning, cut: int | None) -> dict[str, Lines]:
        """Those of all public conferences, until the cut if there is one."""
        found = {}
        for name, place in plan.found.conferences.items():
            if place.settings.visibility != "public":
                continue
            state, key = (place.commit, cut, plan.today), (name, cut is not None)
            known = self._lines.get(key)
            if known is None or known[0] != state:
                rows = TalkRows(plan.sources.db, name, cut)
                known = self._lines[key] = (state, Lines.of(rows, plan.today))
            found[name] = known[1]
        return found

    def places(
        self, plan: Planning, lang: str, make: Callable[[Config, Contents, str], dict[str, Any]]
    ) -> Listed:
        """What `make` lists of the hub in a language: by the settings of its places alone."""
        settings = digest(plan.env, plan.found.settings)
        if settings != self._settings:
            self._places, self._settings = {}, settings
        if lang not in self._places:
            self._places[lang] = Listed.of(make(plan.config, plan.found, lang))
        return self._places[lang]

    def close(self) -> None:
        """Forgets all."""
        self._lines, self._last = {}, {}
        self._places, self._settings = {}, ""
