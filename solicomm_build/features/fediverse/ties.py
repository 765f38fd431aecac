"""Who follows from elsewhere, what they know, and what waits to be said to them:
`private/fediverse.sqlite`.

Who follows is shown to nobody. Each change is one transaction. Written by the web server (who
follows) and the stage `fediverse` (what is said).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.privatefile import PrivateFile

FILE = "fediverse.sqlite"
MOST_FOLLOWERS = 50_000
"""Of one conference; each costs half a kilobyte."""
MOST_OF_A_HOST = 10_000
"""Of one server, in all conferences: whoever invents names is stopped, large servers are not."""
MOST_WAITING = 2_000
"""Parcels that wait for one server; past it the oldest go, and as many that delete something."""
_DELETES = '"type":"Delete"'
"""What stands in those, and in no text: JSON has a backslash before quotation marks there."""
LONGEST_PAUSE = 86_400.0
"""Seconds for which a server that is silent is left alone at most."""


@dataclass(frozen=True, slots=True)
class Follower:
    """An actor elsewhere that follows a conference, as its server described it."""

    conference: str
    actor: str
    host: str
    handle: str
    inbox: str
    shared: str
    key_id: str
    pem: str
    since: float


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be said to one inbox, signed by one of our actors."""

    id: int
    actor: str
    body: str
    inbox: str
    at: float


@dataclass(frozen=True, slots=True)
class Silence:
    """A server that does not take what is sent: since when (POSIX seconds), how often it was
    tried, when it is tried next, and what it said."""

    host: str
    since: float
    tries: int
    next: float
    fault: str


_HOSTS_DUE = """
WITH RECURSIVE server(host) AS (
  SELECT MIN(host) FROM due
  UNION ALL
  SELECT (SELECT MIN(d.host) FROM due d WHERE d.host>server.host) FROM server
  WHERE server.host IS NOT NULL
)
SELECT server.host FROM server LEFT JOIN silent s ON s.host=server.host
WHERE server.host IS NOT NULL AND (s.next IS NULL OR s.next<=? OR s.next>?)
ORDER BY (SELECT MIN(d.parcel) FROM due d WHERE d.host=server.host)
"""


def host_of(address: str) -> str:
    """The server of an address, with its port."""
    return urlsplit(address).netloc.lower()


class Ties(PrivateFile):
    """The file. Blocking, safe for several threads and processes. Close it."""

    def __init__(self, config: Config) -> None:
        tables = data.beside(__file__, "ties.sql")
        super().__init__(config.private / FILE, tables, "nobody follows from elsewhere")

    def begin(self) -> None:
        """Makes the file."""
        with self.change():
            pass

    # -- who follows ----------------------------------------------------------------------------

    def follow(self, one: Follower) -> bool:
        """Keeps a follower, or what is new of one; False where there is no room for more."""
        with self.change() as db:
            known = db.execute(
                "SELECT 1 FROM follower WHERE conference=? AND actor=?", (one.conference, one.actor)
            ).fetchone()
            if not known and not self._has_room(one):
                return False
            row = (
                one.conference,
                one.actor,
                one.host,
                one.handle,
                one.inbox,
                one.shared,
                one.key_id,
                one.pem,
                one.since,
            )
            db.execute("INSERT OR REPLACE INTO follower VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return True

    def _has_room(self, one: Follower) -> bool:
        here = self.followers(one.conference)
        (of_host,) = self.one("SELECT COUNT(*) FROM follower WHERE host=?", one.host) or (0,)
        return here < MOST_FOLLOWERS and of_host < MOST_OF_A_HOST

    def unfollow(self, actor: str, conference: str | None = None) -> int:
        """Forgets who followed one conference, or all of them; how many that were."""
        with self.change() as db:
            if conference is None:
                done = db.execute("DELETE FROM follower WHERE actor=?", (actor,))
            else:
                done = db.execute(
                    "DELETE FROM follower WHERE actor=? AND conference=?", (actor, conference)
                )
            return done.rowcount

    def follower(self, actor: str) -> Follower | None:
        """What is known of an actor that follows anything."""
        row = self.one(
            "SELECT conference, actor, host, handle, inbox, shared, key_id, pem, since"
            " FROM follower WHERE actor=? LIMIT 1",
            actor,
        )
        return Follower(*row) if row else None

    def follows(self, actor: str, conference: str) -> bool:
        """Whether an actor follows a conference."""
        found = self.one("SELECT 1 FROM follower WHERE actor=? AND conference=?", actor, conference)
        return found is not None

    def followers(self, conference: str) -> int:
        """How many follow a conference."""
        found = self.one("SELECT COUNT(*) FROM follower WHERE conference=?", conference)
        return int(found[0]) if found else 0

    def inboxes(self, conference: str) -> list[str]:
        """Where a conference's followers are told, each inbox once."""
        rows = self.all(
            "SELECT DISTINCT CASE shared WHEN '' THEN inbox ELSE shared END FROM follower"
            " WHERE conference=? ORDER BY 1",
            conference,
        )
        return [inbox for (inbox,) in rows]

    def drop_inbox(self, inbox: str) -> int:
        """Forgets the followers behind an inbox that is gone; how many that were."""
        with self.change() as db:
            db.execute("DELETE FROM due WHERE host=? AND inbox=?", (host_of(inbox), inbox))
            done = db.execute("DELETE FROM follower WHERE inbox=? OR shared=?", (inbox, inbox))
            self._sweep()
            return done.rowcount

    # -- what is said ---------------------------------------------------------------------------

    def say(
        self, conference: str, mid: str, actor: str, body: str, inboxes: Iterable[str], now: float
    ) -> None:
        """Has something said to inboxes. Nothing happens where there are none."""
        wanted = [(host_of(inbox), inbox) for inbox in inboxes]
        if not wanted:
            return
        with self.change() as db:
            parcel = db.execute(
                "INSERT INTO parcel (conference, mid, actor, body, at) VALUES (?, ?, ?, ?, ?)",
                (conference, mid, actor, body, now),
            ).lastrowid
            db.executemany(
                "INSERT OR IGNORE INTO due VALUES (?, ?, ?)",
                [(host, parcel, inbox) for host, inbox in wanted],
            )

    def hosts_due(self, now: float) -> list[str]:
        """The servers to which something is to be said now, who waits longest first. None is left
        alone for longer than a day: later ones a clock said that was ahead. Costs a look at each
        server, however much waits for one."""
        rows = self.all(_HOSTS_DUE, now, now + LONGEST_PAUSE)
        return [host for (host,) in rows]

    def due(self, host: str, most: int, *, ends_only: bool = False) -> list[Parcel]:
        """What waits for a server, in the order it was said; `ends_only` what is about a conference
        that is offered no more."""
        rows = self.all(
            "SELECT p.id, p.actor, p.body, d.inbox, p.at FROM due d JOIN parcel p ON p.id=d.parcel"
            " WHERE d.host=? AND (NOT ? OR p.conference<>'' AND p.conference NOT IN"
            " (SELECT conference FROM offered))"
            " ORDER BY p.id, d.inbox LIMIT ?",
            host,
            ends_only,
            most,
        )
        return [Parcel(*row) for row in rows]

    def said(self, host: str, parcel: Parcel) -> None:
        """It was taken, or refused for good."""
        with self.change() as db:
            db.execute(
                "DELETE FROM due WHERE host=? AND parcel=? AND inbox=?",
                (host, parcel.id, parcel.inbox),
            )
            self._sweep(parcel.id)

    def waiting(self) -> int:
        """How much waits, over all servers."""
        found = self.one("SELECT COUNT(*) FROM due")
        return int(found[0]) if found else 0

    def forget_parcels(self, mids: Iterable[str], conference: str = "") -> int:
        """Takes away what waits about posts that are erased, or shown no more in one conference;
        how many parcels that were."""
        count, those = 0, "mid=? AND ? IN ('', conference)"
        with self.change() as db:
            for mid in mids:
                row = (mid, conference)
                db.execute(
                    f"DELETE FROM due WHERE parcel IN (SELECT id FROM parcel WHERE {those})",  # noqa: S608 - a constant
                    row,
                )
                count += db.execute(f"DELETE FROM parcel WHERE {those}", row).rowcount  # noqa: S608 - a constant
        return count

    def _sweep(self, parcel: int | None = None) -> None:
        """Takes away parcels that wait for nobody."""
        with self.change() as db:
            nobody = "NOT EXISTS (SELECT 1 FROM due WHERE due.parcel=parcel.id)"
            if parcel is None:
                db.execute(f"DELETE FROM parcel WHERE {nobody}")  # noqa: S608 - a constant
            else:
                db.execute(f"DELETE FROM parcel WHERE id=? AND {nobody}", (parcel,))  # noqa: S608

    # -- servers that are silent ----------------------------------------------------------------

    def silence(self, host: str) -> Silence | None:
        """How it stands with a server that does not answer; None where all is well."""
        row = self.one("SELECT host, since, tries, next, fault FROM silent WHERE host=?", host)
        return Silence(*row) if row else None

    def silences(self) -> list[Silence]:
        """All of them, the longest first."""
        rows = self.all("SELECT host, since, tries, next, fault FROM silent ORDER BY since, host")
        return [Silence(*row) for row in rows]

    def keep_silence(self, one: Silence) -> None:
        """Notes that a server did not answer; past a bound the oldest of what waits for it goes,
        what is to be deleted there last."""
        with self.change() as db:
            db.execute(
                "INSERT OR REPLACE INTO silent VALUES (?, ?, ?, ?, ?)",
                (one.host, one.since, one.tries, one.next, one.fault),
            )
            beyond = (
                "DELETE FROM due WHERE host=? AND parcel<=(SELECT parcel FROM due WHERE host=?"
                " ORDER BY parcel DESC LIMIT 1 OFFSET ?)"
            )
            posts = " AND parcel NOT IN (SELECT id FROM parcel WHERE instr(body, ?))"
            row = (one.host, one.host, MOST_WAITING)
            over = db.execute(beyond + posts, (*row, _DELETES)).rowcount
            over += db.execute(beyond, (one.host, one.host, 2 * MOST_WAITING)).rowcount
            if over:
                self._sweep()

    def end_silence(self, host: str) -> None:
        """It answers."""
        with self.change() as db:
            db.execute("DELETE FROM silent WHERE host=?", (host,))

    def give_up(self, host: str) -> int:
        """Forgets all followers of a server and what waits for it; how many followers that were."""
        with self.change() as db:
            count = db.execute("DELETE FROM follower WHERE host=?", (host,)).rowcount
            db.execute("DELETE FROM due WHERE host=?", (host,))
            db.execute("DELETE FROM silent WHERE host=?", (host,))
            self._sweep()
            return count

    # -- what others know -----------------------------------------------------------------------

    def is_offered(self, conference: str) -> bool:
        """Whether a conference was offered before."""
        return self.one("SELECT 1 FROM offered WHERE conference=?", conference) is not None

    def offer(self, conference: str, now: float) -> None:
        """A conference can be followed from now on."""
        with self.change() as db:
            db.execute("INSERT OR IGNORE INTO offered VALUES (?, ?)", (conference, now))

    def offered(self) -> list[str]:
        """All conferences that were offered and not withdrawn."""
        return [name for (name,) in self.all("SELECT conference FROM offered ORDER BY 1")]

    def withdraw(self, conference: str) -> None:
        """A conference is offered no more, and nobody follows it; what waits is still said, but no
        post that is shown there."""
        with self.change() as db:
            db.execute(
                "DELETE FROM due WHERE parcel IN (SELECT p.id FROM parcel p JOIN told k"
                " ON k.conference=p.conference AND k.mid=p.mid"
                " WHERE p.conference=? AND NOT k.gone)",
                (conference,),
            )
            self._sweep()
            for table in ("offered", "follower", "told"):
                db.execute(f"DELETE FROM {table} WHERE conference=?", (conference,))  # noqa: S608

    def tell(self, conference: str, posts: Iterable[tuple[str, str, str]]) -> None:
        """Notes the versions of posts that others know: (mid, blob, title of the topic)."""
        with self.change() as db:
            db.executemany(
                "INSERT INTO told (conference, mid, blob, title) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET blob=excluded.blob, title=excluded.title,"
                " times=times+gone, gone=0",
                ((conference, *post) for post in posts),
            )

    def tell_gone(self, conference: str, mid: str) -> None:
        """Notes that a post is shown no more."""
        with self.change() as db:
            db.execute("UPDATE told SET gone=1 WHERE conference=? AND mid=?", (conference, mid))

    def told(self, conference: str, mid: str) -> tuple[bool, int] | None:
        """Of a post that others know: whether it is gone, and how often it began to be shown."""
        row = self.one("SELECT gone, times FROM told WHERE conference=? AND mid=?", conference, mid)
        return (bool(row[0]), int(row[1])) if row else None

    # -- signatures -----------------------------------------------------------------------------

    def is_new(self, octets: bytes, now: float, window: float) -> bool:
        """Whether a signature was not taken within `window` seconds; it counts as taken now."""
        mark = hashlib.blake2b(octets, digest_size=16).hexdigest()
        with self.change() as db:
            db.execute("DELETE FROM seen WHERE at<?", (now - window,))
            done = db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (mark, now))
            return done.rowcount == 1

    def counts(self) -> Mapping[str, int]:
        """Followers by conference."""
        rows = self.all("SELECT conference, COUNT(*) FROM follower GROUP BY 1 ORDER BY 1")
        return {str(name): int(count) for name, count in rows}
