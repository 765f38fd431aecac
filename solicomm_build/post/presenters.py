"""What shows pages asks of features: `presenters.py` in the folder of a feature.

A feature that plans pages of a kind of its own (`pages.py`) says here what the template of that
name gets. Loaded where pages are shown, so it must see facts and messages only, and no stage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Protocol

from solicomm_build.foundation import hooks
from solicomm_build.post.pages import ConferenceFacts, HubFacts, Page

Presenter = Callable[[Page, HubFacts], Mapping[str, Any]]
"""What a template gets for a page."""


class PresentersHook(Protocol):
    """`presenters.py` of a feature."""

    PRESENTERS: Mapping[str, Presenter]
    """Those of its pages in conferences, by the kind of the page, which is its template's name."""


def presenters() -> Mapping[str, Presenter]:
    """Those of all features."""
    return hooks.table("presenters", "PRESENTERS")


_SHOWN = (*(one.name for one in fields(ConferenceFacts)), "feed")


def conference(facts: ConferenceFacts) -> dict[str, Any]:
    """`conference` of the templates."""
    return {name: getattr(facts, name) for name in _SHOWN}
