"""Where what was pushed can be seen: the one place that knows."""

from __future__ import annotations

from solicomm_build.foundation.hub.webhost import absolute
from solicomm_build.gate import hooks
from solicomm_build.gate.push import Place
from solicomm_build.git.repo import HEADS, MAIN


def shown(place: Place, ref: str) -> str:
    """The address of a branch; empty where it has none."""
    config = place.config
    if ref == MAIN:
        return absolute(config.url, config.pages, f"/{place.kind}/{place.id}/")
    drafts = hooks.drafts_of(place.kind)
    if drafts is None or not ref.startswith(HEADS):
        return ""
    return config.url + drafts.address(config, place.id, ref.removeprefix(HEADS))
