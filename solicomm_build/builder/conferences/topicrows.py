"""The rows of each topic of a conference: its line in lists, its labels, and what moderators said
of its posts. For index.py, in whose transaction all of it happens.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeAlias

from solicomm_build.builder.conferences import grouping, threads
from solicomm_build.builder.conferences.eventrows import EventRows
from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.slug import one
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.post import topicmarks
from solicomm_build.post.topicmarks import TopicMarks
from solicomm_build.post.topicstate import TopicState

_NAME = "CASE hidden WHEN 1 THEN '' ELSE name END"
"""A hidden post does not say who wrote it."""

AWAY = 2
"""What `hidden` says of a post whose topic is read in another conference now; 1 is one that a
moderator has hidden."""

Heading: TypeAlias = tuple[int, str, str, str]
"""When a topic started, its title, who started it, its labels."""


class TopicRows:
    """Writer of the rows of topics. `note` counts posts that come (1) or go (-1) at a time;
    `called` is what a conference that an event names is called now."""

    def __init__(
        self,
        db: sqlite3.Connection,
        conference: str,
        events: EventRows,
        touched: Touched,
        note: Callable[[int, int], None],
        called: Callable[[str], str],
    ) -> None:
        self._db, self._conf = db, conference
        self._events, self._touched, self._note = events, touched, note
        self._called = called

    def heading(self, topic: str) -> Heading | None:
        """What lists say of a topic as it stands in the rows."""
        row = self._db.execute(
            "SELECT started, title, starter, labels FROM topic WHERE conf=? AND tid=?",
            (self._conf, topic),
        ).fetchone()
        return tuple(row) if row else None

    def write(self, topic: str, owned: Sequence[str], found: grouping.Grouping) -> None:
        """Writes the rows of a topic of which there are none, by its posts and what was said of
        the stored threads that are its own."""
        state = self._events.state(topic, owned)
        moved = state.moved if self._called(state.moved) != self._conf else ""
        if self._events.exist:
            self._mark_posts(topic, state, away=bool(moved))
        if moved:
            self._db.execute("INSERT INTO moved VALUES (?, ?, ?)", (self._conf, topic, moved))
            return
        first = self._db.execute(
            f"SELECT time, {_NAME}, subject, lang, COUNT(*) OVER () FROM post"  # noqa: S608
            " WHERE conf=? AND topic=?"
            " ORDER BY time, mid LIMIT 1",
            (self._conf, topic),
        ).fetchone()
        last = self._db.execute(
            f"SELECT time, {_NAME}, mid FROM post WHERE conf=? AND topic=?"  # noqa: S608
            " ORDER BY time DESC, mid DESC LIMIT 1",
            (self._conf, topic),
        ).fetchone()
        started, starter, subject, lang, posts = first
        title = state.title or threads.shown_subject(subject)
        labels = sorted(state.labels, key=str.casefold)
        told = topicmarks.encode(_marks(state, topic, found))
        self._db.execute(
            "INSERT INTO topic VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._conf,
                topic,
                title,
                posts,
                started,
                starter,
                *last,
                lang,
                state.closed,
                state.pinned,
                json.dumps(labels, ensure_ascii=False) if labels else "",
                told,
            ),
        )
        self._db.executemany(
            "INSERT INTO label VALUES (?, ?, ?, ?, ?)",
            (
                (self._conf, label, started, topic, name)
                for label, name in {label_of(name): name for name in reversed(labels)}.items()
            ),
        )

    def _mark_posts(self, topic: str, state: TopicState, *, away: bool) -> None:
        """Writes into a topic's posts what moderators said of them."""
        rows = self._db.execute(
            "SELECT mid, time, hidden, lang, said FROM post WHERE conf=? AND topic=?",
            (self._conf, topic),
        ).fetchall()
        changed = []
        for mid, time, hidden, lang, said in rows:
            seen = AWAY if away else int(mid in state.hidden)
            spoken = state.langs.get(mid, said)
            if (hidden == AWAY) != away:
                self._note(time, -1 if away else 1)
            if (seen, spoken) != (hidden, lang):
                self._touched.month(time)
                changed.append((seen, spoken, self._conf, mid))
        self._db.executemany("UPDATE post SET hidden=?, lang=? WHERE conf=? AND mid=?", changed)

    def note_lists(
        self,
        topic: str,
        before: Heading | None,
        after: Heading | None,
        members: Sequence[threads.Node],
        fresh: set[PostId],
    ) -> None:
        """Touches the lists whose lines about this topic read otherwise now: the numbered page when
        its heading is new, the months of its posts when their links or titles are."""
        if before == after:
            older = [node.time for node in members if node.mid not in fresh]
            newer = [node.time for node in members if node.mid in fresh]
            if min(newer, default=0) > max(older, default=0):
                return  # it came last, so all others stand where they stood
        else:
            self._touched.starts |= {(h[0], topic) for h in (before, after) if h is not None}
            for heading in (before, after):
                names = json.loads(heading[3]) if heading and heading[3] else ()
                self._touched.labels |= set(map(label_of, names))
        for node in members:
            self._touched.month(node.time)


def label_of(name: str) -> str:
    """A label, folded: capitals make no other one, nor does a hyphen in place of a space, since
    both would have one address."""
    return one(name.casefold())


def _marks(state: TopicState, topic: str, found: grouping.Grouping) -> TopicMarks:
    """What the pages of a topic say beside its heading and its posts."""
    return TopicMarks(
        closed_at=int(state.closed_at.timestamp()) if state.closed_at else None,
        close_reason=state.close_reason,
        summaries=tuple((one.post, one.covers) for one in reversed(state.summaries)),
        answer=state.answer or "",
        translations=tuple(
            (one.post, one.of, one.lang, int(one.at.timestamp()))
            for one in sorted(state.translations.values(), key=lambda one: (one.at, one.post))
        ),
        others=tuple(sorted(state.aliases)),
        joined=tuple(found.joined.get(TopicId(topic), ())),
        parted=tuple(found.parted.get(TopicId(topic), ())),
        origin=next((one for one, parts in found.parted.items() if topic in parts), ""),
    )
