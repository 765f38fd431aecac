"""Applies new commits of a conference to the derived state and says which topics they touch.

The rows are a function of the repository's history: a post's receipt is the committer date of the
first commit that added it, everything else follows from the posts. Applying a history in one go or
commit by commit gives the same rows, which is what the byte-for-byte promise rests on.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from solicomm_build.errors import SoliCommError
from solicomm_build.model import event as topic_events
from solicomm_build.model.post import effective_time
from solicomm_build.model.topicstate import TopicState, fold
from solicomm_build.pipeline import grouping, threads
from solicomm_build.types import PostId, TopicId

_NAME = "CASE hidden WHEN 1 THEN '' ELSE name END"
"""A hidden post does not say who wrote it."""

PAGE_POSTS = 100
"""Posts a topic's page shows; a longer topic has several."""


@dataclass(frozen=True, slots=True)
class IndexedPost:
    """What the index keeps of a post. `date` is what the author's clock said (None when unusable),
    `receipt` when this hub got it, both UTC; `parents` are the mids it answers, nearest
    first."""

    mid: PostId
    tid: TopicId
    blob: str
    receipt: datetime
    date: datetime | None
    subject: str
    name: str
    lang: str
    parents: tuple[str, ...]
    files: tuple[str, ...] = ()  # SHA-256 of its attachments

    @property
    def mentions(self) -> tuple[int, ...]:
        """The Message-IDs it names as numbers, its own and its stored thread's included."""
        return tuple({threads.mention(mid) for mid in (self.mid, self.tid, *self.parents)})

    @property
    def seeks(self) -> bool:
        """Whether it looks for its topic by subject: a "Re:" that names nobody."""
        return not self.parents and str(self.tid) == self.mid and threads.is_reply(self.subject)


@dataclass(slots=True)
class Touched:
    """What a set of commits changed, in the words of the page planner.

    `tids` are stored threads whose address may show something else now, `starts` the (time, tid) at
    which topics begin or no longer begin, `months` the earliest time from which a month's list
    moved.
    """

    tids: set[str] = field(default_factory=set)
    starts: set[tuple[int, str]] = field(default_factory=set)
    months: dict[str, int] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)

    def month(self, time: int) -> None:
        """Notes that the list of a month changed from `time` on."""
        name = month_of(time)
        self.months[name] = min(time, self.months.get(name, time))

    def as_dict(self) -> dict[str, Any]:
        """For the state's `pending` note."""
        return {
            "tids": self.tids, "starts": self.starts, "months": self.months, "paths": self.paths,
        }  # fmt: skip

    @classmethod
    def of_dict(cls, noted: Mapping[str, Any]) -> Touched:
        """What `as_dict` gave, after JSON."""
        starts = {(int(time), str(tid)) for time, tid in noted["starts"]}
        return cls(set(noted["tids"]), starts, dict(noted["months"]), set(noted["paths"]))


def month_of(time: int) -> str:
    """`2026-11` of a moment, in UTC."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m")


class ConferenceIndex:
    """Writer of one conference's rows. All calls belong into one transaction of the caller."""

    def __init__(self, db: sqlite3.Connection, conference: str) -> None:
        self._db = db
        self._conf = conference
        self._moved_posts: Counter[str] = Counter()
        self._moved_topics = 0
        total = db.execute("SELECT posts FROM total WHERE conf=?", (conference,)).fetchone()
        self._started_empty = total is None
        self.touched = Touched()

    def apply(self, changes: Iterable[IndexedPost | PostId]) -> Touched:
        """Takes posts in, and out (a bare mid), in this order; safe to call again with the same.

        A known mid is replaced by the new version and keeps its receipt.
        """
        subjects: set[str] = set()
        affected: set[str] = set()  # topics to be grouped anew
        fresh: dict[PostId, IndexedPost] = {}
        for change in changes:
            if isinstance(change, IndexedPost):
                self._put_in(change, subjects, affected)
                fresh[change.mid] = change
            else:
                self._take_out(change, subjects, affected)
                fresh.pop(change, None)
        affected |= self._topics_naming({n for post in fresh.values() for n in post.mentions})
        moved = self._follow_subjects(subjects, affected)
        self._regroup(affected, set(fresh) | moved)
        self._count()
        return self.touched

    def event(self, tid: str, path: str, data: bytes | None) -> None:
        """Keeps (or, with None, drops) an event file of a stored thread; folds its topic anew."""
        if data is None:
            self._db.execute(
                "DELETE FROM event WHERE conf=? AND tid=? AND path=?", (self._conf, tid, path)
            )
        else:
            self._db.execute(
                "INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?)", (self._conf, tid, path, data)
            )
        row = self._db.execute(
            "SELECT topic FROM post WHERE conf=? AND tid=? LIMIT 1", (self._conf, tid)
        ).fetchone()
        if row is not None:
            self._restate(row[0])
        self.touched.tids.add(tid)

    def _restate(self, topic: str) -> None:
        """Writes a topic's row again; its lists follow when its heading is another."""
        before = self._heading(topic)
        self._db.execute("DELETE FROM topic WHERE conf=? AND tid=?", (self._conf, topic))
        self._write_topic(topic)
        members = list(self._nodes({topic}, set()).values())
        self._note_lists(topic, before, members, set())
        self.touched.tids |= {topic, *(node.tid for node in members)}

    def file(self, sha256: str) -> None:
        """Touches the topics whose posts name a file of attachments that has come."""
        self.touched.tids |= {
            topic
            for (topic,) in self._db.execute(
                "SELECT DISTINCT p.topic FROM attachment a JOIN post p"
                " ON p.conf=a.conf AND p.mid=a.mid WHERE a.conf=? AND a.sha256=?",
                (self._conf, sha256),
            )
        }

    def _take_out(self, mid: PostId, subjects: set[str], affected: set[str]) -> None:
        row = self._db.execute(
            "SELECT base, topic, time FROM post WHERE conf=? AND mid=?", (self._conf, mid)
        ).fetchone()
        if row is None:
            return
        base, topic, time = row
        subjects.add(base)
        affected.add(topic)
        self.touched.tids |= {
            tid
            for (tid,) in self._db.execute(
                "SELECT DISTINCT tid FROM post WHERE conf=? AND topic=?", (self._conf, topic)
            )
        }
        self._note(time, -1)
        self._db.execute("DELETE FROM post WHERE conf=? AND mid=?", (self._conf, mid))
        for table in ("mention", "attachment"):
            self._db.execute(
                f"DELETE FROM {table} WHERE conf=? AND mid=?",  # noqa: S608 - names above
                (self._conf, mid),
            )

    def _note(self, time: int, posts: int) -> None:
        self.touched.month(time)
        self._moved_posts[month_of(time)] += posts

    def _put_in(self, post: IndexedPost, subjects: set[str], affected: set[str]) -> None:
        known = self._db.execute(
            "SELECT receipt FROM post WHERE conf=? AND mid=?", (self._conf, post.mid)
        ).fetchone()
        if known is not None:
            self._take_out(post.mid, subjects, affected)
        receipt = datetime.fromtimestamp(known[0], UTC) if known else post.receipt
        time = int(effective_time(post.date, receipt).timestamp())
        base = threads.base_subject(post.subject)
        subjects.add(base)
        self._db.execute(
            "INSERT INTO post VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, '', 0)",
            (
                self._conf, post.mid, post.tid, post.blob, int(receipt.timestamp()), time,
                post.subject, base, post.seeks and bool(base), post.name, post.lang,
                json.dumps(post.parents),
            ),
        )  # fmt: skip
        self._db.executemany(
            "INSERT OR IGNORE INTO mention VALUES (?, ?, ?)",
            ((self._conf, number, post.mid) for number in post.mentions),
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO attachment VALUES (?, ?, ?)",
            ((self._conf, post.mid, sha256) for sha256 in post.files),
        )
        self._note(time, 1)

    def _topics_naming(self, numbers: Iterable[int]) -> set[str]:
        found: set[str] = set()
        if self._started_empty:
            numbers = ()
        for number in numbers:
            found.update(
                topic
                for (topic,) in self._db.execute(
                    "SELECT DISTINCT p.topic FROM mention m JOIN post p"
                    " ON p.conf=m.conf AND p.mid=m.mid WHERE m.conf=? AND m.number=?",
                    (self._conf, number),
                )
            )
        found.discard("")
        return found

    def _follow_subjects(self, subjects: set[str], affected: set[str]) -> set[PostId]:
        """Renews whom the seekers of these subjects follow; returns those that changed."""
        moved: set[PostId] = set()
        for base in subjects - {""}:
            rows = self._db.execute(
                "SELECT time, mid, seeks, fallback, topic FROM post WHERE conf=? AND base=?"
                " ORDER BY time, mid",
                (self._conf, base),
            ).fetchall()
            if not any(row[2] for row in rows):
                continue
            topics = {mid: topic for _, mid, _, _, topic in rows}
            before = {mid: fallback for _, mid, seeks, fallback, _ in rows if seeks}
            after = threads.follow_by_subject([(time, mid, bool(s)) for time, mid, s, _, _ in rows])
            for mid, target in after.items():
                if target == before[mid] and (target is None or topics[mid]):
                    continue
                self._db.execute(
                    "UPDATE post SET fallback=? WHERE conf=? AND mid=?", (target, self._conf, mid)
                )
                moved.add(mid)
                affected |= {topics[mid], topics.get(target or PostId(""), "")}
        affected.discard("")
        return moved

    def _nodes(self, topics: set[str], extra: set[PostId]) -> dict[str, threads.Node]:
        columns = "SELECT mid, tid, time, fallback, parents FROM post WHERE conf=?"
        rows = []
        for topic in topics:
            rows += self._db.execute(f"{columns} AND topic=?", (self._conf, topic)).fetchall()
        for mid in extra:
            rows += self._db.execute(f"{columns} AND mid=?", (self._conf, mid)).fetchall()
        return {
            mid: threads.Node(
                mid, tid, time, tuple(map(threads.number, named := tuple(json.loads(parents)))),
                fallback, named,
            )
            for mid, tid, time, fallback, parents in rows
        }  # fmt: skip

    def _regroup(self, affected: set[str], extra: set[PostId]) -> None:
        """Groups the posts of the affected topics (and the extra ones) and writes what changed."""
        nodes = self._nodes(affected, extra)
        topic_of = grouping.group(nodes.values()).topic
        current = set(topic_of.values())
        before = {topic: self._heading(topic) for topic in affected}
        self._db.executemany(
            "UPDATE post SET topic=? WHERE conf=? AND mid=? AND topic<>?",
            ((topic, self._conf, mid, topic) for mid, topic in topic_of.items()),
        )
        for topic in affected:
            self._db.execute("DELETE FROM topic WHERE conf=? AND tid=?", (self._conf, topic))
        for topic in current:
            self._write_topic(topic)
        self._moved_topics += len(current) - sum(h is not None for h in before.values())
        members: dict[str, list[threads.Node]] = defaultdict(list)
        for node in nodes.values():
            members[topic_of[node.mid]].append(node)
        for topic in affected | current:
            self._note_lists(topic, before.get(topic), members[topic], extra)
        self.touched.tids |= affected | current | {node.tid for node in nodes.values()}

    def _heading(self, topic: str) -> tuple[int, str, str] | None:
        """(start, title, starter) of a topic as it stands in the rows: what lists say of it."""
        row = self._db.execute(
            "SELECT started, title, starter FROM topic WHERE conf=? AND tid=?", (self._conf, topic)
        ).fetchone()
        return tuple(row) if row else None

    def _note_lists(
        self,
        topic: str,
        before: tuple[int, str, str] | None,
        members: Sequence[threads.Node],
        fresh: set[PostId],
    ) -> None:
        """Touches the lists whose lines about this topic read otherwise now: the numbered page when
        its heading is new, the months of its posts when their links or titles are."""
        after = self._heading(topic)
        if before == after:
            older = [node.time for node in members if node.mid not in fresh]
            newer = [node.time for node in members if node.mid in fresh]
            if len(members) <= PAGE_POSTS or min(newer, default=0) > max(older, default=0):
                return
        else:
            self.touched.starts |= {(h[0], topic) for h in (before, after) if h is not None}
        for node in members:
            self.touched.month(node.time)

    def _state(self, topic: str) -> TopicState:
        """The fold of the events of all stored threads in a topic."""
        rows = self._db.execute(
            "SELECT path, data FROM event WHERE conf=? AND tid IN"
            " (SELECT DISTINCT tid FROM post WHERE conf=? AND topic=?)",
            (self._conf, self._conf, topic),
        )
        events = []
        for path, data in rows:
            with contextlib.suppress(SoliCommError):
                place = topic_events.parse_path(path)
                events.append(topic_events.decode(data, eid=place[1] if place else "", file=path))
        return fold(events)

    def _write_topic(self, topic: str) -> None:
        state = self._state(topic)
        self._db.execute(
            "UPDATE post SET hidden = mid IN (SELECT value FROM json_each(?))"
            " WHERE conf=? AND topic=? AND hidden <> (mid IN (SELECT value FROM json_each(?)))",
            (json.dumps(list(state.hidden)), self._conf, topic, json.dumps(list(state.hidden))),
        )
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
        closed, pinned = state.closed_at is not None, state.pinned
        self._db.execute(
            "INSERT INTO topic VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._conf, topic, title, posts, started, starter, *last, lang, closed, pinned),
        )

    def _count(self) -> None:
        for month, posts in self._moved_posts.items():
            self._db.execute(
                "INSERT INTO month VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET posts = posts + excluded.posts",
                (self._conf, month, posts),
            )
        self._db.execute("DELETE FROM month WHERE conf=? AND posts=0", (self._conf,))
        self._db.execute(
            "INSERT INTO total VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            " SET topics = topics + excluded.topics, posts = posts + excluded.posts",
            (self._conf, self._moved_topics, self._moved_posts.total()),
        )
        self._moved_posts.clear()
        self._moved_topics = 0


def month_bounds(month: str) -> tuple[int, int]:
    """First second of a month (`2026-11`) and of the next, UTC."""
    year, number = int(month[:4]), int(month[5:7])
    low = datetime(year, number, 1, tzinfo=UTC)
    high = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return int(low.timestamp()), int(high.timestamp())
