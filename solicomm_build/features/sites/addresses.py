"""`site+<union>@`: a union's site, edited by mail."""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.features.sites import siteaddress
from solicomm_build.foundation import formernames
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.address import ListAddress
from solicomm_build.people.addresses import Finder, Kind


def _unions(config: Config) -> frozenset[str]:
    return frozenset(path.stem for path in config.unions.glob("*.git"))


def _split(finder: Finder, local: str) -> ListAddress | None:
    if not siteaddress.is_like_one(local):
        return None
    return siteaddress.split(local, _unions(finder.config), _former(finder.config))


def _former(config: Config) -> Mapping[str, str]:
    return formernames.now(config.private, "unions")


KINDS = (
    Kind(
        20,
        _split,
        named=True,
        desk=frozenset({siteaddress.SITE}),
        local_parts=lambda config: siteaddress.local_parts({*_unions(config), *_former(config)}),
    ),
)
TOKENS = frozenset({siteaddress.SITE})
