"""The posts of each month, a hundred a page, of the days that have ended.

A day's posts come into their month's page when the day is over (UTC): until then they are in the
week's page (news.py), and one page less is written for each of them. What arrives late, for a day
that has ended, renews its month at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from solicomm_build.builder.conferences import leftover, state
from solicomm_build.builder.conferences.lookup import POSTS_A_PAGE
from solicomm_build.builder.conferences.topics import TopicPages
from solicomm_build.builder.conferences.touched import Touched, month_of
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import Planned, Sources, digest
from solicomm_build.post.pages import Page, PostLine
from solicomm_build.post.reading.topicpages import page_url

NAME = "day"
"""Under which `conferences.parts` has this part."""


class Months:
    """Plans the month pages of one conference: a part of its pages (parts.py)."""

    def __init__(self, around: Surroundings) -> None:
        self.sources, self.facts, self.section = around.sources, around.facts, around.section
        self.env, self._rows = around.env, around.rows
        self._today, self._end = around.today, around.day_start
        self._topics = TopicPages(around.sources, around.repo, around.facts, around.env)

    def period(self) -> str:
        """The day that has not ended."""
        return self._today.isoformat()

    def ended(self) -> list[tuple[str, int]]:
        """(month, posts of days that have ended), the newest first; those that have any."""
        now = f"{self._today:%Y-%m}"
        counted = (
            (month, posts if month < now else self._rows.month_rank(month, self._end))
            for month, posts in self._rows.months()
        )
        return [(month, posts) for month, posts in counted if posts]

    def everything(self) -> Iterator[Planned | str]:
        """All pages of all months."""
        for month, _ in self._rows.months():
            yield from self._month(month, 1)

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """The pages of months whose ended days have other posts now."""
        for month, time in sorted(touched.months.items()):
            if time < self._end:
                # the page before may end otherwise now
                before = max(0, self._rows.month_rank(month, time) - 1)
                yield from self._month(month, before // POSTS_A_PAGE + 1)

    def renewed(self) -> Iterator[Planned | str]:
        """Days have ended: the months since the one that the pages were made in."""
        for month, _ in self._rows.months():
            if month >= since(self.sources, self.section, NAME)[:7]:
                yield from self._month(month, 1)

    def _month(self, month: str, first: int) -> Iterator[Planned | str]:
        posts = dict(self.ended()).get(month, 0)
        url = month_url(self.facts.url, month)
        last = (posts - 1) // POSTS_A_PAGE + 1 if posts else 0
        for number in range(first, last + 1):
            address = page_url(url, number)
            yield Planned(address, self.section, 1, partial(self._page, month, number, url, posts))
        if not posts:
            yield url
        yield from leftover.pages(self.sources.db, url, max(1, last))

    def _page(self, month: str, number: int, first: str, posts: int) -> Page:
        url = page_url(first, number)
        rows = [self._line(row) for row in self._rows.month_page(month, number, self._end)]
        more = len(rows) == POSTS_A_PAGE and number * POSTS_A_PAGE < posts
        pager = {
            "number": number,
            "prev": page_url(first, number - 1) if number > 1 else None,
            "next": page_url(first, number + 1) if more else None,
        }
        goes_on = not more and month == month_of(self._end)
        key = digest(self.env, "month", month, number, rows, pager, goes_on)
        facts = {
            "conference": self.facts,
            "month": month_start(month),
            "rows": rows,
            "pager": pager,
            "goes_on": f"{self.facts.url}new/" if goes_on else "",
        }
        return Page(
            url,
            "month",
            self.section,
            self.facts.lang,
            self.facts.title,
            key,
            facts,
            indexed=self.facts.indexed,
        )

    def _line(self, row: PostLine) -> PostLine:
        topic, _, mid = row.url.partition("#")
        return PostLine(self._topics.post_url(topic, mid), row.title, row.name, row.date, row.lang)


def month_url(conference: str, month: str) -> str:
    """The address of the first page of `2026-11`."""
    return f"{conference}{month.replace('-', '/')}/"


def month_start(month: str) -> datetime:
    """The first moment of `2026-11`, UTC."""
    return datetime.fromisoformat(f"{month}-01T00:00:00+00:00")


def since(sources: Sources, section: str, part: str) -> str:
    """The period that the pages of a part show until those now planned are published; the earliest
    there is when none is known."""
    return state.reflected(sources.db, f"pages {section} {part}") or ""
