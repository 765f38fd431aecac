"""Posts of a conference that lie in a second place: the first one counts, the others wait.

A `mid` is an anchor that others link to, so the words under it are those that came first by the
log. The gate and ingest let no second file of a mid in; a history from before may hold some. When
the first is taken away, the next in the order in which they came takes its place.
"""

from __future__ import annotations

import sqlite3

from solicomm_build.builder.conferences import indexedpost
from solicomm_build.builder.conferences.indexedpost import IndexedPost
from solicomm_build.foundation.types import PostId, TopicId


class Doubles:
    """The posts of one conference that wait. Within a transaction of the caller."""

    def __init__(self, db: sqlite3.Connection, conference: str) -> None:
        self._db, self._conf = db, conference

    def keep(self, post: IndexedPost) -> None:
        """Lets a post wait; one that waits already keeps its turn."""
        place, data = (self._conf, post.mid, post.tid), indexedpost.encode(post)
        self._db.execute(
            "INSERT INTO double SELECT ?, ?, ?, COALESCE(MAX(turn), 0) + 1, ? FROM double"
            " WHERE conf=? AND mid=? ON CONFLICT (conf, mid, tid) DO UPDATE SET data=excluded.data",
            (*place, data, self._conf, post.mid),
        )

    def waiting(self, mid: PostId, tid: TopicId) -> IndexedPost | None:
        """The post that lies there and waits."""
        return self._one("SELECT data FROM double WHERE conf=? AND mid=? AND tid=?", mid, tid)

    def drop(self, mid: PostId, tid: TopicId) -> None:
        """Forgets a post that waits, if it does."""
        self._db.execute(
            "DELETE FROM double WHERE conf=? AND mid=? AND tid=?", (self._conf, mid, tid)
        )

    def first(self, mid: PostId) -> IndexedPost | None:
        """The post whose turn is next."""
        wanted = "SELECT data FROM double WHERE conf=? AND mid=? ORDER BY turn LIMIT 1"
        return self._one(wanted, mid)

    def _one(self, query: str, *values: str) -> IndexedPost | None:
        row = self._db.execute(query, (self._conf, *values)).fetchone()
        return indexedpost.decode(row[0]) if row else None
