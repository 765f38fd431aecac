"""How often the desk writes to one address: `state/answers.sqlite`.

Nobody can make us flood anybody (RFC 3834 2), and nobody is left in silence. What counts where says
a Pool: who proves that he wrote gets all he asks for, eleven answers a day at most, of which the
last says so, and beside them what must not be missing, such as what became of a vote. Who only
claims to be somebody gets one answer of a kind a day for all addresses of a mailbox, and so few
letters an hour are caused by one peer, one sender's domain, to one provider and in all that a
forged From bombs nobody. The file only limits: losing it costs a second mail at most. Addresses and
peers are kept as keyed hashes, for a day.

The rules: docs/mail-rules.md#never-answer.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from solicomm_build.foundation import network, safeio
from solicomm_build.git import derived
from solicomm_build.message.address import key as folded
from solicomm_build.message.mailbox import LARGE, mailbox, provider

MOST_A_DAY = 11
"""Answers a day to one address. The last says that it is the last."""
_REMEMBERED = 7 * 86_400.0  # seconds that a mail is known again
_DAY, _HOUR = 86_400.0, 3600.0  # seconds; a day is the last 24 hours

_TABLES = """
CREATE TABLE IF NOT EXISTS answered (
  address TEXT, kind TEXT, at REAL, cause TEXT, PRIMARY KEY (address, kind)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS taken (mail TEXT PRIMARY KEY, at REAL, cause TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asked (name TEXT, at REAL);
CREATE INDEX IF NOT EXISTS asked_by_name ON asked (name, at);
"""


@dataclass(frozen=True, slots=True)
class Pool:
    """Letters that count together: `most` a day to one address as `folded` says, of each kind one
    only if `once`; whether the last of them `tells` that it is."""

    name: str
    most: int
    once: bool = False
    folded: Callable[[str], str] = folded
    tells: bool = False


OWN = Pool("", 10, once=True)
"""What the hub does by itself, and counts that are of no letter."""
PROVEN = Pool("proven", MOST_A_DAY, tells=True)
OWED = Pool("owed", 50)
"""What is always told to who is proven, and to whom a token in the mail was sent. The bound only
keeps two programs from talking for ever."""
WORK = Pool("work", 500)
"""The same for people who moderate and review."""
DATA = Pool("data", 5)
"""All that is kept about somebody, which may be large."""
CLAIMED = Pool("claimed", MOST_A_DAY, once=True, folded=mailbox, tells=True)
WEB = Pool("web", 10, once=True, folded=mailbox)
LINKS = Pool("links", 96, once=True, folded=mailbox)
"""What a page promised; web/asking.py promises no more: of links 24 a day and then one an hour, at
each of two doors."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Where a mail came from that nobody vouches for: a peer's place, and the envelope sender.
    `in_all` is how many letters an hour such mail may cause here."""

    place: str
    mail_from: str
    in_all: int = 40


BY_PEER, BY_DOMAIN, BY_LARGE = 40, 40, 100
"""Letters an hour that unproven mail causes: of one peer, of one sender's domain or to one
provider's mailboxes, and the same of large providers. The first two have half of all at most, so
that nobody uses up what others need."""
LEAST_IN_ALL, MOST_IN_ALL = 40, 400


def in_all(members: int) -> int:
    """Letters an hour that unproven mail may cause on a hub with so many members: a tenth of them.
    A small hub gets so few such mails that more are somebody's attack; a course that begins, or a
    meeting where everybody joins, stays below the least. Who has caused none in this hour (peer,
    sender's domain, receiving domain) is still answered up to twice that, so that who floods from
    few places locks nobody else out."""
    return min(MOST_IN_ALL, max(LEAST_IN_ALL, members // 10))


class Limits:
    """What was answered lately. Not for several threads. Close it."""

    def __init__(self, path: Path, key: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._key = key
        try:
            self._base = _opened(path)
        except sqlite3.DatabaseError as error:
            if derived.is_of_the_machine(error):
                raise
            derived.remove(path)  # it is damaged, and only limits
            self._base = _opened(path)
        self._swept = 0.0

    def allow(
        self,
        address: str,
        kind: str,
        cause: str,
        now: datetime,
        pool: Pool = OWN,
        asker: Asker | None = None,
    ) -> bool:
        """Whether `address` may get an answer of this kind now; if so it counts from now on. The
        same cause may ask again, so that a killed desk answers after all."""
        moment, who = now.timestamp(), self._who(address, pool)
        kind = kind if pool.once else f"{kind} {cause}"
        self._sweep(moment)
        known = self._answered(who, moment)
        if kind in known:
            return known[kind] == cause
        if len(known) >= pool.most or not (asker is None or self._may_ask(asker, address, moment)):
            return False
        self._base.execute(
            "INSERT OR REPLACE INTO answered VALUES (?, ?, ?, ?)", (who, kind, moment, cause)
        )
        return True

    def is_free(self, address: str, kind: str, now: datetime) -> bool:
        """Whether `address` could get a letter of this kind now that the hub writes by itself.
        Counts nothing: for who counts it (`allow`) when it is on its way for good."""
        known = self._answered(self._who(address, OWN), now.timestamp())
        return kind not in known and len(known) < OWN.most

    def is_last(self, address: str, now: datetime, pool: Pool) -> bool:
        """Whether what was allowed is the last of this day."""
        if not pool.tells:
            return False
        known = self._answered(self._who(address, pool), now.timestamp())
        return len(known) >= pool.most

    def is_first(self, mail: bytes, cause: str, now: datetime) -> bool:
        """Whether these octets come for the first time; for the same cause they always do. A relay
        or a stage that was killed may deliver a mail twice."""
        name = self._name(mail)
        self._base.execute(
            "INSERT OR IGNORE INTO taken VALUES (?, ?, ?)", (name, now.timestamp(), cause)
        )
        found = self._base.execute("SELECT cause FROM taken WHERE mail = ?", (name,)).fetchone()
        return bool(found[0] == cause)

    def forget(self, mail: bytes) -> None:
        """These octets may come again as if for the first time: they were set aside."""
        self._base.execute("DELETE FROM taken WHERE mail = ?", (self._name(mail),))

    def close(self) -> None:
        """Lets go of the file."""
        self._base.close()

    def _answered(self, who: str, moment: float) -> dict[str, str]:
        """The kinds that somebody got within the day, each with its cause."""
        query = "SELECT kind, cause FROM answered WHERE address = ? AND at > ? AND at <= ?"
        return dict(self._base.execute(query, (who, *_around(moment, _DAY))).fetchall())

    def _may_ask(self, asker: Asker, to: str, moment: float) -> bool:
        """Whether unproven mail from there may cause one more letter; if so it counts. The place
        comes first, and what is refused counts nowhere. What in_all says is for all together."""
        sender, receiver = provider(asker.mail_from), provider(to)
        whole, half = asker.in_all, asker.in_all // 2
        rules = [
            (f"{way} {one}", min(whole, BY_LARGE) if one in LARGE else min(half, BY_DOMAIN))
            for way, one in (("from", sender), ("to", receiver))
        ]
        if asker.place != network.HERE:
            rules.insert(0, (f"place {asker.place}", min(half, BY_PEER)))
        names = [self._digest(name) for name, _ in (*rules, ("all", whole))]
        query = "SELECT count(*) FROM asked WHERE name = ? AND at > ? AND at <= ?"
        *counts, together = (
            self._base.execute(query, (name, *_around(moment, _HOUR))).fetchone()[0]
            for name in names
        )
        if any(count >= most for count, (_, most) in zip(counts, rules, strict=True)):
            return False
        if together >= (whole if any(counts) else 2 * whole):
            return False
        self._base.executemany("INSERT INTO asked VALUES (?, ?)", [(n, moment) for n in names])
        return True

    def _name(self, mail: bytes) -> str:
        return hashlib.blake2b(mail, key=self._key, digest_size=16).hexdigest()

    def _who(self, address: str, pool: Pool) -> str:
        name = pool.folded(address)
        return self._digest(f"{pool.name} {name}" if pool.name else name)

    def _digest(self, text: str) -> str:
        octets = text.encode("utf-8", "replace")
        return hashlib.blake2b(octets, key=self._key, digest_size=12).hexdigest()

    def _sweep(self, moment: float) -> None:
        """Forgets what no longer counts, once an hour."""
        if not self._swept <= moment <= self._swept + _HOUR:
            for table, span in (("answered", _DAY), ("taken", _REMEMBERED), ("asked", _HOUR)):
                sql = f"DELETE FROM {table} WHERE at <= ? OR at > ?"  # noqa: S608 - ours
                self._base.execute(sql, _around(moment, span))
            self._swept = moment


def _around(moment: float, span: float) -> tuple[float, float]:
    """From when to when something counts: what a clock that was far ahead has written does not."""
    return moment - span, moment + span


def _opened(path: Path) -> sqlite3.Connection:
    """The file, made where there is none. Raises sqlite3.DatabaseError for a damaged one."""
    base = sqlite3.connect(path, isolation_level=None)
    try:
        safeio.write_ahead(base)
        base.execute("PRAGMA synchronous=NORMAL")  # a power cut may cost a second mail
        base.executescript(_TABLES)
        if base.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise _Damaged
    except BaseException:
        base.close()
        raise
    return base


class _Damaged(sqlite3.DatabaseError):
    """Some of it cannot be read."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT
