"""Erasures on record: what each has to do, and the receipt of what it did.

`private/erasures/<id>.todo` says what is sought, until it is gone. `<id>.json` is the receipt: what
(ids, which are hashes), when, why, by whom, how much and where; never what was in it. The format is
docs/formats/store.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import write_atomic
from solicomm_build.post.store.bearing import Sought


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be erased. `mids` are post ids; `message_ids`, `address` and `needles` (runs of
    the texts, to search for what is left) are in the todo only; `member` is a member's number,
    `cards` what the member shows in the directory of people."""

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
    libraries: hashes, both."""

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

    def counted(self, place: str, count: int) -> None:
        """Notes how much a place lost."""
        if count:
            self.removed[place] = self.removed.get(place, 0) + count


def folder(config: Config) -> Path:
    """Where receipts lie; made when missing."""
    path = config.private / "erasures"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def receipts(config: Config) -> list[Receipt]:
    """Every receipt, the oldest first."""
    found = []
    for path in sorted(folder(config).glob("*.json")):
        facts = json.loads(path.read_bytes())
        facts["messages"] = tuple(facts["messages"])
        found.append(Receipt(**facts))
    return found


def todo(config: Config, identifier: str) -> Path:
    """The file that says what an erasure has to do; gone when it is done."""
    return folder(config) / f"{identifier}.todo"


def receipt_file(config: Config, identifier: str) -> Path:
    """Where the receipt of an erasure lies."""
    return folder(config) / f"{identifier}.json"


def undone(config: Config) -> list[Order]:
    """The erasures that were killed."""
    return [
        _decoded(json.loads(path.read_bytes())) for path in sorted(folder(config).glob("*.todo"))
    ]


def _decoded(facts: Mapping[str, Any]) -> Order:
    names = ("mids", "message_ids", "needles", "cards")
    lists = {key: tuple(facts.get(key, ())) for key in names}
    return Order(**{**facts, **lists})


def keep(path: Path, facts: Mapping[str, Any]) -> None:
    """Writes a todo or a receipt; durable on return."""
    text = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_atomic(path, text.encode("utf-8", "surrogateescape"), mode=0o600)
