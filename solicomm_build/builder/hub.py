"""The pages of the hub itself: its own pages and frames; its front pages are in front/home.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

from solicomm_build.builder.conferences.conferences import front_url
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.front.branding import Look
from solicomm_build.builder.front.home import FRONT, SECTION, AllPlaces, Home, home, places_of
from solicomm_build.builder.front.ownpages import operator_html
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.sources import Planned, Sources, digest
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.editorial.sitepage import SitePage
from solicomm_build.post.pages import HubFacts, Page, frame_url

NOT_SHOWN = frozenset(
    {
        "root",
        "http",
        "smtp",
        "lmtp",
        "dovecot",
        "delivery",
        "relay",
        "smarthost",
        "tls",
        "tls_on_web",
        "mta_sts",
        "dns",
        "authserv_id",
        "authserv_peers",
        "fronts",
        "arc",
        "limits",
        "log",
        "metrics",
        "take",
        "cms",
        "network",
        "borrows",
        "cells",
        "cluster",
        "cell",
    }
)
"""The settings of hub.yaml that no page depends on. All others, new ones too, are in every page's
key (`settings_key`), so that a page follows when they change."""


def settings_key(config: Config) -> str:
    """A digest of all settings that a page may show."""
    shown = {one.name: getattr(config, one.name) for one in fields(config)}
    return digest({name: value for name, value in shown.items() if name not in NOT_SHOWN})


def facts(config: Config, contents: Contents, look: Look | None = None) -> HubFacts:
    """What every page says about the hub."""
    look = look or Look()
    pages: dict[str, tuple[tuple[str, str], ...]] = {}
    descriptions: dict[str, str] = {}
    for lang in config.languages:
        shown = [page for page in contents.pages if page.lang == lang]
        descriptions[lang] = next((p.summary for p in shown if p.slug == FRONT), "")
        pages[lang] = tuple(
            (page.title, _url(config, page)) for page in shown if page.slug != FRONT
        )
    return HubFacts(
        config.name,
        config.domain,
        config.url,
        config.languages,
        descriptions,
        pages,
        config.pages,
        config.carried,
        config.brand.sentence,
        look.logo,
        look.picture,
        lacks=_lacks(config, contents),
    )


def _lacks(config: Config, contents: Contents) -> tuple[str, ...]:
    """Of a hub, nothing: its menu stays as it is from the first day on."""
    if not config.carried:
        return ()
    lists = places_of(config, contents, config.languages[0])
    return tuple(sorted(name for name, rows in lists.items() if name != "rest" and not rows))


def _url(config: Config, page: SitePage) -> str:
    plain = "/" if page.slug == FRONT else f"/{page.slug}/"
    return front_url(plain, page.lang, config.languages[0])


@dataclass(frozen=True, slots=True)
class HubPages:
    """Plans the hub's own pages."""

    sources: Sources
    config: Config
    contents: Contents
    env: str

    def everything(self) -> Iterator[Planned]:
        """All of them; equal keys are passed over by whoever makes them."""
        for page in self.contents.pages:
            if page.slug != FRONT and page.lang in self.config.languages:
                yield Planned(_url(self.config, page), SECTION, 0, partial(self._own, page))
        yield Planned("/404.html", SECTION, 0, self._not_found)
        for lang in () if self.config.carried else i18n.LANGUAGES:
            yield Planned(frame_url(lang), SECTION, 0, partial(self._frame, lang))

    def _own(self, page: SitePage) -> Page:
        url = _url(self.config, page)
        alternates = tuple(
            (other.lang, _url(self.config, other))
            for lang in self.config.languages
            for other in self.contents.pages
            if other.slug == page.slug and other.lang == lang
        )
        facts = {"title": page.title, "html": operator_html(page.body, url)}
        key = digest(self.env, "page", facts, alternates, page.summary)
        return Page(
            url,
            "page",
            SECTION,
            page.lang,
            page.title,
            key,
            facts,
            alternates=alternates,
            description=page.summary,
        )

    def _not_found(self) -> Page:
        lang = self.config.languages[0]
        return Page("/404.html", "404", SECTION, lang, self.config.name, digest(self.env, "404"))

    def _frame(self, lang: str) -> Page:
        """What the server puts round its own pages, in a language that it speaks."""
        url, key = frame_url(lang), digest(self.env, "frame", lang)
        return Page(url, "frame", SECTION, lang, self.config.name, key, indexed=False)


class HubSection:
    """The hub's own pages, as the builder plans them among its sections (sections.py)."""

    kind = SECTION
    rank = 50
    source = None

    def url(self, name: str) -> str:
        """They are at the root."""
        del name
        return "/"

    def front(self, found: Contents, lang: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Its front page lists the others."""
        del found, lang
        return {}

    def plan(self, plan: Planning) -> None:
        """All of them when the settings of what they list changed, else what posts touch."""
        found = plan.found
        pages = HubPages(plan.sources, plan.config, found, plan.env)
        front = home(plan)
        if plan.moved(SECTION, digest(plan.env, found.settings, found.site_commit)):
            plan.all_of(SECTION, pages.everything())
            plan.some(AllPlaces(plan.config, found, plan.env).everything())
            front = front or Home.of(plan)
        if front is not None:
            plan.some(front.everything())
