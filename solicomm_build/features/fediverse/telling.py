"""What is new on the pages of a conference becomes parcels for those who follow it.

What others know is noted beside each post (ties.py); what everybody may read is read from what the
builder knows. The difference is what is to be said: a post that came (Create), that reads otherwise
(Update), or that is hidden, moved away or erased (Delete). A kill between loses nothing: the next
look finds the same difference.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from solicomm_build.features.fediverse import names, saying, shown
from solicomm_build.features.fediverse.saying import Document
from solicomm_build.features.fediverse.shown import Shown
from solicomm_build.features.fediverse.ties import Ties
from solicomm_build.foundation.hub.config import Config

FRESH = timedelta(days=3)
"""What is older when it comes, as in an archive that is brought in, is told to nobody unasked."""
AT_ONCE = 100
"""Posts of a conference that are told in one round."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A post whose version others do not know; `blob` is as Telling._version says, `came` when it
    was received (POSIX seconds), `known` the blob and the title that they know."""

    mid: str
    blob: str
    title: str
    came: int
    known: tuple[str, str] | None
    gone: bool

    @property
    def version(self) -> tuple[str, str, str]:
        return self.mid, self.blob, self.title


class Telling:
    """What is said of conferences. Not for several threads."""

    def __init__(self, config: Config, ties: Ties) -> None:
        self._config, self._ties = config, ties

    def look(self, db: sqlite3.Connection, conference: str, now: datetime) -> bool:
        """One look at a conference that the builder knows as it is now; whether more waits for the
        next. `db` is the builder's (shown.py)."""
        if not self._ties.is_offered(conference):
            self._begin(db, conference, now)
            return False
        with self._beside(db):
            changed = self._changed(db, conference, now)
            gone = self._gone(db, conference)
        for mid in gone[:AT_ONCE]:
            self._withdraw(conference, mid, now)
        loud = [one for one in changed if self._is_loud(one, now)]
        quiet = [one.version for one in changed if not self._is_loud(one, now)]
        self._ties.tell(conference, quiet)
        for one in loud[:AT_ONCE]:
            self._tell(db, conference, one, now)
        return len(gone) > AT_ONCE or len(loud) > AT_ONCE

    def withdraw(self, conference: str, now: datetime) -> None:
        """Tells all who follow that a conference is no longer for everybody: their servers take
        away what they have of it."""
        inboxes = self._ties.inboxes(conference)
        make = (names.writers, names.group)
        with self._ties.change():
            for actor in (one(self._config, conference) for one in make):
                self._say(conference, "", actor, saying.gone(actor), inboxes, now)
            self._ties.withdraw(conference)

    # -- differences ----------------------------------------------------------------------------

    def _begin(self, db: sqlite3.Connection, conference: str, now: datetime) -> None:
        """What is there already is told to nobody unasked; who follows reads it in the outbox."""
        rows = db.execute(
            "SELECT p.mid, p.blob, t.title, p.receipt FROM post p JOIN topic t ON t.conf=p.conf AND"
            " t.tid=p.topic WHERE p.conf=? AND p.hidden=0",
            (conference,),
        ).fetchall()
        with self._ties.change():
            told = [
                (mid, self._version(db, conference, mid, blob, came, now), title)
                for mid, blob, title, came in rows
            ]
            self._ties.tell(conference, told)
            self._ties.offer(conference, now.timestamp())

    def _beside(self, db: sqlite3.Connection) -> _Attached:
        return _Attached(db, f"{self._ties.path.absolute().as_uri()}?mode=ro")

    def _version(
        self,
        db: sqlite3.Connection,
        conference: str,
        mid: str,
        blob: str,
        came: int,
        now: datetime,
        known: str = "",
    ) -> str:
        """What a post is as others are told it: its blob, and how many of its files the pages
        offer, which follow it. Of what is not fresh the files are not looked at any more."""
        if now.timestamp() - came >= FRESH.total_seconds():
            return known if known.startswith(blob) else blob
        files = shown.offers(self._config, db, conference, mid)
        return f"{blob}+{files}" if files else blob

    def _changed(self, db: sqlite3.Connection, conference: str, now: datetime) -> list[_Change]:
        rows = db.execute(
            "SELECT p.mid, p.blob, t.title, p.receipt, k.blob, k.title, k.gone FROM post p"
            " JOIN topic t ON t.conf=p.conf AND t.tid=p.topic"
            " LEFT JOIN ties.told k ON k.conference=p.conf AND k.mid=p.mid"
            " WHERE p.conf=? AND p.hidden=0"
            " AND (k.mid IS NULL OR k.gone OR substr(k.blob, 1, length(p.blob))<>p.blob"
            " OR k.title<>t.title OR (p.receipt>? AND EXISTS"
            " (SELECT 1 FROM attachment a WHERE a.conf=p.conf AND a.mid=p.mid)))"
            " ORDER BY p.time, p.mid",
            (conference, (now - FRESH).timestamp()),
        )
        found = []
        for mid, blob, title, came, old, was, gone in rows:
            version = self._version(db, conference, mid, blob, came, now, old or "")
            known = (old, was) if old is not None else None
            if gone or (version, title) != known:
                found.append(_Change(mid, version, title, came, known, bool(gone)))
        return found

    def _gone(self, db: sqlite3.Connection, conference: str) -> list[str]:
        rows = db.execute(
            "SELECT k.mid FROM ties.told k LEFT JOIN post p ON p.conf=k.conference AND p.mid=k.mid"
            " LEFT JOIN topic t ON t.conf=p.conf AND t.tid=p.topic"
            " WHERE k.conference=? AND NOT k.gone"
            " AND (p.mid IS NULL OR p.hidden<>0 OR t.tid IS NULL) ORDER BY k.mid",
            (conference,),
        )
        return [mid for (mid,) in rows]

    def _is_loud(self, one: _Change, now: datetime) -> bool:
        """Whether a change is told: new posts while they are fresh, and what others know by now."""
        if one.known is not None:
            return True
        return now.timestamp() - one.came < FRESH.total_seconds()

    # -- what is said ---------------------------------------------------------------------------

    def _tell(self, db: sqlite3.Connection, conference: str, one: _Change, now: datetime) -> None:
        post = shown.one(self._config, db, conference, one.mid)
        if post is None:
            return
        with self._ties.change():
            self._ties.tell(conference, [one.version])
            for actor, document in self._documents(conference, one, post, now):
                self._say(conference, one.mid, actor, document, self._ties.inboxes(conference), now)

    def _documents(
        self, conference: str, one: _Change, post: Shown, now: datetime
    ) -> Iterable[tuple[str, Document]]:
        """Who says what: what is new, the group; changes also who wrote, for servers that know no
        groups."""
        config, group = self._config, names.group(self._config, conference)
        if one.known is None or one.gone:
            times = (self._ties.told(conference, one.mid) or (False, 1))[1]
            made = saying.create(config, conference, post, times)
            yield group, saying.announced(config, conference, made)
            if not post.answers:
                yield group, saying.shared(config, conference, post, times)
        elif one.known[0] != one.blob or not post.answers:
            stamp = f"{one.blob[:12]}-{int(now.timestamp())}"
            made = saying.update(config, conference, post, stamp, now.timestamp())
            yield group, saying.announced(config, conference, made)
            yield names.writers(config, conference), made

    def _withdraw(self, conference: str, mid: str, now: datetime) -> None:
        config = self._config
        with self._ties.change():
            times = (self._ties.told(conference, mid) or (False, 1))[1]
            made = saying.delete(config, conference, mid, times)
            inboxes = self._ties.inboxes(conference)
            self._ties.forget_parcels([mid], conference)
            passed_on = saying.announced(config, conference, made)
            for actor, document in (
                (names.group(config, conference), passed_on),
                (names.writers(config, conference), made),
            ):
                self._say(conference, mid, actor, document, inboxes, now)
            self._ties.tell_gone(conference, mid)

    def _say(
        self,
        conference: str,
        mid: str,
        actor: str,
        document: Document,
        inboxes: list[str],
        now: datetime,
    ) -> None:
        body = saying.encoded(saying.with_context(document))
        self._ties.say(conference, mid, actor, body, inboxes, now.timestamp())


class _Attached:
    """The file of ties beside the builder's, to be read."""

    def __init__(self, db: sqlite3.Connection, where: str) -> None:
        self._db, self._where = db, where

    def __enter__(self) -> None:
        self._db.execute("ATTACH ? AS ties", (self._where,))

    def __exit__(self, *_: object) -> None:
        self._db.execute("DETACH ties")
