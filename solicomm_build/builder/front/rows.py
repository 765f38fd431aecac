"""What the front page asks the derived state of one conference: bounded by what a page shows."""

from __future__ import annotations

import sqlite3

from solicomm_build.builder.conferences.lookup import Lookup

FAR = 1 << 60
"""Later than any post, in seconds."""

Line = tuple[str, str, str, int, str]
"""(topic, mid, blob, time, name)"""


class TalkRows:
    """The rows of one conference, of posts before `cut` if there is one, in seconds."""

    def __init__(self, db: sqlite3.Connection, conference: str, cut: int | None) -> None:
        self._db, self._conf, self._cut = db, conference, cut
        self._end = FAR if cut is None else cut
        self.lookup = Lookup(db, conference)

    def totals(self) -> tuple[int, int]:
        """Topics and posts."""
        topics, posts = self.lookup.totals()
        if self._cut is None:
            return topics, posts
        late = self._count("post WHERE conf=? AND time>=? AND hidden<2", self._cut)
        begun = self._count("topic WHERE conf=? AND started>=?", self._cut)
        return topics - begun, posts - late

    def talked(self, limit: int) -> list[Line]:
        """The newest post of each topic that is not hidden, newest first."""
        found: dict[str, tuple[str, str, int, str]] = {}
        for most in (limit * 5, limit * 100):
            rows = self._db.execute(
                "SELECT topic, mid, blob, time, name FROM post"
                " WHERE conf=? AND time<? AND hidden=0 ORDER BY time DESC, mid DESC LIMIT ?",
                (self._conf, self._end, most),
            ).fetchall()
            for topic, mid, blob, time, name in rows:
                found.setdefault(topic, (mid, blob, time, name))
            if len(found) >= limit or len(rows) < most:
                break
        first = [*found.items()][:limit]
        return [(tid, *post) for tid, post in first]

    def unanswered(self, since: int, limit: int) -> list[Line]:
        """The same of topics that began from `since` on, are open, and have one post."""
        rows: list[Line] = self._db.execute(
            "SELECT t.tid, p.mid, p.blob, p.time, p.name FROM topic t"
            " JOIN post p ON p.conf=t.conf AND p.topic=t.tid AND p.time=t.started"
            " WHERE t.conf=? AND t.started>=? AND t.started<? AND NOT t.closed AND p.hidden=0"
            " AND (SELECT COUNT(*) FROM post q WHERE q.conf=t.conf AND q.topic=t.tid AND q.time<?)"
            " =1 ORDER BY t.started DESC, t.tid DESC LIMIT ?",
            (self._conf, since, self._end, self._end, limit),
        ).fetchall()
        return rows

    def length(self, topic: str) -> int:
        """How many posts a topic has."""
        row = self._db.execute(
            "SELECT COUNT(*) FROM post WHERE conf=? AND topic=? AND time<? AND hidden<2",
            (self._conf, topic, self._end),
        ).fetchone()
        return int(row[0])

    def _count(self, where: str, value: int) -> int:
        row = self._db.execute(f"SELECT COUNT(*) FROM {where}", (self._conf, value)).fetchone()  # noqa: S608 - two constants
        return int(row[0])
