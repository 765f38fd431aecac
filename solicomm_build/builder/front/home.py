"""The hub's front page in each of its languages, and the list of its newest topics.

    /                the first language: each post makes it anew
    /fr/             the others: as of the last full hour (talk.py); in a hub's first, and in what
                     is carried, likewise
    /latest.json     likewise

What features offer is asked before pages are made, once a build, and only when something moved.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any

from solicomm_build.builder import hooks
from solicomm_build.builder.conferences.conferences import front_url
from solicomm_build.builder.conferences.lookup import Lookup, moment
from solicomm_build.builder.conferences.topics import TopicPages
from solicomm_build.builder.contents import Contents, conference_facts
from solicomm_build.builder.front.offered import Around, Offered, shown
from solicomm_build.builder.front.ownpages import only_there, operator_htmls
from solicomm_build.builder.front.rows import Line
from solicomm_build.builder.front.talk import Talk, conference_url, talk_of
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.remembered.known import LATEST_TOPICS, Known, Lines, Listed
from solicomm_build.builder.sections import Section
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.foundation import clock, outside
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.pages import Page

SECTION = "hub"
MARK = "front"
"""Under which it is noted what the front pages show."""
MOST_PLACES = 24
"""Unions, say, that the front page names, which each post makes anew; all are on a page of their
own where there are more."""
FRONT = "index"
"""The slug of the page whose text stands on the front page."""


def _own(plan: Planning) -> Mapping[str, str]:
    """The operator's text for the front page, by language."""
    texts = {page.lang: page.body for page in plan.found.pages if page.slug == FRONT}
    wanted = [(lang, text) for lang, text in texts.items() if lang in plan.config.languages]
    asked = tuple((text, home_url(plan.config, lang)) for lang, text in wanted)
    htmls = operator_htmls(asked)
    if plan.config.carried:
        places, folders = _carried(plan.found)
        htmls = [only_there(html, places, folders) for html in htmls]
    return dict(zip((lang for lang, _ in wanted), htmls, strict=True))


def _carried(found: Contents) -> tuple[set[str], set[str]]:
    """The places that come along (`conferences/bar/`), and the folders in which places are."""
    places = {f"conferences/{name}/" for name in found.conferences}
    folders = {"conferences"}
    for section in hooks.sections():
        if section.url("a") != section.url("b"):
            folders.add(_above(section).strip("/"))
            places.update(section.url(name)[1:] for name in found.of(section.kind))
    return places, folders


@dataclass(frozen=True, slots=True)
class Home:
    """Plans the front pages. `cut` is the moment until which those show posts that do not follow
    each one; by language, `places` are what there is on the hub, `offered` is what features add,
    and `own` the operator's text as HTML. `until` and `all` are lines of conferences, those until
    the cut and as they are now."""

    plan: Planning
    cut: int
    until: Mapping[str, Lines]
    all: Mapping[str, Lines]
    places: Mapping[str, Listed]
    offered: Mapping[str, Offered]
    own: Mapping[str, str]
    talks: dict[int | None, Talk] = field(default_factory=dict)
    """What was found out in this process, by the moment until which."""

    def everything(self) -> Iterator[Planned]:
        """All of them; equal keys are passed over by whoever makes them."""
        for lang in self._config.languages:
            yield Planned(home_url(self._config, lang), SECTION, 1, partial(self._home, lang))
        yield Planned("/latest.json", SECTION, 1, self._latest)

    @classmethod
    def of(cls, plan: Planning) -> Home:
        """With what features offer now."""
        config, offers = plan.config, hooks.fronts()
        around = {
            lang: Around(plan.sources, config, plan.found, lang, plan.today)
            for lang in config.languages
        }
        known, cut = plan.sources.handle(Known), clock.past_hour()
        known.begin(plan)
        places = {lang: known.places(plan, lang, places_of) for lang in config.languages}
        offered = dict.fromkeys(config.languages, Offered())
        for lang in () if config.carried == "library" else config.languages:
            offered[lang] = shown([offer(around[lang]) for offer in offers])
        lines = known.lines(plan, cut), known.lines(plan, None)
        return cls(plan, cut, *lines, places, offered, _own(plan))

    @property
    def _config(self) -> Config:
        return self.plan.config

    def _around(self, lang: str) -> Around:
        plan = self.plan
        at_once = lang == self._config.languages[0] or self._config.carried
        if at_once or self._is_new():
            return Around(plan.sources, plan.config, plan.found, lang, plan.today, None, self.all)
        return Around(plan.sources, plan.config, plan.found, lang, plan.today, self.cut, self.until)

    def _is_new(self) -> bool:
        """Whether nothing that everybody can read was written before the cut: then what there is
        shows in all languages, for a page that says that nobody has written would not be true."""
        return not any(lines.totals[1] for lines in self.until.values())

    def _home(self, lang: str) -> Page:
        plan, around = self.plan, self._around(lang)
        pages = [one for one in plan.found.pages if one.lang == lang]
        text = next((one for one in pages if one.slug == FRONT), None)
        if around.cut not in self.talks:
            self.talks[around.cut] = talk_of(around, plan.env)
        places, talk = plan.found.conferences, self.talks[around.cut]
        titles = {name: places[name].settings.title_in(lang) for name in talk.places}
        talk = talk.named(titles)
        facts: dict[str, Any] = {
            "talk": talk,
            "offered": self.offered[lang],
            "ask": f"{conference_url(around, talk.busiest)}#say" if talk.busiest else "",
            "is_fresh": not talk.posts,
            "body": self.own.get(lang),
        }
        return Page(
            home_url(self._config, lang),
            "home",
            SECTION,
            lang,
            self._config.name,
            digest(plan.env, "home", lang, facts, self.places[lang].key),
            {**self.places[lang].rows, **facts},
            alternates=tuple(
                (code, home_url(self._config, code)) for code in self._config.languages
            ),
            description=text.summary if text else "",
            feed=(self._config.name, "/feed.xml"),
        )

    def _latest(self) -> Page:
        every = [
            (one[3], one[0], name, one) for name in self.until for one in self.until[name].talked
        ]
        every.sort(reverse=True)
        items = [self._latest_of(name, line) for _, _, name, line in every[:LATEST_TOPICS]]
        text = json.dumps(items, ensure_ascii=False, separators=(",", ":"))
        key = digest(self.plan.env, "latest", text)
        lang = self._config.languages[0]
        return Page("/latest.json", "raw", SECTION, lang, "", key, {"data": text + "\n"})

    def _latest_of(self, name: str, line: Line) -> dict[str, str]:
        """One of the newest topics, as the file has it."""
        tid, mid, _, time, author = line
        place = self.plan.found.conferences[name]
        facts = conference_facts(self._config, name, place.settings)
        topic = Lookup(self.plan.sources.db, name).topic(tid)
        pages = TopicPages(self.plan.sources, place.repo, facts, self.plan.env)
        return {
            "title": topic.title if topic else "",
            "url": pages.post_url(tid, mid, topic).lstrip("/"),
            "name": author,
            "date": f"{moment(time):%Y-%m-%dT%H:%M:%SZ}",
            "place": facts.title,
        }


def home(plan: Planning) -> Home | None:
    """The front pages, when something moved that they may show; else None."""
    cut = clock.past_hour()
    found = plan.found
    moved = {name: place.commit for name, place in found.conferences.items()}
    known = plan.sources.handle(Known)
    known.begin(plan)
    last = {
        name: known.last(plan, name, cut)
        for name, place in found.conferences.items()
        if place.settings.visibility == "public"
    }
    key = digest(plan.env, plan.today, moved, found.commits, last, outside.everything(plan.config))
    return Home.of(plan) if plan.moved(MARK, key) else None


def home_url(config: Config, lang: str) -> str:
    """The front page's address in a language."""
    return front_url("/", lang, config.languages[0])


def places_of(config: Config, found: Contents, lang: str) -> dict[str, Any]:
    """What front pages list: the hub's conferences and lists, and the sections of features."""
    rows: dict[str, Any] = {"conferences": [], "lists": []}
    for name, place in found.conferences.items():
        settings = place.settings
        if settings.visibility != "public":
            continue
        facts = conference_facts(config, name, settings)
        rows["lists" if settings.is_list else "conferences"].append(
            {
                "id": name,
                "title": settings.title_in(lang),
                "description": settings.description_in(lang),
                "url": front_url(facts.url, lang, facts.lang),
                "address": facts.address,
                "languages": settings.languages,
                "posting": settings.posting,
            }
        )
    every = found.places
    first = {kind: dict(islice(places.items(), MOST_PLACES)) for kind, places in every.items()}
    some = replace(found, places=first)
    for section in hooks.sections():
        rows |= section.front(some, lang)
    rows["rest"] = {kind: len(one) for kind, one in every.items() if len(one) > MOST_PLACES}
    return rows


@dataclass(frozen=True, slots=True)
class AllPlaces:
    """Plans the pages that name all places of the kinds of which there are many, such as
    `/unions/`: made when settings of one change, and not by posts."""

    config: Config
    found: Contents
    env: str

    def everything(self) -> Iterator[Planned]:
        """One for each such kind and language."""
        for section in hooks.sections():
            if len(self.found.of(section.kind)) > MOST_PLACES and self.config.carried != "library":
                for lang in self.config.languages:
                    url = front_url(_above(section), lang, self.config.languages[0])
                    yield Planned(url, SECTION, 1, partial(self._page, section, lang, url))

    def _page(self, section: Section, lang: str, url: str) -> Page:
        lists = section.front(self.found, lang)
        facts = {"kind": section.kind, "items": [one for rows in lists.values() for one in rows]}
        key = digest(self.env, "places", lang, facts)
        first, above = self.config.languages[0], _above(section)
        return Page(
            url,
            "places",
            SECTION,
            lang,
            self.config.name,
            key,
            facts,
            alternates=tuple((one, front_url(above, one, first)) for one in self.config.languages),
        )


def _above(section: Section) -> str:
    """The folder in which the places of a kind are."""
    return section.url("x").removesuffix("x/")
