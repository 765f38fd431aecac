"""Who follows or mutes which topic, in `private/following.sqlite`.

Each change is one transaction. People are called by their member number where the roster has one,
so that a new address carries over, else by their address. What is here of a stranger is the address
and the language of the words by which it came.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.privatefile import PrivateFile
from solicomm_build.message.address import key

FOLLOWS, MUTED, STOPPED = "follows", "muted", "stopped"
"""What somebody wants of a topic. `stopped` is who followed it and wants no more: what he writes
there later does not make him follow it again."""
ASKED, BEGAN, WROTE = "asked", "began", "wrote"
"""Why somebody follows."""
ANSWER, RECEIPT, QUESTION = "answer", "receipt", "question"
_WANTED = ("follow", "due", "receipt")
"""The tables that say what a person wants or is owed."""
"""What is mailed: a post to who follows, word to its author that it is there, the same with the
question whether answers shall come."""
FIRST_NUMBER = 2**31
"""From here on tags of bounces mean a person of this file, no member."""

QUIET = timedelta(hours=1)
"""After so long without a mail about a topic the next goes at once."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody here: `number` is a member's or 0, `address` a stranger's as it was written."""

    id: int
    number: int
    address: str
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Follow:
    """What a person wants of a stored topic. `id` is never used again; `member` says that the
    person was on the list then; `told` is when the last mail about it was due (POSIX seconds), the
    `times`th of a row."""

    id: int
    conference: str
    tid: str
    person: Person
    state: str
    why: str
    member: bool
    told: float = 0.0
    times: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A post that a person is to be mailed: stored in topic `tid`, read in topic `home`; `nth` in
    the order in which posts came."""

    person: Person
    mid: str
    what: str
    conference: str
    tid: str
    home: str
    at: float
    nth: int = 0


class Follows(PrivateFile):
    """What people want: `private/following.sqlite` (docs/formats/following.md). Written by the
    courier (who wrote follows), the desk (who asked by mail) and the web server (who pressed).
    Blocking, safe for several threads and processes.

    Numbers begin at the seconds since 2026, so that a file that is made anew, or came back from a
    backup (`pass_over`), gives none that mails of the one before have."""

    def __init__(self, config: Config) -> None:
        path, tables = config.private / "following.sqlite", data.beside(__file__, "followfile.sql")
        if not path.exists():
            first = "(SELECT 1 FROM sqlite_sequence WHERE name = '{0}')"
            tables += "".join(
                f"\nINSERT INTO sqlite_sequence SELECT '{one}', {_seconds()}"
                f" WHERE NOT EXISTS {first.format(one)};"
                for one in _COUNTED
            )
        super().__init__(path, tables, "nobody follows a topic")

    def pass_over(self) -> None:
        """Leaves out the numbers that may have been given since the backup from which the file came
        back: links and bounces of those mails are not to act for others. Durable on return."""
        if not self.is_there():
            return
        with self.change() as db:
            for one in _COUNTED:
                (had,) = db.execute(
                    "SELECT max(seq) FROM sqlite_sequence WHERE name = ?", (one,)
                ).fetchone()
                db.execute("DELETE FROM sqlite_sequence WHERE name = ?", (one,))
                row = (one, max((had or 0) + _GIVEN_SINCE, _seconds()))
                db.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", row)

    # -- who ------------------------------------------------------------------------------------

    def person(self, address: str, number: int, lang: str = "") -> Person:
        """The person of an address; a member by `number` (0 for none), with what was known of the
        address before."""
        who = f"a:{key(address)}"
        with self.change() as db:
            if number:
                return self._member(db, number, who)
            db.execute(
                "INSERT INTO person (who, address, lang) VALUES (?, ?, ?) ON CONFLICT (who)"
                " DO UPDATE SET lang = CASE excluded.lang WHEN '' THEN lang ELSE excluded.lang END",
                (who, address, lang),
            )
            return person_of(db.execute(f"{_PEOPLE} WHERE who = ?", (who,)).fetchone())

    def known(self, address: str, number: int) -> Person | None:
        """The same, without making one."""
        for who in (f"m:{number}" if number else "", f"a:{key(address)}" if address else ""):
            if row := self.one(f"{_PEOPLE} WHERE who = ?", who):
                return person_of(row)
        return None

    def of_number(self, number: int) -> Person | None:
        """The person that the tag of a bounce means."""
        row = self.one(f"{_PEOPLE} WHERE id = ?", number - FIRST_NUMBER)
        return person_of(row) if row else None

    def _member(self, db: sqlite3.Connection, number: int, who: str) -> Person:
        """A member's row; what was known of the address before is the member's now."""
        old = db.execute("SELECT id FROM person WHERE who = ?", (who,)).fetchone()
        mine = db.execute("SELECT id FROM person WHERE who = ?", (f"m:{number}",)).fetchone()
        if old and not mine:
            db.execute(
                "UPDATE person SET who = ?, address = '' WHERE id = ?", (f"m:{number}", old[0])
            )
        elif not mine:
            db.execute("INSERT INTO person (who, address) VALUES (?, '')", (f"m:{number}",))
        elif old:
            for table in _WANTED:
                db.execute(
                    f"UPDATE OR IGNORE {table} SET person = ? WHERE person = ?",  # noqa: S608 - ours
                    (mine[0], old[0]),
                )
            _forget(db, old[0])
        return person_of(db.execute(f"{_PEOPLE} WHERE who = ?", (f"m:{number}",)).fetchone())

    # -- what they want -------------------------------------------------------------------------

    def set(
        self,
        person: Person,
        conference: str,
        tids: Sequence[str],
        state: str,
        why: str,
        *,
        member: bool,
        at: datetime,
    ) -> None:
        """What a person wants of a topic from now on, of all `tids` that are read as it."""
        with self.change() as db:
            for tid in tids:
                db.execute(
                    "INSERT INTO follow (conference, tid, person, state, why, member, at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (conference, tid, person) DO UPDATE"
                    " SET state = excluded.state, why = excluded.why, member = excluded.member,"
                    " at = excluded.at",
                    (conference, tid, person.id, state, why, member, at.timestamp()),
                )
                if state != FOLLOWS:
                    db.execute(
                        "DELETE FROM due WHERE person = ? AND conference = ? AND home = ?"
                        " AND what = ? AND sent IS NULL",
                        (person.id, conference, tid, ANSWER),
                    )

    def begin(self, follow: Follow, tids: Sequence[str], at: datetime) -> None:
        """Somebody follows a topic, stored as `tids`, by writing there, unless he has said what he
        wants of it."""
        with self.change() as db:
            known = self.of_topic(follow.conference, tids)
            if any(one.person.id == follow.person.id for one in known):
                return
            db.execute(
                "INSERT INTO follow (conference, tid, person, state, why, member, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    follow.conference,
                    follow.tid,
                    follow.person.id,
                    FOLLOWS,
                    follow.why,
                    follow.member,
                    at.timestamp(),
                ),
            )

    def awake(self, person: Person, conference: str, tids: Sequence[str]) -> None:
        """The person has just written there: the next mail about it goes at once."""
        with self.change() as db:
            db.executemany(
                "UPDATE follow SET told = 0, times = 0 WHERE conference = ? AND tid = ?"
                " AND person = ?",
                [(conference, tid, person.id) for tid in tids],
            )

    def of_topic(self, conference: str, tids: Sequence[str]) -> list[Follow]:
        """What people want of a topic that is stored as `tids`; what they said of the first
        counts before what they said of another."""
        found: dict[int, Follow] = {}
        for tid in tids:
            for row in self.all(
                f"{_FOLLOWS} WHERE f.conference = ? AND f.tid = ? ORDER BY f.id", conference, tid
            ):
                found.setdefault(row[3], _follow(row))
        return list(found.values())

    def is_muted(self, conference: str) -> bool:
        """Whether anybody muted a topic of a conference."""
        query = "SELECT 1 FROM follow WHERE conference = ? AND state = ? LIMIT 1"
        return self.one(query, conference, MUTED) is not None

    def of_person(self, person: Person) -> list[Follow]:
        """All that a person wants."""
        rows = self.all(f"{_FOLLOWS} WHERE f.person = ? ORDER BY f.id", person.id)
        return [_follow(row) for row in rows]

    def by_id(self, number: int) -> Follow | None:
        """What a link means."""
        row = self.one(f"{_FOLLOWS} WHERE f.id = ?", number)
        return _follow(row) if row else None

    def end(self, follow: Follow) -> None:
        """Nothing is known of that wish any more."""
        with self.change() as db:
            db.execute("DELETE FROM follow WHERE id = ?", (follow.id,))

    def forget(self, person: Person) -> int:
        """Takes away all that is kept of a person, for good; how much that was."""
        with self.change() as db:
            count = _forget(db, person.id)
        self.settle()
        return count

    def forget_conference(self, conference: str) -> None:
        """Takes away what people want of topics of a conference that has gone for good, and people
        of whom nothing else is kept. Safe to do again."""
        left = " UNION ".join(f"SELECT person FROM {one}" for one in _WANTED)  # noqa: S608 - ours
        with self.change() as db:
            rows = [
                db.execute(
                    f"DELETE FROM {one} WHERE conference = ? RETURNING person",  # noqa: S608 - ours
                    (conference,),
                ).fetchall()
                for one in _WANTED
            ]
            people = {row for some in rows for row in some}
            query = f"DELETE FROM person WHERE id = ? AND id NOT IN ({left})"  # noqa: S608 - ours
            db.executemany(query, sorted(people))
            db.execute("DELETE FROM bond WHERE conference = ?", (conference,))
        self.settle()

    def bounced(self, person: Person, *, most: int) -> bool:
        """Counts a failure; whether there were `most` now, and then all follows end."""
        with self.change() as db:
            db.execute("UPDATE person SET bounces = bounces + 1 WHERE id = ?", (person.id,))
            (count,) = db.execute(
                "SELECT bounces FROM person WHERE id = ?", (person.id,)
            ).fetchone() or (0,)
            if count >= most:
                db.execute("DELETE FROM follow WHERE person = ?", (person.id,))
                db.execute("DELETE FROM due WHERE person = ? AND sent IS NULL", (person.id,))
                db.execute("UPDATE person SET bounces = 0 WHERE id = ?", (person.id,))
            return bool(count >= most)

    # -- where topics are read --------------------------------------------------------------------

    def bind(
        self, conference: str, homes: Mapping[str, str], begun: Sequence[tuple[str, str]]
    ) -> None:
        """Where stored topics of a conference are read that are not read as themselves. `begun` are
        (topic that a post begins since a split, topic it was in): who followed that follows it,
        too."""
        with self.change() as db:
            db.execute("DELETE FROM bond WHERE conference = ?", (conference,))
            cut = {tid for tid, _ in begun}
            rows = [(conference, tid, home, tid in cut) for tid, home in homes.items()]
            rows += [(conference, tid, tid, True) for tid in sorted(cut - homes.keys())]
            db.executemany("INSERT INTO bond VALUES (?, ?, ?, ?)", rows)
            for tid, before in begun:
                _copied(db, (conference, before), (conference, tid))

    def moved(self, conference: str, tid: str, to: str) -> None:
        """A topic went to another conference: who followed it follows it there."""
        with self.change() as db:
            _copied(db, (conference, tid), (to, tid))

    def home(self, conference: str, tid: str, chain: Sequence[str] = ()) -> str:
        """The topic in which readers see a post that is stored in `tid` and answers `chain` (mids,
        the nearest last, its own at the end)."""
        rows = self.all("SELECT tid, home, split FROM bond WHERE conference = ?", conference)
        homes: dict[str, str] = {row[0]: row[1] for row in rows}
        cut = {row[0] for row in rows if row[2]}
        found = next((one for one in reversed(chain) if one in cut), tid)
        return homes.get(found, found)

    def threads(self, conference: str, home: str) -> list[str]:
        """The stored topics that are read as this one, itself first."""
        query = "SELECT tid FROM bond WHERE conference = ? AND home = ? AND tid <> home"
        return [home, *(row[0] for row in self.all(query, conference, home))]


_COUNTED = ("person", "follow")
_GIVEN_SINCE = 1_000_000
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def _seconds() -> int:
    """More than one number a second is given for no long time; tags of bounces have room for this
    until 2094."""
    return max(0, int((clock.now() - _SINCE).total_seconds()))


_PEOPLE = "SELECT id, who, address, lang, bounces FROM person"
_FOLLOWS = (
    "SELECT f.id, f.conference, f.tid, p.id, p.who, p.address, p.lang, f.state, f.why, f.member,"
    " f.told, f.times FROM follow f JOIN person p ON p.id = f.person"
)


def person_of(row: tuple[Any, ...]) -> Person:
    identifier, who, address, lang, _ = row
    number = int(who[2:]) if who.startswith("m:") else 0
    return Person(identifier, number, address, lang)


def _follow(row: tuple[Any, ...]) -> Follow:
    identifier, conference, tid, *person, state, why, member, told, times = row
    who = person_of((person[0], person[1], person[2], person[3], 0))
    return Follow(identifier, conference, tid, who, state, why, bool(member), told, times)


def _forget(db: sqlite3.Connection, person: int) -> int:
    count = 0
    for table in _WANTED:
        query = f"DELETE FROM {table} WHERE person = ?"  # noqa: S608 - ours
        count += db.execute(query, (person,)).rowcount
    return count + db.execute("DELETE FROM person WHERE id = ?", (person,)).rowcount


def _copied(db: sqlite3.Connection, here: tuple[str, str], there: tuple[str, str]) -> None:
    """Who follows one topic follows another as well, as far as he has not said what he wants."""
    db.execute(
        "INSERT OR IGNORE INTO follow (conference, tid, person, state, why, member, at)"
        " SELECT ?, ?, person, state, why, member, at FROM follow WHERE conference = ? AND tid = ?",
        (*there, *here),
    )
