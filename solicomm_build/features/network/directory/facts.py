"""What the page of hubs shows, as its template gets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from solicomm_build.features.network.directory.mapping import Picture
from solicomm_build.post.pages import Facts


@dataclass(frozen=True)
class Shared:
    """A conference, library or site of a union that a hub offers, by its id, with its address
    there; `kind` is the first part of that."""

    kind: str
    name: str
    url: str


@dataclass(frozen=True)
class HubLine:
    """A hub. `standing` is own, known, vouched or unknown, `by` the name of the hub that vouches
    for it; `words` are scope, regions and languages in the page's language, `heard` is when it
    signed its card last, `is_silent` whether that is long ago; `below` are the hubs that it vouches
    for."""

    id: str
    name: str
    url: str
    standing: str
    by: str
    words: tuple[str, ...]
    heard: datetime | None
    offers: tuple[Shared, ...]
    below: tuple[HubLine, ...] = ()
    is_silent: bool = False


@dataclass(frozen=True)
class Region:
    """A region, with the ids and names of the hubs that are there."""

    name: str
    hubs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class NetworkFacts(Facts):
    """The page. `hubs` is the tree of those whom we know or somebody vouches for, `unknown` are the
    others; `more` counts those that are not shown. `regions` has the hubs of the tree by where they
    are, where they are in more than one region; `picture` is the nearest of them, drawn."""

    hubs: tuple[HubLine, ...]
    unknown: tuple[HubLine, ...]
    more: int
    count: int
    regions: tuple[Region, ...] = ()
    picture: Picture | None = None
