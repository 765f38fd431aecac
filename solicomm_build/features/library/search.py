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
    for row in sources.handle(CardIndex).lines(name):
        yield row.added, f"libraries/{name}/{row.key}/index.html"


FINDABLE = _findable
