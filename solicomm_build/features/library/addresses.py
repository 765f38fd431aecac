"""`<library>+deposit@` and so on: what a library takes and gives by mail."""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.features.library import libraryaddress
from solicomm_build.foundation import formernames
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.address import ListAddress
from solicomm_build.people.addresses import Finder, Kind


def _libraries(config: Config) -> list[str]:
    return [path.stem for path in config.libraries.glob("*.git")]


def _split(finder: Finder, local: str) -> ListAddress | None:
    if not libraryaddress.is_like_one(local):
        return None
    return libraryaddress.split(local, _libraries(finder.config), _former(finder.config))


def _former(config: Config) -> Mapping[str, str]:
    return formernames.now(config.private, "libraries")


KINDS = (
    Kind(
        10,
        _split,
        named=True,
        desk=libraryaddress.OWN,
        local_parts=lambda config: libraryaddress.local_parts(
            {*_libraries(config), *_former(config)}
        ),
    ),
)
TOKENS = libraryaddress.OWN
