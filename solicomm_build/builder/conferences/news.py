"""What is new: a page a week for everybody, and an index a month by which a browser counts unread.

    /conferences/<id>/new/                 leads to the week that is now
    /conferences/<id>/new/2026-W48/        its topics, the newest activity first (ISO 8601, UTC)
    /conferences/<id>/index/2026-11.json   [[tid, posts, last, hash of the title], …]

The week's page is current: each post makes it anew. The index of a month knows the days that have
ended, so no post waits for it, and once the month has ended it stays as it is (a mail that arrives
late, for a day that has ended, makes it anew, and so does what moderators decide of its topics);
`posts` counts the topic's posts until the end of the month, and `last` is when the last of
them came, in seconds since 1970. The script reads it where a page cannot say by itself how
long its topics are: what one reader has read stays in his browser.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial

from solicomm_build.builder.conferences.lookup import moment
from solicomm_build.builder.conferences.months import month_url, since
from solicomm_build.builder.conferences.topics import TopicPages
from solicomm_build.builder.conferences.touched import Touched, month_bounds, month_of
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import Page

NAME = "week"
"""Under which `conferences.parts` has this part."""
WEEK_TOPICS = 100
"""Topics that a week's page shows: in a week with more, those with the newest posts."""
_NAMES = 4


@dataclass(slots=True)
class _News:
    """What a week brought to a topic."""

    first: str
    last: str = ""
    time: int = 0
    posts: int = 0
    names: dict[str, None] = field(default_factory=dict)


class News:
    """Plans the week pages and the index of one conference: a part of its pages (parts.py)."""

    def __init__(self, around: Surroundings) -> None:
        self.sources, self.facts, self.section = around.sources, around.facts, around.section
        self.env, self._rows = around.env, around.rows
        self._today, self._end = around.today, around.day_start
        self._week = week_of(around.today)
        self._topics = TopicPages(around.sources, around.repo, around.facts, around.env)

    def period(self) -> str:
        """The day that has not ended."""
        return self._today.isoformat()

    def links(self, lang: str) -> Iterator[tuple[str, str]]:
        """This week's page."""
        yield gettext(lang, "New this week"), f"{self.facts.url}new/{self._week}/"

    def everything(self) -> Iterator[Planned | str]:
        """All weeks and months."""
        days = self._rows.days()
        weeks = {week_of(day) for day in days} | {self._week}
        yield from map(self._week_planned, sorted(weeks))
        yield from self._shards(month for month, _ in self._rows.months())
        yield self._way()

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """The weeks whose posts are others; the indexes of months whose ended days are."""
        weeks = {self._week}
        for month, time in touched.months.items():
            weeks |= set(_weeks(month, time))
        for week in weeks - {self._week}:  # the week that follows leads back to it
            after = self._rows.neighbour(week_bounds(week)[1], later=True)
            weeks |= {week_of(moment(after).date())} if after else set()
        for week in sorted(weeks):
            yield from self._week_or_gone(week)
        late = min((time for time in touched.months.values() if time < self._end), default=None)
        if late is not None:
            months = {*touched.months, *(month for month, _ in self._rows.months())}
            yield from self._shards(month for month in months if month >= month_of(late))

    def renewed(self) -> Iterator[Planned | str]:
        """Days have ended, perhaps weeks."""
        before = since(self.sources, self.section, NAME)
        old = date.fromisoformat(before) if before else date.min
        for day in {old, *self._rows.days(old)}:
            if day != date.min:
                yield from self._week_or_gone(week_of(day))
        yield from self._week_or_gone(self._week)
        yield from self._shards(month for month, _ in self._rows.months() if month >= before[:7])
        yield self._way()

    # weeks

    def _way(self) -> Planned:
        url = f"{self.facts.url}new/"
        return Planned(url, self.section, 1, partial(self._way_page, url))

    def _way_page(self, url: str) -> Page:
        target = f"{url}{self._week}/"
        title = gettext(self.facts.lang, "New this week")
        key = digest(self.env, "redirect", target, title)
        return Page(
            url,
            "redirect",
            self.section,
            self.facts.lang,
            title,
            key,
            {"target": target},
            indexed=False,
        )

    def _week_planned(self, week: str) -> Planned:
        url = f"{self.facts.url}new/{week}/"
        return Planned(url, self.section, 1, partial(self._week_page, week, url))

    def _week_or_gone(self, week: str) -> Iterator[Planned | str]:
        """A week's page; a week that is over and had no posts has none."""
        if week == self._week or self._rows.posts_between(*week_bounds(week))[:1]:
            yield self._week_planned(week)
        else:
            yield f"{self.facts.url}new/{week}/"

    def _week_page(self, week: str, url: str) -> Page:
        low, high = week_bounds(week)
        posts = self._rows.posts_between(low, high)
        now = week == self._week
        rows = [self._row(topic, news, now) for topic, news in _by_topic(posts)[:WEEK_TOPICS]]
        before = self._rows.neighbour(low)
        earlier = f"{self.facts.url}new/{week_of(moment(before).date())}/" if before else ""
        months = sorted({month_of(low), month_of(high - 1)})
        more = [
            (month_url(self.facts.url, month), month)
            for month in months
            if month_bounds(month)[0] < self._end
        ]
        shown = more if len(rows) == WEEK_TOPICS else []
        key = digest(self.env, "week", week, self.facts, rows, len(posts), earlier, shown, now)
        facts = {
            "conference": self.facts,
            "starts": moment(low),
            "ends": moment(high - 1),
            "now": now,
            "posts": len(posts),
            "rows": rows,
            "earlier": earlier,
            "months": shown,
        }
        title = f"{self.facts.title}, {week}"
        return Page(
            url,
            "week",
            self.section,
            self.facts.lang,
            title,
            key,
            facts,
            indexed=False,
            feed=(self.facts.title, self.facts.feed),
        )

    def _row(self, topic: str, news: _News, now: bool) -> dict[str, object]:
        """A topic in a week's page. How long it is in `total` is only told in the week that is now:
        a week that is over stays as it is."""
        about = self._rows.topic(topic)
        return {
            "tid": topic,
            "title": about.title if about else "",
            "url": self._topics.post_url(topic, news.first, about),
            "last_url": self._topics.post_url(topic, news.last, about),
            "last": moment(news.time),
            "posts": news.posts,
            "total": about.posts if about and now else 0,
            "names": [*news.names][:_NAMES],
            "others": max(0, len(news.names) - _NAMES),
        }

    # the index

    def _shards(self, months: Iterator[str]) -> Iterator[Planned | str]:
        """The index of each month in which posts came on days that have ended: a month that began
        today has none yet, whoever builds."""
        for month in sorted(set(months)):
            url = f"{self.facts.url}index/{month}.json"
            low, high = month_bounds(month)
            newest = self._rows.neighbour(min(high, self._end))
            if newest is not None and newest >= low:
                yield Planned(url, self.section, 1, partial(self._shard, month, url))
            else:
                yield url

    def _shard(self, month: str, url: str) -> Page:
        low, high = month_bounds(month)
        rows = [
            [tid, posts, last, hashlib.sha256(title.encode()).hexdigest()[:8]]
            for tid, posts, last, title in self._rows.lengths(low, min(high, self._end))
        ]
        text = json.dumps(rows, separators=(",", ":")) + "\n"
        key = digest(self.env, "shard", text)
        return Page(url, "raw", self.section, self.facts.lang, "", key, {"data": text})


def _by_topic(posts: list[tuple[str, str, int, str]]) -> list[tuple[str, _News]]:
    """Posts, oldest first, by topic; who has the newest comes first."""
    found: dict[str, _News] = {}
    for topic, mid, time, name in posts:
        news = found.setdefault(topic, _News(mid))
        news.last, news.time, news.posts = mid, time, news.posts + 1
        news.names[name] = None
    return sorted(found.items(), key=lambda item: (item[1].time, item[0]), reverse=True)


def week_of(day: date) -> str:
    """`2026-W48` of a day (ISO 8601).

    >>> week_of(date(2027, 1, 1))
    '2026-W53'
    """
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def week_bounds(week: str) -> tuple[int, int]:
    """First second of a week and of the next, UTC."""
    monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    low = int(datetime(monday.year, monday.month, monday.day, tzinfo=UTC).timestamp())
    return low, low + 7 * 86_400


def _weeks(month: str, time: int) -> Iterator[str]:
    """The weeks of a month from a moment in it on."""
    day, end = moment(time).date(), moment(month_bounds(month)[1] - 1).date()
    while day <= end:
        yield week_of(day)
        day += timedelta(days=7 - day.weekday())
