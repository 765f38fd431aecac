"""Topic events in the derived state: kept as they come, folded when a topic's row is written.

Part of the index (index.py). A conference in which nobody ever moderated costs one question a
build. Events about a post are found by the post, wherever they lie; those about a topic by the
stored thread in whose folder they lie, which `grouping` says belongs to which topic.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.post import event as topic_events
from solicomm_build.post.event import TopicEvent
from solicomm_build.post.topicstate import (
    BINDING,
    Bonds,
    May,
    TopicState,
    bonds,
    everybody,
    fold,
    leaves,
)

_EVENT = "e.type, e.at, e.by, e.data, e.eid, e.came"
_BINDING = tuple(sorted(BINDING))
_MARKS = ", ".join("?" * len(_BINDING))


class EventRows:
    """The events of one conference. `may` says who was allowed what."""

    def __init__(self, db: sqlite3.Connection, conference: str, may: May = everybody) -> None:
        self._db, self._conf, self._may = db, conference, may
        row = db.execute("SELECT 1 FROM event WHERE conf=? LIMIT 1", (conference,)).fetchone()
        self.exist = row is not None
        self.bonds = self._noted() if self.exist else Bonds()

    def keep(self, tid: str, path: str, data: bytes | None, came: datetime) -> set[str]:
        """Takes an event file in, or (with None) out; what cannot be read says nothing. Returns
        the posts and stored threads it is about."""
        where = (self._conf, path)
        old = self._db.execute("SELECT subject FROM event WHERE conf=? AND path=?", where)
        about = {tid, *(subject for (subject,) in old)}
        self._db.execute("DELETE FROM event WHERE conf=? AND path=?", where)
        place = topic_events.parse_path(path)
        if data is not None and place is not None:
            with contextlib.suppress(SoliCommError):
                event = topic_events.decode(data, eid=place[1], file=path, came=came)
                self._put(tid, path, event)
                about.add(event.subject)
        return about - {""}

    def _put(self, tid: str, path: str, event: TopicEvent) -> None:
        came = int((event.came or event.at).timestamp())
        data = json.dumps(dict(event.data), ensure_ascii=False)
        self._db.execute(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._conf,
                path,
                tid,
                event.type,
                event.subject,
                int(event.at.timestamp()),
                came,
                event.eid,
                event.by,
                data,
            ),
        )
        self.exist = True

    def rebind(self) -> set[str]:
        """Reads anew which stored threads are one topic; returns those, and the posts, of which
        something else is true now."""
        if not self.exist:
            return set()
        rows = self._db.execute(
            f"SELECT e.tid, {_EVENT} FROM event e WHERE e.conf=? AND e.type IN ({_MARKS})",  # noqa: S608
            (self._conf, *_BINDING),
        )
        old = self.bonds
        self.bonds = new = bonds(((TopicId(row[0]), _event(row[1:])) for row in rows), self._may)
        moved = dict(old.merged.items() ^ new.merged.items())
        if old == new:
            return set()
        self._db.execute("DELETE FROM bond WHERE conf=?", (self._conf,))
        self._db.executemany(
            "INSERT INTO bond VALUES (?, ?, ?)",
            [(self._conf, tid, into) for tid, into in new.merged.items()]
            + [(self._conf, mid, "") for mid in new.splits],
        )
        into = {found[tid] for tid in moved for found in (old.merged, new.merged) if tid in found}
        return {*moved, *into, *(old.splits ^ new.splits)}

    def _noted(self) -> Bonds:
        rows = self._db.execute(
            "SELECT id, target FROM bond WHERE conf=?", (self._conf,)
        ).fetchall()
        merged = {TopicId(one): TopicId(into) for one, into in rows if into}
        return Bonds(merged, frozenset(PostId(one) for one, into in rows if not into))

    def ends(self) -> dict[str, set[str]]:
        """All stored threads and posts that bonds name, with what each is merged with."""
        found: dict[str, set[str]] = {mid: set() for mid in self.bonds.splits}
        for one, into in self.bonds.merged.items():
            found.setdefault(one, set()).add(into)
            found.setdefault(into, set()).add(one)
        return found

    def state(self, topic: str, owned: Iterable[str]) -> TopicState:
        """A topic after its events; `owned` are the stored threads whose events are about it."""
        return fold(self._of(topic, owned), self._may)

    def _of(self, topic: str, owned: Iterable[str]) -> Iterator[TopicEvent]:
        if not self.exist:
            return
        rows = self._db.execute(
            f"SELECT {_EVENT} FROM json_each(?) j CROSS JOIN event e ON e.conf=? AND e.tid=j.value"  # noqa: S608
            f" WHERE e.subject='' OR e.type IN ({_MARKS})",
            (json.dumps(sorted(owned)), self._conf, *_BINDING),
        )
        yield from map(_event, rows)
        rows = self._db.execute(
            f"SELECT {_EVENT} FROM post p CROSS JOIN event e ON e.conf=p.conf AND e.subject=p.mid"  # noqa: S608
            f" WHERE p.conf=? AND p.topic=? AND e.type NOT IN ({_MARKS})",
            (self._conf, topic, *_BINDING),
        )
        yield from map(_event, rows)

    def gone(self, is_here: Callable[[str], bool]) -> dict[str, int]:
        """The stored threads that are read in another conference, and since when, in seconds."""
        if not self.exist:
            return {}
        rows = self._db.execute(
            f"SELECT e.tid, {_EVENT} FROM event e WHERE e.conf=? AND e.type='move'",  # noqa: S608
            (self._conf,),
        )
        left = leaves(((TopicId(row[0]), _event(row[1:])) for row in rows), is_here, self._may)
        return {tid: int(one.since.timestamp()) for tid, one in left.items()}

    def divided(self, mids: Iterable[PostId]) -> set[str]:
        """Those of some posts at which a topic was ever split: their addresses lead to topics, also
        when the post comes after what was said of it, or goes."""
        if not self.exist:
            return set()
        rows = self._db.execute(
            "SELECT DISTINCT e.subject FROM json_each(?) j"
            " CROSS JOIN event e ON e.conf=? AND e.subject=j.value"
            " WHERE e.type IN ('split', 'unsplit')",
            (json.dumps(sorted(mids)), self._conf),
        )
        return {mid for (mid,) in rows}

    def subjects(self) -> set[str]:
        """Every post and stored thread that any event is about."""
        rows = self._db.execute("SELECT tid, subject FROM event WHERE conf=?", (self._conf,))
        return {name for row in rows for name in row if name}


def _event(row: tuple[str, int, str, str, str, int]) -> TopicEvent:
    kind, at, by, data, eid, came = row
    values = {
        key: value if isinstance(value, str) else tuple(value)
        for key, value in json.loads(data).items()
    }
    moments = (datetime.fromtimestamp(at, UTC), datetime.fromtimestamp(came, UTC))
    return TopicEvent(kind, moments[0], by, values, eid, moments[1])
