"""The pages of a conference or list: which there are, and the facts each one shows.

A topic's pages hold as many posts as come in a moment, the numbered pages fifty
topics in the order they started. Both are numbered from the oldest, so a full page does not change
when the next post comes; only the conference's front page, its feed and the last page of each kind
do. The rest are parts (parts.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from solicomm_build.builder import hooks
from solicomm_build.builder.conferences import leftover, topicfeeds
from solicomm_build.builder.conferences.citing import Citing
from solicomm_build.builder.conferences.lookup import TOPICS_A_PAGE
from solicomm_build.builder.conferences.months import Months, month_start, month_url
from solicomm_build.builder.conferences.moves import Moves
from solicomm_build.builder.conferences.news import News
from solicomm_build.builder.conferences.parse import PARSER_VERSION
from solicomm_build.builder.conferences.starting import Starting
from solicomm_build.builder.conferences.topicfeeds import TopicFeeds
from solicomm_build.builder.conferences.topics import FEED_POSTS, TopicPages, feed_entry
from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import (
    Abilities,
    Part,
    PartOf,
    Placing,
    Renewing,
    Surroundings,
)
from solicomm_build.builder.sources import LazyFacts, Planned, digest
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hooks import derived
from solicomm_build.post.pages import Page, Place, TopicFacts

FRONT_TOPICS = 30
FRONT_PINNED = 10
"""So many pinned topics stand before them at most."""


_OWN = (
    PartOf(topicfeeds.NAME, 5, TopicFeeds),
    PartOf("week", 10, News),
    PartOf("cited", 40, Citing),
    PartOf("day", 50, Months),
    PartOf("moves", 80, Moves),
    PartOf("start", 100, Starting),
)


@derived
def parts() -> Mapping[str, PartOf]:
    """What a conference shows beside topics and lists, by the name under which its period is
    noted, in the order of the ranks."""
    rows = sorted((*_OWN, *hooks.parts()), key=lambda one: one.rank)
    return {one.name: one for one in rows}


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the front page shows in every language."""

    topics: list[TopicFacts]
    last_urls: dict[str, str]
    months: list[tuple[str, int]]
    totals: tuple[int, int]


class ConferencePages:
    """Plans the pages of one conference. `around.languages` are the languages its front page is
    written in."""

    def __init__(self, around: Surroundings) -> None:
        self.sources, self.repo, self.facts = around.sources, around.repo, around.facts
        self.languages, self.env = around.languages, around.env
        self._around = around
        self.section, self._rows = around.section, around.rows
        self._topics = TopicPages(
            self.sources, self.repo, self.facts, self.env, around.neighbours, self._said, self._hub
        )
        self._months = Months(around)
        self.parts = {name: part.make(around) for name, part in parts().items()}

    @cached_property
    def _able(self) -> Abilities:
        return Abilities.of(self.parts.values())

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """What the touched topics make necessary: pages to make, and addresses to take away."""
        told = [part.topics(touched) for part in self._able.topical]
        for tid in sorted(touched.tids.union(*told)):
            yield from self._topics.stored_thread(tid)
        if touched.starts:
            first = min(self._rows.rank(*start) for start in touched.starts) // TOPICS_A_PAGE
            yield from self._numbered(first + 1)
        for part in self.parts.values():
            yield from part.changed(touched)
        yield from self._fronts()

    def _said(self, tid: str) -> tuple[tuple[str, str], ...]:
        """What parts have to say on top of a topic, in the conference's language."""
        return tuple(one for part in self._able.topical for one in part.about(tid, self.facts.lang))

    def _hub(self, hub: str) -> Place | None:
        """What another hub is called, in the conference's language."""
        places = (part.place(hub, self.facts.lang) for part in self._able.placing)
        return next(places, None)

    def renewed(self, part: Part) -> Iterator[Planned | str]:
        """What has to be looked at when the period of a part is another."""
        yield from part.renewed()
        for tid in part.renewed_topics() if isinstance(part, Renewing) else ():
            yield from self._topics.stored_thread(tid)
        if isinstance(part, Placing):
            for tid in self._rows.brought():
                yield from self._topics.stored_thread(tid)
        yield from self._fronts()

    def everything(self) -> Iterator[Planned | str]:
        """All pages there are."""
        for tid in self._rows.addresses():
            yield from self._topics.stored_thread(tid)
        yield from self._numbered(1)
        for part in self.parts.values():
            yield from part.everything()
        yield from self._fronts()

    def warm(self) -> None:
        """Looks up what the front page shows in every language, and formats its dates: what this
        process remembers, the processes it forks need not work out again."""
        shown = self._shown
        months = [month_start(month) for month, _ in shown.months]
        days = [topic.last for topic in shown.topics]
        for lang in self.languages:
            for month in months:
                i18n.format_date(lang, month, "monthyear")
            for day in days:
                i18n.format_date(lang, day, "short")

    # lists

    def _numbered(self, first: int) -> Iterator[Planned | str]:
        """Pages of topics from page `first` on. The page after a full one always exists, so that
        the full one's link to it needs no change when it gets its first topic."""
        topics, _ = self._rows.totals()
        last = topics // TOPICS_A_PAGE + 1
        for number in range(first, last + 1):
            url = f"{self.facts.url}page/{number}/"
            yield Planned(url, self.section, 1, partial(self._topics_page, number, url))
        yield from leftover.pages(self.sources.db, self.facts.url, last)

    def _topics_page(self, number: int, url: str) -> Page:
        rows = self._rows.topics_page(number)
        full = len(rows) == TOPICS_A_PAGE
        pager = {
            "number": number,
            "prev": f"{self.facts.url}page/{number - 1}/" if number > 1 else None,
            "next": f"{self.facts.url}page/{number + 1}/" if full else None,
        }
        lines = [(t.tid, t.title, t.starter, t.started) for t in rows]
        key = digest(self.env, "conference_page", number, lines, pager)
        facts = {"conference": self.facts, "rows": rows, "pager": pager}
        return Page(
            url,
            "conference_page",
            self.section,
            self.facts.lang,
            self.facts.title,
            key,
            facts,
            indexed=self.facts.indexed,
        )

    # front page and feed

    def _fronts(self) -> Iterator[Planned]:
        for lang in self.languages:
            url = front_url(self.facts.url, lang, self.languages[0])
            yield Planned(url, self.section, 1, partial(self._front, lang, url))
        yield Planned(self.facts.feed, self.section, 1, self._feed)

    @cached_property
    def _shown(self) -> _Shown:
        rows = self._rows
        pinned = rows.pinned_topics(FRONT_PINNED)
        topics = pinned + [t for t in rows.active_topics(FRONT_TOPICS) if t not in pinned]
        urls = {t.tid: self._topics.post_url(t.tid, t.last_mid, t) for t in topics}
        return _Shown(topics, urls, self._months.ended(), rows.totals())

    def _front(self, lang: str, url: str) -> Page:
        front, totals = self._shown, self._shown.totals
        links = [link for part in self._able.linked for link in part.links(lang)]
        notices = [notice for part in self._able.noticed for notice in part.notices(lang)]
        about = self._around.called(lang)
        shown = (about, front.topics, front.last_urls, front.months, totals, links, notices)
        key = digest(self.env, "conference", lang, *shown)
        facts = {
            "conference": about,
            "called_in": self._around.called_in(lang),
            "topics": front.topics,
            "last_urls": front.last_urls,
            "months": [
                {
                    "url": month_url(self.facts.url, month),
                    "month": month_start(month),
                    "posts": posts,
                }
                for month, posts in front.months
            ],
            "archive": {
                "url": f"{self.facts.url}page/{max(totals[0] - 1, 0) // TOPICS_A_PAGE + 1}/",
                "count": totals[0] // TOPICS_A_PAGE + 1 if totals[0] else 0,
            },
            "total": {"topics": totals[0], "posts": totals[1]},
            "links": [{"label": label, "url": address} for label, address in links],
            "notices": [{"label": label, "url": address} for label, address in notices],
        }
        alternates = tuple(
            (code, front_url(self.facts.url, code, self.languages[0])) for code in self.languages
        )
        return Page(
            url,
            "conference",
            self.section,
            lang,
            about.title,
            key,
            facts,
            alternates=alternates,
            feed=(about.title, self.facts.feed),
            description=about.description,
            indexed=self.facts.indexed,
        )

    def _feed(self) -> Page:
        newest = self._rows.newest_posts(FEED_POSTS)
        lines = [(topic, post.mid, post.blob) for topic, post in newest]
        urls = {post.mid: self._topics.post_url(topic, post.mid) for topic, post in newest}
        titles = {topic: self._rows.topic(topic) for topic, _ in newest}
        key = digest(self.env, PARSER_VERSION, "feed", self.facts, lines, urls, titles)

        def facts() -> Mapping[str, Any]:
            parsed = self.sources.texts(self.repo).many(post.blob for _, post in newest)
            return {
                "conference": self.facts,
                "entries": [
                    feed_entry(post, urls[post.mid], parsed[post.blob]) for _, post in newest
                ],
            }

        return Page(
            self.facts.feed,
            "feed",
            self.section,
            self.facts.lang,
            self.facts.title,
            key,
            LazyFacts(facts),
        )


def front_url(url: str, lang: str, first: str) -> str:
    """The address of a page's version in `lang`; the first language has no prefix."""
    return url if lang == first else f"/{lang}{url}"
