"""What of sites can be found."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.builder.contents import Contents
from solicomm_build.builder.sections import Findable
from solicomm_build.features.sites.rendering.section import KIND, places


def _findable(found: Contents) -> Iterator[Findable]:
    for name, place in places(found).items():
        yield Findable(f"{KIND}:{name}", f"unions/{name}", "union", place.settings.title)


FINDABLE = _findable
