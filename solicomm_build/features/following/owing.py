"""What is still to be mailed to those who follow, in `private/following.sqlite`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from solicomm_build.features.following.follows import ANSWER, QUIET, Due, Follows, Person, person_of


class Owing:
    """Posts that are due, and those that were mailed lately. As Follows."""

    def __init__(self, follows: Follows) -> None:
        self._follows = follows

    def owe(self, ones: Sequence[Due]) -> None:
        """Notes what is to be mailed, each post to a person once. All about one topic comes
        together, when the first of it is due."""
        with self._follows.change() as db:
            for one in ones:
                row = db.execute(
                    "SELECT min(at) FROM due WHERE person = ? AND conference = ? AND home = ?"
                    " AND what = ? AND sent IS NULL",
                    (one.person.id, one.conference, one.home, one.what),
                ).fetchone()
                at = one.at if row is None or row[0] is None else min(row[0], one.at)
                facts = (one.person.id, one.mid, one.what, one.conference, one.tid, one.home, at)
                db.execute(
                    "INSERT OR IGNORE INTO due (person, mid, what, conference, tid, home, at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    facts,
                )

    def receipt(self, one: Due) -> bool:
        """Notes a receipt, or the question, of which each person gets one a conference; whether it
        is the first."""
        with self._follows.change() as db:
            first = db.execute(
                "INSERT OR IGNORE INTO receipt VALUES (?, ?)", (one.person.id, one.conference)
            ).rowcount
            if first:
                self.owe([one])
            return bool(first)

    def due(self, now: datetime) -> list[Due]:
        """All that is to be mailed now, of each person and topic together, the oldest first. What
        would wait for longer than anything does was dated by a clock that was ahead."""
        return [
            Due(person_of(row[:5]), *row[5:])
            for row in self._follows.all(
                "SELECT p.id, p.who, p.address, p.lang, 0, d.mid, d.what, d.conference, d.tid,"
                " d.home, d.at, d.id FROM due d JOIN person p ON p.id = d.person"
                " WHERE d.sent IS NULL AND (d.at <= ? OR d.at > ?)"
                " ORDER BY d.at, d.person, d.id LIMIT 2000",
                now.timestamp(),
                (now + QUIET).timestamp(),
            )
        ]

    def sent(self, ones: Sequence[Due], now: datetime) -> None:
        """These need not be mailed any more: they were put on their way, or left out."""
        with self._follows.change() as db:
            db.executemany(
                "UPDATE due SET sent = ? WHERE person = ? AND mid = ? AND what = ?",
                [(now.timestamp(), one.person.id, one.mid, one.what) for one in ones],
            )
            moment = now.timestamp()
            topics = {
                (one.person.id, one.conference, tid)
                for one in ones
                if one.what == ANSWER
                for tid in self._follows.threads(one.conference, one.home)
            }
            db.executemany(
                "UPDATE follow SET times = CASE WHEN abs(? - told) > ? THEN 1 ELSE times + 1 END,"
                " told = ? WHERE person = ? AND conference = ? AND tid = ?",
                [(moment, QUIET.total_seconds(), moment, *topic) for topic in sorted(topics)],
            )

    def elsewhere(self, mid: str, conference: str) -> tuple[list[Person], list[Person]]:
        """Who was mailed a post, and who is to be, because of another conference."""
        rows = self._follows.all(
            "SELECT p.id, p.who, p.address, p.lang, 0, d.sent FROM due d JOIN person p"
            " ON p.id = d.person WHERE d.mid = ? AND d.what = ? AND d.conference <> ?",
            mid,
            ANSWER,
            conference,
        )
        had = [person_of(row[:5]) for row in rows if row[5] is not None]
        return had, [person_of(row[:5]) for row in rows if row[5] is None]

    def had(self, person: int, mids: Sequence[str], what: str, now: datetime) -> None:
        """A mail with these posts to this person waits in the spool already."""
        with self._follows.change() as db:
            db.executemany(
                "UPDATE due SET sent = ? WHERE person = ? AND mid = ? AND what = ?"
                " AND sent IS NULL",
                [(now.timestamp(), person, mid, what) for mid in mids],
            )

    def again(self, person: int, mids: Sequence[str], now: datetime) -> None:
        """These posts were taken back with a mail that had another one; they are due again."""
        with self._follows.change() as db:
            db.executemany(
                "UPDATE due SET sent = NULL, at = ? WHERE person = ? AND mid = ? AND what = ?",
                [(now.timestamp(), person, mid, ANSWER) for mid in mids],
            )

    def waits(self) -> int:
        """How many posts wait to be mailed to somebody."""
        row = self._follows.one("SELECT count(*) FROM due WHERE sent IS NULL")
        return int(row[0]) if row else 0

    def sweep(self, before: datetime) -> None:
        """Forgets what was mailed before that moment."""
        with self._follows.change() as db:
            db.execute("DELETE FROM due WHERE sent IS NOT NULL AND sent < ?", (before.timestamp(),))

    def without(self, mids: Sequence[str]) -> int:
        """Takes away that posts are to be mailed which go; how many mails that concerns."""
        with self._follows.change() as db:
            return sum(
                db.execute("DELETE FROM due WHERE mid = ? AND sent IS NULL", (mid,)).rowcount
                for mid in mids
            )
