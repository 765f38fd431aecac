"""What is talked about on the public conferences and lists of a hub, and what waits for an answer.

A post makes the front page in the hub's first language anew, and no other: in six languages it
would be six files more. The others show what there was until a full hour (`clock.past_hour`), ten
minutes after it: so a mail that was a moment on its way is counted before the page is made. Both
are functions of the repositories and the clock, whoever builds. Where nothing was written until
that hour, all show what there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from solicomm_build.builder.conferences.conferences import front_url
from solicomm_build.builder.conferences.lookup import moment
from solicomm_build.builder.conferences.topics import TopicPages
from solicomm_build.builder.contents import conference_facts
from solicomm_build.builder.front.offered import Around
from solicomm_build.builder.front.rows import Line, TalkRows
from solicomm_build.builder.remembered.known import WAITING, Lines
from solicomm_build.message.text.excerpt import beginning

TALKED = 6
EXCERPT = 150


@dataclass(frozen=True, slots=True)
class Talked:
    """A topic with the newest words in it; `name` wrote them. `url` is of that post, `place` the
    conference's title (its id until `Talk.named`)."""

    title: str
    url: str
    lang: str
    place: str
    posts: int
    name: str
    when: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Talk:
    """The front page's part that posts change."""

    talked: tuple[Talked, ...]
    waiting: tuple[Talked, ...]
    topics: int
    posts: int
    busiest: str = ""
    """The id of the open conference with most posts."""

    @property
    def places(self) -> set[str]:
        """The ids of the conferences in which these topics are, until `named`."""
        return {row.place for row in (*self.talked, *self.waiting)}

    def named(self, titles: Mapping[str, str]) -> Talk:
        """With the titles of conferences in one language."""
        talked, waiting = (
            tuple(replace(row, place=titles[row.place]) for row in rows)
            for rows in (self.talked, self.waiting)
        )
        return replace(self, talked=talked, waiting=waiting)


def talk_of(around: Around, env: str) -> Talk:
    """What is going on, until the cut if there is one; the same in all languages. Of the lines of
    all conferences only those that are shown are read whole."""
    talked, waiting = list[_Line](), list[_Line]()
    topics = posts = 0
    busy: list[tuple[bool, bool, int, str]] = []
    for name, place in around.found.conferences.items():
        settings = place.settings
        if settings.visibility != "public":
            continue
        one = _One(around, env, name)
        lines, counted = one.lines, one.lines.totals
        topics, posts = topics + counted[0], posts + counted[1]
        talked += [(one, line) for line in lines.talked[:TALKED]]
        if settings.posting != "announce":
            waiting += [(one, line) for line in lines.waiting]
            busy.append((not settings.is_list, settings.posting == "open", counted[1], name))
    return Talk(
        _first(talked, TALKED),
        _first(waiting, WAITING),
        topics,
        posts,
        max(busy, default=(False, False, 0, ""))[3],
    )


class _One:
    """One conference."""

    def __init__(self, around: Around, env: str, name: str) -> None:
        self._around, self._env, self._name = around, env, name
        self.rows = TalkRows(around.sources.db, name, around.cut)
        self.lines = around.lines.get(name) or Lines.of(self.rows, around.today)

    def whole(self, line: Line) -> Talked | None:
        """What is shown of a line; None where its topic is not there."""
        tid, mid, blob, time, name = line
        topic = self.rows.lookup.topic(tid)
        if topic is None:
            return None
        around, place = self._around, self._around.found.conferences[self._name]
        said = beginning(around.sources.texts(place.repo).many([blob])[blob].html, EXCERPT)
        facts = conference_facts(around.config, self._name, place.settings)
        url = TopicPages(around.sources, place.repo, facts, self._env).post_url(tid, mid, topic)
        count = self.rows.length(tid)
        return Talked(topic.title, url, topic.lang, self._name, count, name, moment(time), said)


_Line = tuple[_One, Line]


def _first(lines: list[_Line], limit: int) -> tuple[Talked, ...]:
    """The newest that there are."""
    newest = sorted(lines, key=lambda one: (one[1][3], one[1][0]), reverse=True)
    return tuple(islice(filter(None, (one.whole(line) for one, line in newest)), limit))


def conference_url(around: Around, name: str) -> str:
    """The front page of a conference in the page's language."""
    facts = conference_facts(around.config, name, around.found.conferences[name].settings)
    return front_url(facts.url, around.lang, facts.lang)
