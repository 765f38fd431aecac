"""The Message-IDs of posts that came from other hubs, so that copies to members bear them and their
mail programs thread.

Post files name messages by ids that say nothing of their senders' hosts (docs/adr/0030). Hubs
that trust each other tell the real ones, sealed with `age` to the other's key; each is proved by
the post's own id, which is its hash. They lie in `private/network/message-ids.sqlite`.

The courier may send a post as soon as it is here, so its id is kept before. Beside the ids stands
how far down its log each hub has told them: its last offer that lies here may be further, since it
comes by other ways, too, and with news of others alone.

What reads or writes the table raises StoreError when it is damaged, or there is no room.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from solicomm_build.features.network.trust import peers, sealing
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import SoliCommError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.types import Oid, PostId, post_id
from solicomm_build.message.msgid import own_id
from solicomm_build.message.split import split
from solicomm_build.post.cells.hubmail import HubMail

MOST = 32 << 20  # octets of a sealed table
_LONGEST = 998  # octets of a line of mail (RFC 5322 2.1.1)
_TABLES = (
    "create table if not exists known (mid text primary key, message_id text) without rowid",
    "create table if not exists told (hub text, conference text, until text,"
    " primary key (hub, conference)) without rowid",
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a hub tells of a conference: ids, and up to which commit of its log at least these are
    all; None where it was asked about less."""

    ids: Mapping[PostId, str] = field(default_factory=dict)
    until: Oid | None = None


def keep(config: Config, found: Mapping[PostId, str]) -> None:
    """Takes up ids that prove themselves; durable on return."""
    rows = [(mid, one) for mid, one in found.items() if _fits(mid, one)]
    if rows:
        with _opened(config) as known:
            known.executemany("insert or ignore into known values (?, ?)", rows)


def reach(config: Config, hub: str, conference: str, until: Oid) -> None:
    """Notes that a hub has told all ids up to a commit of its log, which are kept."""
    with _opened(config) as known:
        row = (hub, conference, until)
        known.execute("insert or replace into told values (?, ?, ?)", row)


def stay(config: Config, conference: str, held: Mapping[str, Oid | None]) -> None:
    """Notes that hubs have told the ids up to these commits of their logs and no further, though
    their next offers come: where nothing is noted so far. Durable on return."""
    rows = [(hub, conference, tip or "") for hub, tip in held.items()]
    if rows:
        with _opened(config) as known:
            known.executemany("insert or ignore into told values (?, ?, ?)", rows)


def since(config: Config, hub: str, conference: str, held: Oid | None) -> Oid | None:
    """The commit of a hub's log after which its ids are asked for; None for all. `held` is where
    its last offer stands that is here, which counts where nothing is noted."""
    if not _path(config).exists():
        return held
    with _opened(config) as known:
        words = "select until from told where hub = ? and conference = ?"
        row = known.execute(words, (hub, conference)).fetchone()
    if row is None:
        return held
    return Oid(row[0]) if row[0] else None


def of(config: Config, mids: Collection[PostId]) -> dict[PostId, str]:
    """The Message-IDs of posts that came from other hubs, as far as these told them."""
    if not mids or not _path(config).exists():
        return {}
    with _opened(config) as known:
        found: dict[PostId, str] = {}
        for part in _parts(sorted(mids)):
            marks = ",".join("?" * len(part))
            rows = known.execute(f"select * from known where mid in ({marks})", part)  # noqa: S608
            found.update(rows)
        return found


def forget(config: Config, mids: Collection[PostId]) -> None:
    """Takes some away for good, with the posts: no octet of them stays, nor of what went before.
    Safe to do again after a kill."""
    if mids and _path(config).exists():
        with _opened(config) as known:
            known.executemany("delete from known where mid = ?", ((mid,) for mid in mids))
        with _opened(config) as known:
            known.execute("vacuum")
            known.execute("pragma wal_checkpoint(truncate)").fetchall()


def told(config: Config, conference: str, mids: Collection[PostId]) -> dict[PostId, str]:
    """What this hub can tell another of the posts: from the mails it got, and from what others
    told it. Blocking."""
    found, mail = of(config, mids), HubMail(config)
    try:
        for mid in mids:
            if mid in found or mail.is_erased(mid):
                continue
            name = mail.find(mid, conference)
            raw = mail.raw(name, conference) if name else None
            own = _message_id(raw) if raw else ""
            if own and _fits(mid, own):
                found[mid] = own
    finally:
        mail.close()
    return found


def sealed(found: Mapping[PostId, str], key: str) -> bytes:
    """The table for one hub alone (age, with its SSH key as the recipient)."""
    said = json.dumps(found, separators=(",", ":"), sort_keys=True).encode()
    return sealing.seal(said, key)


def opened(blob: bytes, identity: Identity) -> dict[PostId, str]:
    """The table that another hub sealed for this one. Raises ContentError."""
    return table(sealing.open_(blob, identity))


def table(blob: bytes) -> dict[PostId, str]:
    """The table as it lay within what was sealed. Raises ContentError."""
    try:
        found = json.loads(blob)
    except (ValueError, RecursionError) as error:
        raise sealing.closed("the table of Message-IDs") from error
    pairs = found.items() if isinstance(found, dict) else ()
    return {PostId(mid): one for mid, one in pairs if isinstance(one, str)}


def _message_id(raw: bytes) -> str:
    try:
        fields = split(raw).named("message-id")
    except SoliCommError:
        return ""
    return own_id(fields[0].value) if fields else ""


def _fits(mid: PostId, message_id: str) -> bool:
    plain = len(message_id) <= _LONGEST and message_id.isprintable() and message_id.isascii()
    return plain and "@" in message_id and post_id(message_id) == mid


def _parts(mids: list[PostId]) -> Iterator[list[PostId]]:
    for at in range(0, len(mids), 500):
        yield mids[at : at + 500]


def _path(config: Config) -> Path:
    return peers.folder(config) / "message-ids.sqlite"


@contextlib.contextmanager
def _opened(config: Config) -> Iterator[sqlite3.Connection]:
    """The table, for one transaction. Raises StoreError when it is damaged or cannot be written."""
    path = _path(config)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as known, known:
            path.chmod(0o600)
            safeio.write_ahead(known)
            for table in _TABLES:
                known.execute(table)
            yield known
    except sqlite3.Error as error:
        raise StoreError(
            f"{path.relative_to(config.root)}: {error}. If it is damaged, stop the hub and bring it"
            " back from a backup,"
            " or take it away: copies of old posts then thread by the names of their pages"
        ) from error
