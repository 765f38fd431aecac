"""The pages of the hub itself: its front page in each language, its own pages, newest topics."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import markdown

from solicomm_build.builder import hooks
from solicomm_build.builder.conferences.conferences import front_url
from solicomm_build.builder.conferences.lookup import Lookup
from solicomm_build.builder.conferences.topics import TopicPages
from solicomm_build.builder.contents import Contents, conference_facts
from solicomm_build.builder.front.branding import Look
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.sources import Planned, Sources, digest
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.editorial.sitepage import SitePage
from solicomm_build.post.pages import HubFacts, Page, frame_url, relative

SECTION = "hub"
LATEST_TOPICS = 10
FRONT = "index"
"""The slug of the page whose text stands on the front page."""


NOT_SHOWN = frozenset(
    {
        "root",
        "http",
        "smtp",
        "lmtp",
        "dovecot",
        "delivery",
        "relay",
        "tls",
        "tls_on_web",
        "dns",
        "authserv_id",
        "authserv_peers",
        "fronts",
        "arc",
        "limits",
        "log",
        "metrics",
        "cms",
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
    )


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
        for lang in self.config.languages:
            yield Planned(self._front(lang), SECTION, 1, partial(self._home, lang))
        for page in self.contents.pages:
            if page.slug != FRONT and page.lang in self.config.languages:
                yield Planned(_url(self.config, page), SECTION, 0, partial(self._own, page))
        yield Planned("/404.html", SECTION, 0, self._not_found)
        for lang in () if self.config.carried else i18n.LANGUAGES:
            yield Planned(frame_url(lang), SECTION, 0, partial(self._frame, lang))
        yield self.latest()

    def latest(self) -> Planned:
        """The newest topics of all public conferences, for the front page's script."""
        return Planned("/latest.json", SECTION, 1, self._latest)

    def _front(self, lang: str) -> str:
        return front_url("/", lang, self.config.languages[0])

    def _home(self, lang: str) -> Page:
        text = next((p for p in self.contents.pages if (p.slug, p.lang) == (FRONT, lang)), None)
        url = self._front(lang)
        facts = self._home_facts(lang)
        facts["body"] = operator_html(text.body, url) if text else None
        key = digest(self.env, "home", lang, facts)
        alternates = tuple((code, self._front(code)) for code in self.config.languages)
        return Page(
            url,
            "home",
            SECTION,
            lang,
            self.config.name,
            key,
            facts,
            alternates=alternates,
            description=text.summary if text else "",
            feed=(self.config.name, "/feed.xml"),
        )

    def _home_facts(self, lang: str) -> dict[str, Any]:
        rows: dict[str, list[dict[str, Any]]] = {"conferences": [], "lists": []}
        for name, place in self.contents.conferences.items():
            settings = place.settings
            if settings.visibility != "public":
                continue
            facts = conference_facts(self.config, name, settings)
            rows["lists" if settings.is_list else "conferences"].append(
                {
                    "id": name,
                    "title": settings.title_in(lang),
                    "description": settings.description_in(lang),
                    "url": self._conference_url(facts.url, facts.lang, lang),
                    "address": facts.address,
                    "languages": settings.languages,
                }
            )
        lists: dict[str, Any] = {**rows}
        for section in hooks.sections():
            lists |= section.front(self.contents, lang)
        return lists

    def _conference_url(self, url: str, own: str, lang: str) -> str:
        return front_url(url, lang, own)

    def _own(self, page: SitePage) -> Page:
        url = _url(self.config, page)
        alternates = tuple(
            (other.lang, _url(self.config, other))
            for lang in self.config.languages
            for other in self.contents.pages
            if other.slug == page.slug and other.lang == lang
        )
        facts = {"title": page.title, "html": operator_html(page.body, url)}
        key = digest(self.env, "page", facts, alternates)
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

    def _latest(self) -> Page:
        found = []
        for name, place in self.contents.conferences.items():
            if place.settings.visibility != "public":
                continue
            rows = Lookup(self.sources.db, name)
            conference = conference_facts(self.config, name, place.settings)
            pages = TopicPages(self.sources, place.repo, conference, self.env)
            found += [
                (topic.last, topic, pages.post_url(topic.tid, topic.last_mid), conference.title)
                for topic in rows.active_topics(LATEST_TOPICS)
            ]
        found.sort(key=lambda item: (item[0], item[1].tid), reverse=True)
        items = [
            {
                "title": topic.title,
                "url": url.lstrip("/"),
                "name": topic.last_name,
                "date": f"{last:%Y-%m-%dT%H:%M:%SZ}",
                "place": place,
            }
            for last, topic, url, place in found[:LATEST_TOPICS]
        ]
        text = json.dumps(items, ensure_ascii=False, separators=(",", ":"))
        key = digest(self.env, "latest", text)
        lang = self.config.languages[0]
        return Page("/latest.json", "raw", SECTION, lang, "", key, {"data": text + "\n"})


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
        settings = {
            kind: {name: place.settings_blob for name, place in places.items()}
            for kind, places in {"conference": found.conferences, **found.places}.items()
        }
        if plan.moved(SECTION, digest(plan.env, settings, found.site_commit)):
            plan.all_of(SECTION, pages.everything())
        elif plan.pending:
            plan.some([pages.latest()])


def operator_html(text: str, url: str) -> str:
    """The operator's own Markdown as HTML (Python-Markdown, the dialect Pelican's users know).

    The operator is trusted; root-relative links become relative to the page at `url`.
    """
    html: str = markdown.markdown(text, extensions=["extra", "sane_lists", "smarty"])
    for mark in ('href="/', 'src="/'):
        parts = html.split(mark)
        html = str(parts[0]) + "".join(
            mark[:-1] + relative(url, "/" + target) + '"' + rest
            for target, _, rest in (part.partition('"') for part in parts[1:])
        )
    return html
