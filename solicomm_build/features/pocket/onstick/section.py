"""The pages of a stick: `/write/` in each language of the hub, and the script of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from solicomm_build.builder.conferences.conferences import front_url
from solicomm_build.builder.contents import PUBLIC, Contents, conference_facts
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.features.pocket.onstick import scripts
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import Page

KIND = "stick"
WRITE = "/write/"


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
        """The front page leads to it by a button of its own."""
        del found, lang
        return {}

    def plan(self, plan: Planning) -> None:
        """All of them, when a conference came or went, or has other settings."""
        if plan.config.carried != "hub":
            return
        places = _places(plan)
        if plan.moved(KIND, digest(plan.env, places, scripts.write())):
            plan.all_of(KIND, _pages(plan, places))


def _places(plan: Planning) -> list[tuple[str, str, str]]:
    """Where everybody may write: address, title and language of each conference."""
    found = []
    for name, place in sorted(plan.found.conferences.items()):
        if place.settings.visibility in PUBLIC and place.settings.posting != "announce":
            facts = conference_facts(plan.config, name, place.settings)
            found.append((facts.address, facts.title, facts.lang))
    return found


def _pages(plan: Planning, places: list[tuple[str, str, str]]) -> Iterator[Planned]:
    languages = plan.config.languages
    for lang in languages:
        url = front_url(WRITE, lang, languages[0])
        yield Planned(url, KIND, 0, partial(_page, plan.env, url, lang, languages, places))
    yield Planned(scripts.WRITE, KIND, 0, partial(_script, plan.env, languages[0]))


def _page(
    env: str, url: str, lang: str, languages: tuple[str, ...], places: list[tuple[str, str, str]]
) -> Page:
    return Page(
        url,
        "write",
        KIND,
        lang,
        gettext(lang, "Write without a connection"),
        digest(env, "write", lang, places),
        {"places": places, "script": scripts.WRITE},
        alternates=tuple((one, front_url(WRITE, one, languages[0])) for one in languages),
        indexed=False,
    )


def _script(env: str, lang: str) -> Page:
    text = scripts.write()
    return Page(scripts.WRITE, "raw", KIND, lang, "", digest(env, text), {"data": text})
