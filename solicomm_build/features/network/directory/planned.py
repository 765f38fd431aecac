"""The pages of the directory: `/network/`, in every language of the hub. None without a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from solicomm_build.builder.conferences.conferences import front_url
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.sections import One
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.features.network.directory import book, drawing
from solicomm_build.features.network.directory.book import Book
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import Page

SECTION = "network"
URL = "/network/"


class Directory:
    """The directory of hubs as a section of the hub."""

    kind = SECTION
    rank = 65
    source = One(lambda config: config.hubs_repo)

    def url(self, name: str) -> str:
        """Where it begins."""
        del name
        return URL

    def front(self, found: Contents, lang: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The front page lists no hubs."""
        del found, lang
        return {}

    def plan(self, plan: Planning) -> None:
        """All of it, when a card changed, or a hub has gone silent."""
        commit = plan.found.ones.get(SECTION)
        if commit is None and not plan.shown(SECTION):
            return
        found = Book({})
        if commit is not None:
            place, tip = plan.config.hubs_repo, commit
            found = plan.sources.remember("hubs", place, tip, lambda one: book.read(one, tip))
        gone = drawing.silent(found.entries, plan.today)
        if plan.moved(SECTION, digest(plan.env, commit, sorted(gone))):
            plan.all_of(SECTION, _pages(plan, found, gone))


def _pages(plan: Planning, found: Book, gone: frozenset[str]) -> Iterator[Planned]:
    languages = plan.config.languages
    for lang in languages if found.entries else ():
        place = front_url(URL, lang, languages[0])
        yield Planned(place, SECTION, 1, partial(_page, found, gone, lang, languages, plan.env))


def _page(
    found: Book, gone: frozenset[str], lang: str, languages: tuple[str, ...], env: str
) -> Page:
    place, facts = front_url(URL, lang, languages[0]), drawing.drawn(found.entries, lang, gone)
    return Page(
        place,
        "network",
        SECTION,
        lang,
        gettext(lang, "Hubs that work together"),
        digest(env, "network", place, facts),
        facts,
        alternates=tuple((code, front_url(URL, code, languages[0])) for code in languages),
    )
