"""The settings of sites, as far as others ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solicomm_build.features.sites.values import site
from solicomm_build.post.store.hooks import Settings


@dataclass(frozen=True, slots=True)
class Named:
    """What a site is called, by language. Everybody may know of it."""

    title: Mapping[str, str]
    visibility: str = "public"


def _decode(blob: bytes) -> Named:
    return Named(site.decode_site(blob).title)


SETTINGS = {"unions": Settings(lambda config: config.unions, site.FILE, _decode, "union")}
