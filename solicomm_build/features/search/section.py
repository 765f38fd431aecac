"""The page that searches, in each language of the hub. What it finds is not in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from solicomm_build.builder.conferences.conferences import front_url
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.features.search.peers import mirroring
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import Page

KIND = "search"
URL = "/search/"
INDEX = "/search/index/"
"""The root of the index that the page reads."""


class SearchSection:
    """What the builder knows of the search page."""

    kind = KIND
    rank = 40
    source = None

    def url(self, name: str) -> str:
        """Where it is."""
        del name
        return URL

    def front(self, found: Contents, lang: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Every page leads to it."""
        del found, lang
        return {}

    def plan(self, plan: Planning) -> None:
        """All of it, when what every page depends on changed, or whose index is kept here: it knows
        nothing of what is in an index, so that no post rewrites it."""
        if plan.moved(KIND, digest(plan.env, mirroring.kept(plan.config))):
            plan.all_of(KIND, _pages(plan.config, plan.env))


def _pages(config: Config, env: str) -> Iterator[Planned]:
    for lang in config.languages:
        yield Planned(_address(config, lang), KIND, 0, partial(_page, config, env, lang))


def _address(config: Config, lang: str) -> str:
    return front_url(URL, lang, config.languages[0])


def _page(config: Config, env: str, lang: str) -> Page:
    kept = tuple(f"{mirroring.ADDRESS}{hub}/" for hub in mirroring.kept(config))
    peers = tuple(peer + INDEX for peer in config.search_peers)
    facts = {"indexes": (INDEX, *kept, *peers)}
    return Page(
        _address(config, lang),
        "search",
        KIND,
        lang,
        gettext(lang, "Search"),
        digest(env, "search", lang, facts),
        facts,
        alternates=tuple((code, _address(config, code)) for code in config.languages),
        indexed=False,
    )
