"""Where what was pushed can be seen: the one place that knows."""

from __future__ import annotations

from solicomm_build.features.sites import drafts
from solicomm_build.gate.push import Place
from solicomm_build.git.repo import MAIN
from solicomm_build.post.pages import absolute


def shown(place: Place, ref: str) -> str:
    """The address of a branch; empty where it has none. Only drafts of sites have one."""
    config = place.config
    if ref == MAIN:
        return absolute(config.url, config.pages, f"/{place.kind}/{place.id}/")
    if place.kind != "unions" or not ref.startswith(drafts.HEADS):
        return ""
    return config.url + drafts.address(config, place.id, ref.removeprefix(drafts.HEADS))
