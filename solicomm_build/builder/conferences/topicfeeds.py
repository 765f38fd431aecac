"""The feed of each topic: its newest posts.

    /conferences/<id>/t/<tid>/feed.xml

That of a topic of one page is made with its page. In a topic of several pages a post makes two of
these anew already, or three; there the feed takes what is not on the first page at the end of the
hour it was written in (`clock.past_hour`). What comes late, for an hour that has ended, or is taken
away, renews it at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from solicomm_build.builder.conferences import state
from solicomm_build.builder.conferences.lookup import PostRow
from solicomm_build.builder.conferences.parse import PARSER_VERSION
from solicomm_build.builder.conferences.topics import FEED_POSTS, feed_entry
from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import LazyFacts, Planned, digest
from solicomm_build.foundation import clock
from solicomm_build.post.pages import Page
from solicomm_build.post.reading.topicpages import page_url

NAME = "feeds"
"""Under which `conferences.parts` has this part."""


class TopicFeeds:
    """Plans the feeds of one conference's topics: a part of its pages (parts.py)."""

    def __init__(self, around: Surroundings) -> None:
        self.sources, self.repo, self.facts = around.sources, around.repo, around.facts
        self.env, self.section, self._rows = around.env, around.section, around.rows
        self._cut = clock.past_hour()

    def period(self) -> str:
        """When the newest post of an hour that has ended was written, in seconds since 1970."""
        newest = self._rows.neighbour(self._cut)
        return "" if newest is None else str(newest)

    def everything(self) -> Iterator[Planned | str]:
        """All feeds, and those that may be left from a topic that is none any more."""
        yield from map(self._feed, self._rows.addresses())

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """The feeds of the topics that new commits touched."""
        yield from map(self._feed, sorted(touched.tids))

    def renewed(self) -> Iterator[Planned | str]:
        """Hours have ended: the topics that have posts since the one the feeds were made in."""
        before = state.reflected(self.sources.db, f"pages {self.section} {NAME}") or "0"
        posts = self._rows.posts_between(int(before), self._cut)
        yield from map(self._feed, sorted({topic for topic, *_ in posts}))

    def _feed(self, tid: str) -> Planned | str:
        place = f"{self.facts.url}t/{tid}/"
        url = f"{place}feed.xml"
        if self._rows.topic(tid) is None:
            return url
        return Planned(url, self.section, 0, partial(self._page, tid, place, url))

    def _page(self, tid: str, place: str, url: str) -> Page:
        topic = self._rows.topic(tid)
        assert topic is not None  # planned from the same state  # noqa: S101
        shown = self._shown(tid)
        lines = [(post.mid, post.blob, page) for post, page in shown]
        key = digest(self.env, PARSER_VERSION, "topic_feed", self.facts, topic.title, lines)

        def facts() -> Mapping[str, Any]:
            parsed = self.sources.texts(self.repo).many(post.blob for post, _ in shown)
            return {
                "conference": self.facts,
                "place": place,
                "entries": [
                    feed_entry(post, f"{page_url(place, page)}#{post.mid}", parsed[post.blob])
                    for post, page in shown
                ],
            }

        kind, lang = "topic_feed", self.facts.lang
        return Page(url, kind, self.section, lang, topic.title, key, LazyFacts(facts))

    def _shown(self, tid: str) -> list[tuple[PostRow, int]]:
        """(post, page) of the newest posts, the newest first: those of the first page, and of the
        others those of hours that have ended."""
        pages = self._rows.pages(tid)
        found = [
            (post, pages[post.mid])
            for post in self._rows.posts(tid)
            if not post.hidden and (pages[post.mid] == 1 or post.time < self._cut)
        ]
        return found[: -FEED_POSTS - 1 : -1]
