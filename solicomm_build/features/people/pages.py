"""What a hub shows of people: the directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from solicomm_build.builder.contents import Contents
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.sections import One
from solicomm_build.builder.sources import digest
from solicomm_build.features.people import elsewhere
from solicomm_build.features.people.planned import SECTION, URL, PeoplePages


class _Directory:
    """The directory as a section of the hub."""

    kind = SECTION
    rank = 60
    source = One(lambda config: config.people_repo)

    def url(self, name: str) -> str:
        """Where it begins."""
        del name
        return URL

    def front(self, found: Contents, lang: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Nobody is on the hub's front page."""
        del found, lang
        return {}

    def plan(self, plan: Planning) -> None:
        """All of it, when a card changed or a union's name did."""
        pages = PeoplePages(plan.sources, plan.config, plan.found, plan.env)
        names = {name: place.settings_blob for name, place in plan.found.of("union").items()}
        others = elsewhere.mark(plan.config)
        if plan.moved(SECTION, digest(plan.env, names, plan.found.ones.get(SECTION), others)):
            plan.all_of(SECTION, pages.everything())
            plan.faults += pages.faults


SECTIONS = (_Directory(),)
