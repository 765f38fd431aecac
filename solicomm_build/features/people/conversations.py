"""Who writes to whom through a card: `private/relayed/<digest>.json`, for as long as answers go.

    {"address": "ana@union.example", "peer": "eve@elsewhere.example", "card": "c_abcdefghij",
     "to": "visitor", "until": "2027-01-23T14:50:03+00:00"}

`<digest>` is that of a token (people/token.py), `address` who got it by mail, `peer` the visitor;
who answers to it writes `to` the visitor, or to the card's person. The roster says that there was
such a token and nothing else: its history keeps all that ever stood in it, and these go when their
time is over. Mode 0600; only the desk writes.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from solicomm_build.desk.plan import Write
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key
from solicomm_build.people.membership import TokenFacts

FOLDER = "relayed"
HOLDS = timedelta(days=60)
_VISITOR, _PERSON = "visitor", "person"


@dataclass(frozen=True, slots=True)
class Conversation:
    """One of them, in one direction."""

    address: str
    peer: str
    card: str
    to_visitor: bool
    until: datetime

    def write(self, digest: str) -> Write:
        """Keeps it under the digest of its token."""
        facts = {
            "address": self.address,
            "peer": self.peer,
            "card": self.card,
            "to": _VISITOR if self.to_visitor else _PERSON,
            "until": self.until.isoformat(),
        }
        return Write.to_private(f"{FOLDER}/{digest}.json", json.dumps(facts))


def of_token(config: Config, digest: str, facts: TokenFacts) -> Conversation | None:
    """What a token is about; None when that went. Tokens of older hubs say it themselves."""
    if facts.address:
        said, is_to_visitor = facts.data, facts.data.get("to") == _VISITOR
        peer, card = str(said.get("peer", "")), str(said.get("card", ""))
        return Conversation(facts.address, peer, card, is_to_visitor, facts.expires)
    return _read(config.private / FOLDER / f"{digest}.json")


def of_person(
    config: Config, addresses: Collection[str], cards: Collection[str] = ()
) -> Iterator[tuple[Path, Conversation]]:
    """Those that name one of these addresses, by their keys, or one of these cards."""
    for path in _all(config):
        found = _read(path)
        if found is not None and (
            found.card in cards or {key(found.address), key(found.peer)} & {*addresses}
        ):
            yield path, found


def damaged(config: Config, addresses: Collection[str]) -> Iterator[Path]:
    """Files that say no more whose they are, and have one of these addresses in them."""
    forms = {form for one in addresses for form in (one, json.dumps(one)[1:-1])}
    words = [one.lower().encode("utf-8", "replace") for one in forms]
    for path in _all(config):
        with contextlib.suppress(FileNotFoundError):
            if _read(path) is None and any(one in path.read_bytes().lower() for one in words):
                yield path


def sweep(config: Config) -> None:
    """Lets go of those whose time is over, of what a clock that was ahead has dated, and of what is
    damaged and as old."""
    if not timekeeping.is_sure(config.state):
        return
    for path in _all(config):
        found = _read(path)
        if not (_is_young(path) if found is None else _is_good(found)):
            path.unlink(missing_ok=True)


def _is_good(one: Conversation) -> bool:
    return clock.is_good(one.until, HOLDS, clock.now())


def _is_young(path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return abs(clock.timestamp() - path.stat().st_mtime) < HOLDS.total_seconds()
    return True


def _all(config: Config) -> list[Path]:
    return sorted((config.private / FOLDER).glob("*.json"))


def _read(path: Path) -> Conversation | None:
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        facts = json.loads(path.read_bytes())
        return Conversation(
            str(facts["address"]),
            str(facts["peer"]),
            str(facts["card"]),
            facts["to"] == _VISITOR,
            datetime.fromisoformat(facts["until"]),
        )
    return None
