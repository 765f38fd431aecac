"""Where a build writes down which pages it must look at: conferences, the hub and its sections do.

A page has a key: whoever makes it passes over one whose key is that of the page which is there. So
a section may plan too much; too little leaves old pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from solicomm_build.builder.apart.batch import Result, Task
from solicomm_build.builder.conferences import state
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.sources import Planned, Sources
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config


class Planning:
    """The pages to look at, in `planned`; of those in `anew` no earlier key counts. `apart` are the
    sections that are planned where they are made. `reflects` is what to note per section when all
    of it is published, `faults` what is wrong: (place, reason)."""

    def __init__(
        self,
        config: Config,
        sources: Sources,
        found: Contents,
        env: str,
        *,
        full: bool,
        today: date | None = None,
    ) -> None:
        """`env` is the start of every key."""
        self.config = config
        self.sources = sources
        self.found = found
        self.env = env
        self.full = full
        self.today = today or clock.now().date()
        self.pending = state.pending(sources.db)
        """What new posts touched, by conference; None for all of it."""
        self.doubt = state.doubt(sources.db)
        """What an earlier build may have changed without noting it."""
        self.planned: list[Planned] = []
        self.apart: list[Task] = []
        self.ahead: list[tuple[Result, str]] = []
        """What was made of some of these already, beside the pages, with the keys of those that
        moved meanwhile."""
        self.anew: set[str] = set()
        self.faults: list[tuple[str, str]] = []
        self.reflects: dict[str, str] = {}
        self._gone: set[str] = set()
        self._urls: set[str] = set()
        self._complete: set[str] = set()  # sections of which every page is planned

    def shown(self, section: str) -> str:
        """The key of what the pages of a section show; empty when there are none, or in doubt."""
        if section in self.doubt.sections:
            return ""
        return state.reflected(self.sources.db, f"pages {section}") or ""

    def moved(self, section: str, key: str) -> bool:
        """Whether a section's key differs from what its pages show; it is noted when it does."""
        if self.shown(section) == key and not self.full:
            return False
        self.reflects[section] = key
        return True

    def all_of(self, section: str, planned: Iterable[Planned | str], *, anew: bool = False) -> None:
        """Plans every page of a section: what it does not name is taken away. With `anew` no
        earlier key counts."""
        self._complete.add(section)
        self.some(planned, anew=anew)

    def some(self, planned: Iterable[Planned | str], *, anew: bool = False) -> None:
        """Plans pages, and the end of those of which there is the bare address."""
        for item in planned:
            if isinstance(item, str):
                self._gone.add(item)
                continue
            if item.url not in self._urls:  # two makers of one file would be in each other's way
                self._urls.add(item.url)
                self.planned.append(item)
            if anew or self.full:
                self.anew.add(item.url)

    def take_ahead(self, result: Result, key: str = "") -> None:
        """Takes note of what was made beside the pages, in the place of what was before."""
        self.ahead = [one for one in self.ahead if one[0].section != result.section]
        self.ahead.append((result, key))

    def made_ahead(self) -> list[Result]:
        """What was made of the sections apart as they are now."""
        keys = {task.section: task.key for task in self.apart}
        there = ((result, key) for result, key in self.ahead if result.section in keys)
        return [result for result, key in there if key in ("", keys[result.section])]

    def is_complete(self, section: str) -> bool:
        """Whether every page of a section is planned."""
        return section in self._complete
