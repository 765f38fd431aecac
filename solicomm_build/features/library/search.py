"""What of libraries can be found."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from solicomm_build.builder.contents import Contents
from solicomm_build.builder.sections import Findable
from solicomm_build.builder.sources import Sources
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.rendering.section import KIND, places


def _findable(found: Contents) -> Iterator[Findable]:
    for name, place in places(found).items():
        yield Findable(
            f"{KIND}:{name}",
            f"libraries/{name}",
            "library",
            place.settings.title,
            place.settings.visibility == "public",
            partial(_cards, name),
        )


def _cards(name: str, sources: Sources) -> Iterator[tuple[int, str]]:
    for added, key in sources.handle(CardIndex).arrivals(name):
        yield added, f"libraries/{name}/{key}/index.html"


FINDABLE = _findable
