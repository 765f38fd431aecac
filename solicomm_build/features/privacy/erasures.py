"""Erasures on record: what each has to do, and the receipt of what it did.

`private/erasures/<id>.todo` says what is sought, until it is gone. `<id>.json` is the receipt: what
(ids, which are hashes), when, why, by whom, how much and where; never what was in it. The format is
docs/formats/store.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import fsync_dir, write_atomic
from solicomm_build.post.store.bearing import Sought


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be erased. `mids` are post ids; `message_ids`, `address` and `needles` (runs of
    the texts, to search for what is left) are in the todo only; `member` is a member's number,
    `cards` by what features find what they keep, such as the card that the member shows in the
    directory of people, `earlier` the addresses besides `address` that the person had, and other
    spellings of all."""

    id: str
    at: str
    by: str
    reason: str
    mids: tuple[str, ...]
    message_ids: tuple[str, ...] = ()
    address: str = ""
    member: int | None = None
    needles: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """All that the person has and had, each as it may be written."""
        return tuple(filter(None, (self.address, *self.earlier)))

    @property
    def each(self) -> tuple[Order, ...]:
        """The same for each of the addresses, one after the other: all else with the first."""
        bare = replace(self, mids=(), message_ids=(), member=None, cards=(), earlier=())
        return (self, *(replace(bare, address=one) for one in self.earlier))

    @property
    def sought(self) -> Sought:
        """The messages, to be recognised by."""
        return Sought(frozenset(self.mids), frozenset(self.message_ids))

    def bears(self, raw: bytes) -> bool:
        """Whether a message is one of them, or has one inside."""
        return self.sought.bears(raw)


@dataclass(slots=True)
class Receipt:
    """What is kept of an erasure. `removed` counts by place below the hub; `objects` are the ids
    that git had for what was erased, `deposits` the folders of what the person had handed in to
    libraries: hashes, both. `copies` says of each copy elsewhere how it stands (erasing.Copy) and
    when it was asked last, `since` when the todo was left with nothing that names anybody."""

    id: str
    at: str
    by: str
    reason: str
    messages: tuple[str, ...]
    member: int | None = None
    done: str = ""
    removed: dict[str, int] = field(default_factory=dict)
    objects: list[str] = field(default_factory=list)
    deposits: list[str] = field(default_factory=list)
    copies: dict[str, dict[str, str]] = field(default_factory=dict)
    since: str = ""

    @property
    def open(self) -> list[str]:
        """The copies elsewhere that do not say yet that it is gone."""
        return [name for name, one in self.copies.items() if one["state"] != "gone"]

    def counted(self, place: str, count: int) -> None:
        """Notes how much a place lost."""
        if count:
            self.removed[place] = self.removed.get(place, 0) + count


HERE = "erased-here"
"""Below `state`: the ids of erasures that this machine has done in its own copy of the hub; with
`.again` those that it has gone by once more (following.py)."""


def known_here(config: Config) -> set[str]:
    """Those ids."""
    try:
        return set((config.state / HERE).read_text("ascii").split())
    except (OSError, ValueError):
        return set()


def note_here(config: Config, identifier: str) -> None:
    """Adds one, where other machines have copies."""
    if config.cluster.is_shared:
        with open(config.state / HERE, "a", encoding="ascii") as file:
            file.write(f"{identifier}\n")


def folder(config: Config) -> Path:
    """Where receipts lie; made when missing."""
    path = config.private / "erasures"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def receipts(config: Config) -> list[Receipt]:
    """Every receipt, the oldest first."""
    found = (receipt(config, path.stem) for path in sorted(folder(config).glob("*.json")))
    return [one for one in found if one is not None]


def receipt(config: Config, identifier: str) -> Receipt | None:
    """That of one erasure, as far as it has come; None when nothing was taken away yet."""
    try:
        facts = safeio.facts_of(receipt_file(config, identifier))
    except FileNotFoundError:
        return None
    return Receipt(**{**facts, "messages": tuple(facts["messages"])})


def decoded(octets: bytes) -> Receipt | None:
    """A receipt that comes from elsewhere; None for what is none that this version knows."""
    try:
        facts = json.loads(octets)
        return Receipt(**{**facts, "messages": tuple(map(str, facts["messages"]))})
    except (ValueError, KeyError, TypeError):
        return None


def todo(config: Config, identifier: str) -> Path:
    """The file that says what an erasure has to do; gone when it is done."""
    return folder(config) / f"{identifier}.todo"


def receipt_file(config: Config, identifier: str) -> Path:
    """Where the receipt of an erasure lies."""
    return folder(config) / f"{identifier}.json"


def end(config: Config, identifier: str) -> None:
    """Nothing is left to do; durable on return. Safe to call again."""
    todo(config, identifier).unlink(missing_ok=True)
    fsync_dir(folder(config))


def has_copies(config: Config) -> bool:
    """Whether what the hub holds lies elsewhere, too, where it can be told to go."""
    return config.cluster.is_shared or config.cluster.s3 is not None


def undone(config: Config) -> list[Order]:
    """The erasures that were killed, and those that wait for copies elsewhere."""
    return [_decoded(safeio.facts_of(path)) for path in sorted(folder(config).glob("*.todo"))]


def _decoded(facts: Mapping[str, Any]) -> Order:
    names = ("mids", "message_ids", "needles", "cards", "earlier")
    lists = {key: tuple(facts.get(key, ())) for key in names}
    return Order(**{**facts, **lists})


def keep(path: Path, facts: Mapping[str, Any]) -> None:
    """Writes a todo or a receipt; durable on return."""
    text = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_atomic(path, text.encode("utf-8", "surrogateescape"), mode=0o600)
