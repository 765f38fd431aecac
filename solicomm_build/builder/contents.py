"""What is on the hub: its conferences, the places of its other sections, its own pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.post.conference import Conference
from solicomm_build.post.editorial.sitepage import SitePage
from solicomm_build.post.pages import ConferenceFacts

PUBLIC = ("public", "unlisted")
"""Visibilities whose pages go to public/."""
MEMBERS = "members"
"""The visibility whose pages are for members (tree.py). `encrypted` has none."""

Settings = TypeVar("Settings")


class Deferred(Generic[Settings]):
    """Settings that were found good before, and are read when somebody asks for them."""

    def __init__(self, read: Callable[[], Settings]) -> None:
        self._read: Callable[[], Settings] = read

    @cached_property
    def settings(self) -> Settings:
        """What they say."""
        return self._read()


@dataclass(frozen=True, slots=True)
class Place(Generic[Settings]):
    """A repository of the hub with the settings file in it (and its blob id), as of `commit`;
    `shows` is whether its pages show something of the hub around it."""

    repo: Path
    commit: Oid
    deferred: Deferred[Settings]
    settings_blob: str
    shows: bool = False

    @property
    def settings(self) -> Settings:
        """What its settings file says."""
        return self.deferred.settings


@dataclass(frozen=True, slots=True)
class Contents:
    """All public places of a hub: its conferences by id, in `places` those of each kind of sections
    (sections.py) by id, in `ones` the commits of the kinds with one repository. `closed` has the
    conferences for members only, of which no public page may know. `faults` are (repository,
    reason); a place whose settings have a fault is shown as its last good ones say."""

    conferences: Mapping[str, Place[Conference]]
    places: Mapping[str, Mapping[str, Place[Any]]] = field(default_factory=dict)
    ones: Mapping[str, Oid] = field(default_factory=dict)
    site_commit: Oid | None = None
    pages: tuple[SitePage, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()
    closed: Mapping[str, Place[Conference]] = field(default_factory=dict)
    around: tuple[object, ...] = ()

    @property
    def for_members(self) -> Contents:
        """The conferences for members only, as if they were all there is; `around` them is the rest
        of the hub."""
        return Contents(self.closed, around=self.commits)

    @property
    def commits(self) -> tuple[object, ...]:
        """Where all is that is no conference: what conferences name and show of the hub around
        them, and who moderates them, lies there."""
        places = {
            kind: {name: place.commit for name, place in found.items()}
            for kind, found in self.places.items()
        }
        return places, self.ones, self.site_commit, *self.around

    @property
    def settings(self) -> dict[str, dict[str, str]]:
        """The settings file of each place, by kind and id."""
        return {
            kind: {name: place.settings_blob for name, place in places.items()}
            for kind, places in {"conference": self.conferences, **self.places}.items()
        }

    def of(self, kind: str) -> Mapping[str, Place[Any]]:
        """The places of a kind of sections by id; none when there is no such kind."""
        return self.places.get(kind, {})


def conference_facts(config: Config, name: str, conference: Conference) -> ConferenceFacts:
    """What the pages of a conference say about it; the interface speaks its language where the hub
    has it, else the hub's first."""
    lang = conference.languages[0]
    interface = lang if lang in config.languages else config.languages[0]
    return ConferenceFacts(
        id=name,
        title=conference.title_in(lang),
        description=conference.description_in(lang),
        kind=conference.kind,
        address=f"{name}@{config.domain}",
        lang=interface,
        posting=conference.posting,
        licence=conference.licence,
        url=f"/conferences/{name}/",
        indexed=conference.robots == "index" and conference.visibility == "public",
        closed=conference.visibility == MEMBERS,
    )
