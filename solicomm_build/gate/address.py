"""Where what was pushed can be seen: the one place that knows."""

from __future__ import annotations

from solicomm_build.gate.push import Place
from solicomm_build.store.repo import MAIN


def shown(place: Place, ref: str) -> str:
    """The address of a branch; empty where it has none. Drafts have none of their own yet."""
    return f"{place.config.url}/{place.kind}/{place.id}/" if ref == MAIN else ""
