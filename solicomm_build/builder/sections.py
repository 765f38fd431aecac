"""The kinds of sections that a hub has beside its conferences, as the builder sees them.

A section is a part of the pages that is planned and owned as one: `library:<id>`, or by its kind
alone where there is one of it only. Each kind is a feature's, which names it in `pages.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Generic, Protocol

from solicomm_build.builder.contents import Contents, Place, Settings
from solicomm_build.builder.hands.works import Helping
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.render import Renderer
from solicomm_build.builder.sources import Sources
from solicomm_build.foundation.hub.config import Config


@dataclass(frozen=True, slots=True)
class Many(Generic[Settings]):
    """Sections with a repository each: all in one `folder`, `file` says the settings of each, which
    `decode` reads from (octets, name for messages, id of the section) or raises SoliCommError.
    `is_public` is whether anything of a place may be on the pages, `shows` whether its pages show
    something of the hub around it. Those `apart` are not planned at once but each in the child that
    makes it (apart/batch.py), because there may be very many of them."""

    folder: Callable[[Config], Path]
    file: str
    decode: Callable[[bytes, str, str], Settings]
    is_public: Callable[[Place[Settings]], bool] = lambda place: True
    shows: Callable[[Settings], bool] = lambda settings: False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class One:
    """The one repository of a section that there is once."""

    repo: Callable[[Config], Path]


class Section(Protocol):
    """A kind of sections."""

    @property
    def kind(self) -> str:
        """How the names of its sections begin (`library:<id>`), or its only section is called."""

    @property
    def rank(self) -> int:
        """Which are planned first: those with the smallest. The hub's own pages have 50; of two
        pages at one address the first that is planned is made."""

    @property
    def source(self) -> Many[Any] | One | None:
        """What its pages are made of; None when of no repository of its own."""

    def url(self, name: str) -> str:
        """Where the pages of a section begin."""

    def front(self, found: Contents, lang: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """What the hub's front page in a language lists of it, by the name that its template has
        for the list."""

    def plan(self, plan: Planning) -> None:
        """Plans the pages of all its sections that differ from those which are there."""


@dataclass(frozen=True, slots=True)
class Findable:
    """A section whose pages the search may find. `place` is its folder below the root, as the
    search calls it, with what `kind` of place that is and its title by language. With `is_public`
    everybody finds its pages, else nobody. Where it grows at its end, `arrivals` gives (a number
    that only grows, path of the page) of each of its documents, and nothing else is found there."""

    section: str
    place: str
    kind: str
    title: Mapping[str, str]
    is_public: bool = True
    arrivals: Callable[[Sources], Iterable[tuple[int, str]]] | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """A hub as of the end of a build, for what comes after the pages. `env` is the start of every
    key; with `unfinished` the next build follows at once. `renderer` gives the warm renderer, and
    makes it when there was none. `hands` are machines that helped with a full build, and may help
    with what follows."""

    found: Contents
    env: str
    today: date
    unfinished: bool
    renderer: Callable[[], Renderer]
    hands: Helping | None = None


class Companion(Protocol):
    """Work beside a running builder that follows its builds, in children of its own: it never has
    pages wait for it."""

    @property
    def busy(self) -> bool:
        """Whether something is being made, or has to be."""

    def built(self, hub: Built, *, public: bool) -> None:
        """Takes note of a build that did something; `public`: whether public pages moved."""

    def step(self, hub: Built) -> None:
        """Called after every build. Blocks for a fork only."""

    def close(self) -> None:
        """Ends what is being made; the next builder goes on."""


@dataclass(frozen=True, slots=True)
class Afterwards:
    """Work that comes after the pages, in the order of the ranks: `companion` does it beside a
    running builder, `once` does all of it and blocks, when the builder runs by hand; `full` is
    whether it made everything anew. `name` is what is said meanwhile. What is `of_pages` goes with
    the public pages wherever they go, and knows what they say."""

    name: str
    rank: int
    companion: Callable[[Config], Companion]
    once: Callable[[Config, Built, bool], None]
    of_pages: bool = False
