"""Applies new commits of a conference to the derived state and says which topics they touch.

The rows are a function of the repository's history: a post's receipt is the committer date of the
first commit that added it, everything else follows from the posts. Applying a history in one go or
commit by commit gives the same rows, which is what the byte-for-byte promise rests on.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeAlias

from solicomm_build.builder.conferences import grouping, threads
from solicomm_build.builder.conferences.doubles import Doubles
from solicomm_build.builder.conferences.eventrows import EventRows
from solicomm_build.builder.conferences.indexedpost import Gone, IndexedPost
from solicomm_build.builder.conferences.threads import number
from solicomm_build.builder.conferences.topicrows import AWAY, Heading, TopicRows
from solicomm_build.builder.conferences.touched import Touched, month_of
from solicomm_build.foundation.types import PostId
from solicomm_build.post.post import effective_time
from solicomm_build.post.topicstate import May, everybody

EventFile: TypeAlias = tuple[str, str, bytes | None, datetime]
"""The stored thread it lies in, its path, its content (None: it is gone), when it came."""


class ConferenceIndex:
    """Writer of one conference's rows. All calls belong into one transaction of the caller."""

    def __init__(
        self,
        db: sqlite3.Connection,
        conference: str,
        may: May = everybody,
        called: Callable[[str], str] = str,
    ) -> None:
        self._db = db
        self._conf, self._called = conference, called
        self._events = EventRows(db, conference, may)
        self._doubles = Doubles(db, conference)
        self._moved_posts: Counter[str] = Counter()
        self._moved_topics = 0
        self._topic_of: dict[PostId, str] = {}
        total = db.execute("SELECT posts FROM total WHERE conf=?", (conference,)).fetchone()
        self._started_empty = total is None
        self.touched = Touched()
        self._topics = TopicRows(db, conference, self._events, self.touched, self._note, called)

    def apply(
        self,
        changes: Iterable[IndexedPost | Gone],
        events: Iterable[EventFile] = (),
        *,
        refold: bool = False,
    ) -> Touched:
        """Takes posts in and out, in this order, then event files; safe to call again with the
        same. `refold` is whether all events are to be judged anew.

        A new version of a file takes the place of the old one and keeps its receipt and its hub. A
        file in another thread whose mid is known is not shown while the first is there
        (doubles.py).
        """
        subjects: set[str] = set()
        affected: set[str] = set()  # topics to be grouped anew
        fresh: dict[PostId, IndexedPost] = {}
        for change in changes:
            if isinstance(change, IndexedPost):
                shown = self._put_in(change, subjects, affected)
            else:
                shown = self._take_away(change, subjects, affected, fresh)
            if shown is not None:
                fresh[shown.mid] = shown
        about = self._take_events(events)
        if refold:
            about |= self._events.subjects()
        if about:
            subjects |= self._subjects_of(about)
            about |= self._events.rebind()
        self.touched.tids |= about | self._events.divided(fresh)
        numbers = {n for post in fresh.values() for n in post.mentions} | set(map(number, about))
        affected |= self._topics_naming(numbers)
        moved = self._follow_subjects(subjects, affected)
        self._regroup(affected, set(fresh) | moved)
        self._count()
        return self.touched

    def _take_events(self, files: Iterable[EventFile]) -> set[str]:
        """Returns the posts and stored threads that the events are about."""
        about: set[str] = set()
        for tid, path, data, came in files:
            about |= self._events.keep(tid, path, data, came)
        return about

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
            "SELECT base, topic, time, hidden FROM post WHERE conf=? AND mid=?", (self._conf, mid)
        ).fetchone()
        if row is None:
            return
        base, topic, time, hidden = row
        subjects.add(base)
        affected.add(topic)
        self.touched.tids |= {
            tid
            for (tid,) in self._db.execute(
                "SELECT DISTINCT tid FROM post WHERE conf=? AND topic=?", (self._conf, topic)
            )
        }
        self._note(time, 0 if hidden == AWAY else -1)
        self._db.execute("DELETE FROM post WHERE conf=? AND mid=?", (self._conf, mid))
        self._db.execute(
            "DELETE FROM sound WHERE conf=? AND time=? AND mid=?", (self._conf, time, mid)
        )
        for table in ("mention", "attachment", "cited", "answer"):
            self._db.execute(
                f"DELETE FROM {table} WHERE conf=? AND mid=?",  # noqa: S608 - names above
                (self._conf, mid),
            )

    def _note(self, time: int, posts: int) -> None:
        self.touched.month(time)
        self._moved_posts[month_of(time)] += posts

    def _take_away(
        self, gone: Gone, subjects: set[str], affected: set[str], fresh: dict[PostId, IndexedPost]
    ) -> IndexedPost | None:
        """Takes a file out; returns the post that is shown in its place from now on, if any."""
        known = self._db.execute(
            "SELECT tid FROM post WHERE conf=? AND mid=?", (self._conf, gone.mid)
        ).fetchone()
        if known is None or known[0] != gone.tid:
            self._doubles.drop(gone.mid, gone.tid)
            return None
        self._take_out(gone.mid, subjects, affected)
        fresh.pop(gone.mid, None)
        heir = self._doubles.first(gone.mid)
        if heir is None:
            return None
        self._doubles.drop(heir.mid, heir.tid)
        return self._put_in(heir, subjects, affected)

    def _put_in(
        self, post: IndexedPost, subjects: set[str], affected: set[str]
    ) -> IndexedPost | None:
        """Returns the post if it is shown; None when another of its mid came first."""
        known = self._db.execute(
            "SELECT receipt, tid, hub FROM post WHERE conf=? AND mid=?", (self._conf, post.mid)
        ).fetchone()
        if known is not None and known[1] != post.tid:
            earlier = self._doubles.waiting(post.mid, post.tid)
            since = earlier.receipt if earlier else post.receipt
            self._doubles.keep(post._replace(receipt=since))
            return None
        if known is not None:
            self._take_out(post.mid, subjects, affected)
        receipt = datetime.fromtimestamp(known[0], UTC) if known else post.receipt
        time = int(effective_time(post.date, receipt).timestamp())
        base = threads.base_subject(post.subject)
        subjects.add(base)
        self._db.execute(
            "INSERT INTO post VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, '', 0, ?, ?, ?)",
            (
                self._conf,
                post.mid,
                post.tid,
                post.blob,
                int(receipt.timestamp()),
                time,
                post.subject,
                base,
                post.seeks and bool(base),
                post.name,
                post.lang,
                json.dumps(post.parents),
                post.lang,
                post.weight,
                known[2] if known else post.hub,
            ),
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO mention VALUES (?, ?, ?)",
            ((self._conf, each, post.mid) for each in post.mentions),
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO attachment VALUES (?, ?, ?)",
            ((self._conf, post.mid, sha256) for sha256 in post.files),
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO cited VALUES (?, ?, ?, ?)",
            ((self._conf, post.mid, turn, one) for turn, one in enumerate(post.cites)),
        )
        if post.speaks:
            row = (self._conf, time, post.mid)
            self._db.execute("INSERT OR IGNORE INTO sound VALUES (?, ?, ?)", row)
        if post.answer:
            form = json.loads(post.answer)["form"].partition("@")[0]
            answer = (self._conf, post.mid, form, post.answer)
            self._db.execute("INSERT INTO answer VALUES (?, ?, ?, ?)", answer)
        self._note(time, 1)
        return post

    def _topics_naming(self, numbers: Iterable[int]) -> set[str]:
        found: set[str] = set()
        if self._started_empty:
            numbers = ()
        for each in numbers:
            found.update(
                topic
                for (topic,) in self._db.execute(
                    "SELECT DISTINCT p.topic FROM mention m JOIN post p"
                    " ON p.conf=m.conf AND p.mid=m.mid WHERE m.conf=? AND m.number=?",
                    (self._conf, each),
                )
            )
        found.discard("")
        return found

    def _follow_subjects(self, subjects: set[str], affected: set[str]) -> set[PostId]:
        """Renews whom the seekers of these subjects follow; returns those that changed."""
        moved: set[PostId] = set()
        gone: dict[str, int] | None = None
        for base in subjects - {""}:
            rows = self._db.execute(
                "SELECT time, mid, seeks, fallback, topic, tid, receipt FROM post"
                " WHERE conf=? AND base=? ORDER BY time, mid",
                (self._conf, base),
            ).fetchall()
            if not any(row[2] for row in rows):
                continue
            gone = self._events.gone(self._is_here) if gone is None else gone
            topics = {mid: topic for _, mid, _, _, topic, _, _ in rows}
            before = {mid: fallback for _, mid, seeks, fallback, *_ in rows if seeks}
            after = threads.follow_by_subject(
                [(time, mid, bool(seeks)) for time, mid, seeks, *_ in rows],
                {mid: gone[tid] for _, mid, *_, tid, _ in rows if tid in gone},
                {mid: receipt for _, mid, *_, receipt in rows},
            )
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

    def _is_here(self, name: str) -> bool:
        return self._called(name) == self._conf

    def _subjects_of(self, tids: Iterable[str]) -> set[str]:
        """What the posts of stored threads are about."""
        rows = self._db.execute(
            "SELECT DISTINCT base FROM post WHERE conf=?"
            " AND tid IN (SELECT value FROM json_each(?))",
            (self._conf, json.dumps(sorted(tids))),
        )
        return {base for (base,) in rows}

    def _nodes(self, topics: set[str], extra: set[PostId]) -> dict[PostId, threads.Node]:
        columns = "SELECT mid, tid, time, fallback, parents, topic FROM post WHERE conf=?"
        rows = []
        for topic in topics:
            rows += self._db.execute(f"{columns} AND topic=?", (self._conf, topic)).fetchall()
        for mid in extra:
            rows += self._db.execute(f"{columns} AND mid=?", (self._conf, mid)).fetchall()
        self._topic_of.update((row[0], row[5]) for row in rows)
        return {
            mid: threads.Node(
                mid,
                tid,
                time,
                tuple(map(number, named := tuple(json.loads(parents)))),
                fallback,
                named,
            )
            for mid, tid, time, fallback, parents, _ in rows
        }

    def _whole(self, affected: set[str], extra: set[PostId]) -> dict[PostId, threads.Node]:
        """The posts of the affected topics and the extra ones, with all that hangs together with
        them by what moderators said; `affected` grows accordingly."""
        nodes = self._nodes(affected, extra)
        ends = self._events.ends()
        while self._events.exist:
            near: set[str] = {
                name for node in nodes.values() for name in (node.mid, node.tid, *node.parents)
            } & ends.keys()
            reach, new = set(near), set(near)
            while new := {other for name in new for other in ends[name]} - reach:
                reach |= new
            more = self._topics_naming(set(map(number, reach)))
            for each in affected | more:
                more |= {
                    kin
                    for (kin,) in self._db.execute(
                        "SELECT b.topic FROM kin a JOIN kin b ON b.conf=a.conf AND"
                        " b.family=a.family WHERE a.conf=? AND a.topic=?",
                        (self._conf, each),
                    )
                }
            if more <= affected:
                break
            affected |= more
            nodes = self._nodes(affected, extra)
        return nodes

    def _regroup(self, affected: set[str], extra: set[PostId]) -> None:
        """Groups the posts of the affected topics (and the extra ones) and writes what changed."""
        nodes = self._whole(affected, extra)
        found = grouping.group(nodes.values(), self._events.bonds)
        current = set(found.topic.values())
        before = {topic: self._topics.heading(topic) for topic in affected}
        for mid, now in found.topic.items():
            if self._topic_of[mid] not in ("", now):  # lists link to it elsewhere now
                self.touched.month(nodes[mid].time)
        self._db.executemany(
            "UPDATE post SET topic=? WHERE conf=? AND mid=? AND topic<>?",
            ((now, self._conf, mid, now) for mid, now in found.topic.items()),
        )
        for topic in affected:
            for table in ("topic", "moved", "label") if self._events.exist else ("topic",):
                self._db.execute(
                    f"DELETE FROM {table} WHERE conf=? AND tid=?",  # noqa: S608 - names above
                    (self._conf, topic),
                )
        self._note_kin(affected, found)
        owned: dict[str, list[str]] = defaultdict(list)
        for tid, owner in found.owner.items():
            owned[owner].append(tid)
        for topic in current:
            self._topics.write(topic, owned[topic], found)
        after: dict[str, Heading | None] = {topic: self._topics.heading(topic) for topic in current}
        self._moved_topics += sum(h is not None for h in after.values())
        self._moved_topics -= sum(h is not None for h in before.values())
        members: dict[str, list[threads.Node]] = defaultdict(list)
        for node in nodes.values():
            members[found.topic[node.mid]].append(node)
        for topic in affected | current:
            self._topics.note_lists(
                topic, before.get(topic), after.get(topic), members[topic], extra
            )
        self.touched.tids |= affected | current | {node.tid for node in nodes.values()}

    def _note_kin(self, affected: set[str], found: grouping.Grouping) -> None:
        """Remembers which topics are to be grouped together: those that were one before a split."""
        if not self._events.exist:
            return
        self._db.executemany(
            "DELETE FROM kin WHERE conf=? AND topic=?", ((self._conf, topic) for topic in affected)
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO kin VALUES (?, ?, ?)",
            (
                (self._conf, topic, min(family))
                for family in found.families
                if len(family) > 1
                for topic in family
            ),
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
