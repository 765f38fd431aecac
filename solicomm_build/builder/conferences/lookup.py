"""What the pages ask the derived state: read-only queries, each bounded by what one page shows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from solicomm_build.builder.conferences.touched import month_bounds
from solicomm_build.post import topicmarks
from solicomm_build.post.pages import PostLine, TopicFacts
from solicomm_build.post.reading import topicpages
from solicomm_build.post.topicmarks import TopicMarks

TOPICS_A_PAGE = 50
POSTS_A_PAGE = 100
"""Posts that a page of a month lists."""
_TOPIC = (
    "tid, title, posts, started, starter, last, last_name, last_mid, lang, closed, pinned, labels"
)
_POST = "mid, blob, time, subject, name, lang, parents, fallback, hidden, receipt, tid, weight, hub"


class PostRow(NamedTuple):
    """A post of a topic before its text is read; `time` and `receipt` in seconds, `parents` nearest
    first; `tid` is where it is stored, `weight` what it takes on a page, `hub` where it was
    written, empty for here. A named tuple because every page makes some of each post."""

    mid: str
    blob: str
    time: int
    subject: str
    name: str
    lang: str
    parents: tuple[str, ...]
    fallback: str | None
    hidden: bool = False
    receipt: int = 0
    tid: str = ""
    weight: int = 0
    hub: str = ""


class Lookup:
    """The rows of one conference."""

    def __init__(self, db: sqlite3.Connection, conference: str) -> None:
        self._db = db
        self._conf = conference

    def totals(self) -> tuple[int, int]:
        """Topics and posts."""
        row = self._db.execute(
            "SELECT topics, posts FROM total WHERE conf=?", (self._conf,)
        ).fetchone()
        return (row[0], row[1]) if row else (0, 0)

    def topic(self, tid: str) -> TopicFacts | None:
        """The topic whose address is `tid`."""
        row = self._db.execute(
            f"SELECT {_TOPIC} FROM topic WHERE conf=? AND tid=?",  # noqa: S608 - a constant
            (self._conf, tid),
        ).fetchone()
        return _topic(row) if row else None

    def leads_to(self, tid: str) -> str | None:
        """The address of the topic that holds the stored thread `tid`, or the post that once began
        a topic at this address."""
        row = (
            self._db.execute(
                "SELECT topic FROM post WHERE conf=? AND tid=? ORDER BY time, mid LIMIT 1",
                (self._conf, tid),
            ).fetchone()
            or self._db.execute(
                "SELECT topic FROM post WHERE conf=? AND mid=? AND EXISTS (SELECT 1 FROM event e"
                " WHERE e.conf=post.conf AND e.subject=post.mid AND e.type IN ('split', "
                "'unsplit'))",
                (self._conf, tid),
            ).fetchone()
        )
        return row[0] if row else None

    def marks(self, tid: str) -> TopicMarks:
        """What moderators say on the pages of a topic."""
        row = self._db.execute(
            "SELECT told FROM topic WHERE conf=? AND tid=?", (self._conf, tid)
        ).fetchone()
        return topicmarks.decode(row[0]) if row else topicmarks.NONE

    def moved_to(self, topic: str) -> str | None:
        """The conference in which the topic of this address is read now, if in another one."""
        row = self._db.execute(
            "SELECT target FROM moved WHERE conf=? AND tid=?", (self._conf, topic)
        ).fetchone()
        return row[0] if row else None

    def moved(self) -> list[tuple[str, str]]:
        """(stored thread, conference) of all topics that are read elsewhere."""
        return self._db.execute(
            "SELECT DISTINCT p.tid, m.target FROM moved m JOIN post p"
            " ON p.conf=m.conf AND p.topic=m.tid WHERE m.conf=? ORDER BY 1",
            (self._conf,),
        ).fetchall()

    def labels(self) -> list[tuple[str, str, int]]:
        """(folded label, label as it is written, topics), in the order of the folded ones."""
        return self._db.execute(
            "SELECT label, MIN(name), COUNT(*) FROM label WHERE conf=? GROUP BY label ORDER BY 1",
            (self._conf,),
        ).fetchall()

    def posts_by_label(self) -> dict[str, int]:
        """How many posts the topics of each (folded) label have together, in one query."""
        rows = self._db.execute(
            "SELECT l.label, SUM(t.posts) FROM label l JOIN topic t"
            " ON t.conf=l.conf AND t.tid=l.tid WHERE l.conf=? GROUP BY l.label",
            (self._conf,),
        )
        return dict(rows.fetchall())

    def has_labels(self) -> bool:
        """Whether any topic has one."""
        found = self._db.execute("SELECT 1 FROM label WHERE conf=? LIMIT 1", (self._conf,))
        return found.fetchone() is not None

    def label_name(self, label: str) -> str:
        """A (folded) label as it is written."""
        row = self._db.execute(
            "SELECT MIN(name) FROM label WHERE conf=? AND label=?", (self._conf, label)
        ).fetchone()
        return row[0] or label

    def count_labelled(self, label: str) -> int:
        """How many topics have a (folded) label."""
        row = self._db.execute(
            "SELECT COUNT(*) FROM label WHERE conf=? AND label=?", (self._conf, label)
        ).fetchone()
        return int(row[0])

    def labelled(self, label: str, first: int, count: int) -> list[TopicFacts]:
        """`count` topics with a (folded) label from number `first` (from 0) on, in the order they
        started."""
        columns = ", ".join(f"t.{name.strip()}" for name in _TOPIC.split(","))
        rows = self._db.execute(
            f"SELECT {columns} FROM label l JOIN topic t ON t.conf=l.conf AND t.tid=l.tid"  # noqa: S608
            " WHERE l.conf=? AND l.label=? ORDER BY l.started, l.tid LIMIT ? OFFSET ?",
            (self._conf, label, count, first),
        )
        return [_topic(row) for row in rows]

    def pinned_topics(self, limit: int) -> list[TopicFacts]:
        """The topics that moderators keep at the top, those with the newest posts first."""
        rows = self._db.execute(
            f"SELECT {_TOPIC} FROM topic INDEXED BY topic_pinned"  # noqa: S608 - a constant
            " WHERE conf=? AND pinned ORDER BY last DESC, tid DESC LIMIT ?",
            (self._conf, limit),
        )
        return [_topic(row) for row in rows]

    def stored_threads(self, topic: str) -> list[str]:
        """Every `tid` in a topic."""
        rows = self._db.execute(
            "SELECT DISTINCT tid FROM post WHERE conf=? AND topic=? ORDER BY tid",
            (self._conf, topic),
        )
        return [tid for (tid,) in rows]

    def addresses(self) -> list[str]:
        """Every tid that is, or ever was, the address of a topic."""
        rows = self._db.execute(
            "SELECT tid FROM post WHERE conf=? UNION SELECT topic FROM post WHERE conf=?"
            " UNION SELECT subject FROM event WHERE conf=? AND type IN ('split', 'unsplit')"
            " ORDER BY 1",
            (self._conf,) * 3,
        )
        return [tid for (tid,) in rows]

    def posts(self, topic: str) -> list[PostRow]:
        """A topic's posts in the order they are read."""
        rows = self._db.execute(
            f"SELECT {_POST} FROM post WHERE conf=? AND topic=? ORDER BY time, mid",  # noqa: S608
            (self._conf, topic),
        )
        return [_post(row) for row in rows]

    def brought(self) -> list[str]:
        """The topics with posts that were written at other hubs."""
        rows = self._db.execute(
            "SELECT DISTINCT topic FROM post INDEXED BY post_hub"
            " WHERE conf=? AND hub<>'' ORDER BY 1",
            (self._conf,),
        )
        return [topic for (topic,) in rows]

    def is_brought(self) -> bool:
        """Whether there are any."""
        found = self._db.execute(
            "SELECT 1 FROM post INDEXED BY post_hub WHERE conf=? AND hub<>'' LIMIT 1",
            (self._conf,),
        )
        return found.fetchone() is not None

    def attachments(self, topic: str) -> list[str]:
        """SHA-256 of every file that a topic's posts name, sorted."""
        rows = self._db.execute(
            "SELECT DISTINCT a.sha256 FROM post p JOIN attachment a"
            " ON a.conf=p.conf AND a.mid=p.mid WHERE p.conf=? AND p.topic=? ORDER BY 1",
            (self._conf, topic),
        )
        return [sha256 for (sha256,) in rows]

    def spoken(self, limit: int) -> list[tuple[str, str, str, int, str, str]]:
        """(topic, mid, blob, time, name, title) of the newest posts with a recording that are not
        hidden, the newest first."""
        return self._db.execute(
            "SELECT p.topic, p.mid, p.blob, p.time, p.name, t.title FROM sound s"
            " JOIN post p ON p.conf=s.conf AND p.mid=s.mid"
            " JOIN topic t ON t.conf=p.conf AND t.tid=p.topic"
            " WHERE s.conf=? AND p.hidden=0 ORDER BY s.time DESC, s.mid DESC LIMIT ?",
            (self._conf, limit),
        ).fetchall()

    def rank(self, started: int, tid: str) -> int:
        """How many topics started before this one; counted from the newer end."""
        total, _ = self.totals()
        newer = self._db.execute(
            "SELECT COUNT(*) FROM topic WHERE conf=? AND (started, tid) >= (?, ?)",
            (self._conf, started, tid),
        ).fetchone()[0]
        return total - int(newer)

    def topics_page(self, number: int) -> list[TopicFacts]:
        """The topics of page `number` (from 1), in the order they started."""
        total, _ = self.totals()
        low = (number - 1) * TOPICS_A_PAGE
        size = max(0, min(TOPICS_A_PAGE, total - low))
        rows = self._db.execute(
            f"SELECT {_TOPIC} FROM topic WHERE conf=? AND tid IN"  # noqa: S608 - a constant
            " (SELECT tid FROM topic WHERE conf=? ORDER BY started DESC, tid DESC LIMIT ? OFFSET ?)"
            " ORDER BY started DESC, tid DESC",  # who is passed over is not fetched
            (self._conf, self._conf, size, total - low - size),
        ).fetchall()
        return [_topic(row) for row in reversed(rows)]

    def active_topics(self, limit: int) -> list[TopicFacts]:
        """The topics with the newest posts, newest first."""
        rows = self._db.execute(
            f"SELECT {_TOPIC} FROM topic WHERE conf=?"  # noqa: S608 - a constant
            " ORDER BY last DESC, tid DESC LIMIT ?",
            (self._conf, limit),
        )
        return [_topic(row) for row in rows]

    def newest_topics(self, limit: int) -> list[TopicFacts]:
        """The topics begun last, newest first."""
        rows = self._db.execute(
            f"SELECT {_TOPIC} FROM topic WHERE conf=?"  # noqa: S608 - a constant
            " ORDER BY started DESC, tid DESC LIMIT ?",
            (self._conf, limit),
        )
        return [_topic(row) for row in rows]

    def months(self) -> list[tuple[str, int]]:
        """(month, posts), newest month first."""
        return self._db.execute(
            "SELECT month, posts FROM month WHERE conf=? ORDER BY month DESC", (self._conf,)
        ).fetchall()

    def month_rank(self, month: str, time: int) -> int:
        """How many posts of the month are older than `time`, counted from the newer end."""
        _, high = month_bounds(month)
        row = self._db.execute(
            "SELECT posts FROM month WHERE conf=? AND month=?", (self._conf, month)
        ).fetchone()
        newer = self._db.execute(
            "SELECT COUNT(*) FROM post WHERE conf=? AND time>=? AND time<? AND hidden<2",
            (self._conf, time, high),
        ).fetchone()[0]
        return (row[0] if row else 0) - int(newer)

    def month_page(self, month: str, number: int, end: int | None = None) -> list[PostLine]:
        """The posts of page `number` (from 1) of a month, oldest first; those before `end` only."""
        low, high = month_bounds(month)
        high = high if end is None else min(high, end)
        rows = self._db.execute(
            "SELECT p.topic, p.mid, t.title, CASE p.hidden WHEN 1 THEN '' ELSE p.name END,"
            " p.time, p.lang FROM post p"
            " JOIN topic t ON t.conf=p.conf AND t.tid=p.topic"
            " WHERE p.conf=? AND p.mid IN (SELECT mid FROM post WHERE conf=? AND time>=? AND time<?"
            " ORDER BY time, mid LIMIT ? OFFSET ?) ORDER BY p.time, p.mid",
            (self._conf, self._conf, low, high, POSTS_A_PAGE, (number - 1) * POSTS_A_PAGE),
        )
        return [
            PostLine(f"{topic}#{mid}", title, name, moment(time), lang)
            for topic, mid, title, name, time, lang in rows
        ]

    def month_posts(self, month: str) -> list[tuple[str, str, str, int]]:
        """(topic, mid, blob, time) of a month's posts that are not hidden, oldest first."""
        return self._db.execute(
            "SELECT topic, mid, blob, time FROM post"
            " WHERE conf=? AND time>=? AND time<? AND hidden=0 ORDER BY time, mid",
            (self._conf, *month_bounds(month)),
        ).fetchall()

    def posts_between(self, low: int, high: int) -> list[tuple[str, str, int, str]]:
        """(topic, mid, time, name) of the posts from `low` until before `high`, oldest first, but
        hidden ones."""
        return self._db.execute(
            "SELECT topic, mid, time, name FROM post"
            " WHERE conf=? AND time>=? AND time<? AND hidden=0 ORDER BY time, mid",
            (self._conf, low, high),
        ).fetchall()

    def neighbour(self, at: int, *, later: bool = False) -> int | None:
        """When the last post before `at` came, or the first from then on; hidden ones left out."""
        order = ("time>=?", "ASC") if later else ("time<?", "DESC")
        row = self._db.execute(
            f"SELECT time FROM post WHERE conf=? AND {order[0]} AND hidden=0"  # noqa: S608
            f" ORDER BY time {order[1]}, mid {order[1]} LIMIT 1",
            (self._conf, at),
        ).fetchone()
        return row[0] if row else None

    def days(self, first: date = date.min) -> list[date]:
        """The days from `first` on that have posts that are not hidden, in their order. Reads all
        posts since."""
        low = (first - date(1970, 1, 1)).days * 86_400
        rows = self._db.execute(
            "SELECT DISTINCT time / 86400 FROM post WHERE conf=? AND time>=? AND hidden=0",
            (self._conf, low),
        )
        return sorted(moment(day * 86_400).date() for (day,) in rows)

    def lengths(self, low: int, high: int) -> list[tuple[str, int, int, str]]:
        """(tid, posts, last, title) of the topics with posts from `low` until before `high`, as
        long as they were at `high`."""
        return self._db.execute(
            "SELECT t.tid, (SELECT COUNT(*) FROM post q WHERE q.conf=t.conf AND q.topic=t.tid"
            " AND q.time<?), MAX(p.time), t.title FROM post p"
            " JOIN topic t ON t.conf=p.conf AND t.tid=p.topic"
            " WHERE p.conf=? AND p.time>=? AND p.time<? GROUP BY t.tid ORDER BY t.tid",
            (high, self._conf, low, high),
        ).fetchall()

    def newest_posts(self, limit: int) -> list[tuple[str, PostRow]]:
        """(topic, post) of the newest posts, newest first."""
        rows = self._db.execute(
            f"SELECT topic, {_POST} FROM post"  # noqa: S608 - a constant
            " WHERE conf=? AND hidden=0 ORDER BY time DESC, mid DESC LIMIT ?",
            (self._conf, limit),
        )
        return [(row[0], _post(row[1:])) for row in rows]

    def pages(self, topic: str) -> dict[str, int]:
        """The page of its topic, from 1, that each of its posts stands on."""
        rows = self._db.execute(
            "SELECT mid, weight FROM post WHERE conf=? AND topic=? ORDER BY time, mid",
            (self._conf, topic),
        ).fetchall()
        begins = topicpages.breaks(weight for _, weight in rows)
        return {mid: topicpages.page_at(begins, at) for at, (mid, _) in enumerate(rows)}


def moment(seconds: int) -> datetime:
    """Seconds since 1970 as an aware datetime in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def _post(row: Sequence[Any]) -> PostRow:
    mid, blob, time, subject, name, lang, parents, fallback, hidden, *more = row
    named = tuple(json.loads(parents))
    shown = "" if hidden else name
    return PostRow(mid, blob, time, subject, shown, lang, named, fallback, bool(hidden), *more)


def _topic(row: Sequence[Any]) -> TopicFacts:
    tid, title, posts, started, starter, last, last_name, last_mid, lang, *more = row
    closed, pinned, labels = more
    return TopicFacts(
        tid,
        title,
        posts,
        moment(started),
        starter,
        moment(last),
        last_name,
        last_mid,
        lang,
        closed=bool(closed),
        pinned=bool(pinned),
        labels=tuple(json.loads(labels)) if labels else (),
    )
