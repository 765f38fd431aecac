"""The pages of a stick: `/write/` and `/update/` in each language of the hub, one for each sealed
package (`/sealed/<name>/`), and their scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from solicomm_build.builder.conferences.conferences import front_url
from solicomm_build.builder.contents import PUBLIC, Contents, conference_facts
from solicomm_build.builder.front.home import Home
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.features.pocket.onstick import packages, scripts
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import Page

KIND = "stick"
WRITE, UPDATE = "/write/", "/update/"


class StickSection:
    """What the builder knows of these pages: there are none but in a hub that is carried."""

    kind = KIND
    rank = 41
    source = None

    def url(self, name: str) -> str:
        """Where the first of them is."""
        del name
        return WRITE

    def front(self, found: Contents, lang: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The front page leads to it by a button of its own, and to packages (packages.py)."""
        del found, lang
        return {}

    def plan(self, plan: Planning) -> None:
        """All of them, and the front pages that lead to packages, when a conference came or went,
        or has other settings, or packages are others."""
        if plan.config.carried != "hub":
            return
        places = {lang: _places(plan, lang) for lang in plan.config.languages}
        texts = (scripts.write(), scripts.update(), scripts.reader(), scripts.finder())
        sealed = packages.sizes(plan.config)
        if plan.moved(KIND, digest(plan.env, places, sealed, *texts)):
            plan.all_of(KIND, [*_pages(plan, places), *_sealed(plan, sealed)])
            plan.some(Home.of(plan).everything())


def _places(plan: Planning, lang: str) -> list[tuple[str, str, str]]:
    """Where everybody may write: address, title in a language or the next best, and that one."""
    found = []
    for name, place in sorted(plan.found.conferences.items()):
        if place.settings.visibility in PUBLIC and place.settings.posting != "announce":
            facts = conference_facts(plan.config, name, place.settings)
            spoken = lang if lang in place.settings.title else facts.lang
            found.append((facts.address, place.settings.title_in(lang), spoken))
    return found


def _pages(plan: Planning, places: Mapping[str, list[tuple[str, str, str]]]) -> Iterator[Planned]:
    first = plan.config.languages[0]
    for lang in plan.config.languages:
        for kind, url in (("write", WRITE), ("update", UPDATE)):
            made = partial(_page, plan, kind, url, lang, places[lang])
            yield Planned(front_url(url, lang, first), KIND, 0, made)
    for url, text in ((scripts.WRITE, scripts.write()), (scripts.UPDATE, scripts.update())):
        yield Planned(url, KIND, 0, partial(_script, plan.env, first, url, text))


def _sealed(plan: Planning, names: Iterable[str]) -> Iterator[Planned]:
    """The page of each package, and its own copies of the scripts that open and search it."""
    first = plan.config.languages[0]
    for name in names:
        url = packages.url(name)
        found = {f"{url}reader.js": scripts.reader(), f"{url}find.js": scripts.finder()}
        for lang in plan.config.languages:
            made = partial(_page, plan, "sealed", url, lang, [], tuple(found))
            yield Planned(front_url(url, lang, first), KIND, 0, made)
        for at, text in found.items():
            yield Planned(at, KIND, 0, partial(_script, plan.env, first, at, text))


def _page(
    plan: Planning,
    kind: str,
    url: str,
    lang: str,
    places: list[tuple[str, str, str]],
    sealed: tuple[str, ...] = (),
) -> Page:
    languages = plan.config.languages
    facts: dict[str, Any] = {"script": scripts.WRITE, "places": places}
    title = gettext(lang, "Write without a connection")
    if kind == "update":
        facts = {"script": scripts.UPDATE}
        title = gettext(lang, "Bring this stick up to date")
    if kind == "sealed":
        facts = {"scripts": sealed}
        title = gettext(lang, "Sealed: for members")
    return Page(
        front_url(url, lang, languages[0]),
        kind,
        KIND,
        lang,
        title,
        digest(plan.env, kind, lang, facts),
        facts,
        alternates=tuple((one, front_url(url, one, languages[0])) for one in languages),
        indexed=False,
    )


def _script(env: str, lang: str, url: str, text: str) -> Page:
    return Page(url, "raw", KIND, lang, "", digest(env, text), {"data": text})
