"""Notices and receipts of erasures, as files: `private/network/erasures/`.

    <eid>.yaml          a hub says which posts of a conference it has erased: solicomm/erasure@1
    <eid>.<hub>.yaml    a hub says that it has done the same: solicomm/erased@1
    <eid>.json          what became of a notice here

A notice has ids of posts, which are hashes, and nothing of what was in them or who wrote it. Its
name is a hash of its octets. Format: docs/formats/network.md.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust import signed
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import ID, Identity
from solicomm_build.foundation.types import PostId
from solicomm_build.foundation.yamlsafe import Node

SCHEMA, RECEIPT = "solicomm/erasure@1", "solicomm/erased@1"
REASONS = ("person", "message")
"""Whether all of a person went, or messages alone."""
MOST = 500
"""Posts in one notice; more make several."""

NAME = re.compile(rf"([a-z2-7]{{26}})(?:\.({ID.pattern}))?\.yaml")
"""What the files are called: the notice's id and, for a receipt, who gave it."""
_EID = re.compile(r"[a-z2-7]{26}")
_MID = re.compile(r"[a-z2-7]{32}")
_KEPT = timedelta(days=400)
_MOST_FILES = 1000  # that are handed on


@dataclass(frozen=True, slots=True)
class Notice:
    """`hub` has erased these posts of a conference. `at` is UTC."""

    eid: str
    hub: str
    key: str
    repo: str
    reason: str
    at: datetime
    mids: tuple[PostId, ...]

    @property
    def conference(self) -> str:
        """The conference's id."""
        return self.repo.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Receipt:
    """`hub` has done what a notice says."""

    eid: str
    hub: str
    key: str
    at: datetime


@dataclass(slots=True)
class Fate:
    """What became of a notice here: `new`, `waiting` for the operator, `allowed` by him, `done`,
    `refused`; `why` in words, `count` how many posts it was about, `at` when (ISO, UTC)."""

    state: str = "new"
    why: str = ""
    at: str = ""
    count: int = 0


def make(identity: Identity, repo: str, reason: str, mids: Sequence[str]) -> bytes:
    """A notice of this hub."""
    values: dict[str, Node] = {
        "schema": SCHEMA,
        "hub": identity.id,
        "repo": repo,
        "reason": reason,
        "at": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
        "mids": list(sorted(mids)),
    }
    return signed.write(values, identity)


def receipt(identity: Identity, eid: str) -> bytes:
    """A receipt of this hub."""
    at = f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"
    values: dict[str, Node] = {"schema": RECEIPT, "hub": identity.id, "notice": eid, "at": at}
    return signed.write(values, identity)


def read(blob: bytes, file: str = "") -> Notice | Receipt:
    """What a file says. Whether `key` is that hub's is for the caller to look at. Raises
    ContentError."""
    top, key = signed.read(blob, file=file)
    hub = top.text("hub", required=True, example="water-3fk2q7ab", pattern=ID)
    at = top.moment("at", required=True) or clock.now()
    found: Notice | Receipt
    if top.text("schema") == RECEIPT:
        found = Receipt(top.text("notice", required=True, pattern=_EID), hub, key, at)
    else:
        top.schema(SCHEMA)
        repo = top.text("repo", required=True, example="conferences/water")
        reason = top.choice("reason", REASONS, REASONS[1])
        mids = tuple(
            PostId(one) for one in top.words("mids", required=True, pattern=_MID, most=MOST)
        )
        found = Notice(eid_of(blob), hub, key, repo, reason, at, mids)
        if not cards.is_repo(repo) or not mids:
            top.fault("repo", "it is about nothing that hubs share", "Get it anew from its hub")
    top.close()
    top.raise_faults()
    return found


def eid_of(blob: bytes) -> str:
    """What a notice is called."""
    return base64.b32encode(hashlib.sha256(blob).digest()).decode("ascii").lower()[:26]


def name_of(one: Notice | Receipt) -> str:
    """The name of its file."""
    return f"{one.eid}.yaml" if isinstance(one, Notice) else f"{one.eid}.{one.hub}.yaml"


# -- the folder -------------------------------------------------------------------------------


def keep(config: Config, blob: bytes) -> Notice | Receipt:
    """Puts a file there, durable on return. Raises ContentError for what is none."""
    one = read(blob)
    safeio.write_atomic(_folder(config) / name_of(one), blob, mode=0o600)
    return one


def files(config: Config) -> dict[str, bytes]:
    """All that is handed on, by name: what is not too old, the newest last. Where that is too much,
    notices before receipts, and of each hub as many as of any other: whoever says much keeps
    nobody else's word from those who wait for it."""
    folder = peering.folder(config) / "erasures"
    found = [path for path in folder.glob("*.yaml") if NAME.fullmatch(path.name)]
    oldest = (clock.now() - _KEPT).timestamp()
    dated = sorted((path.stat().st_mtime, path) for path in found)
    dated = [(at, path) for at, path in dated if at >= oldest]
    if len(dated) > _MOST_FILES:
        dated = sorted(_first(dated)[:_MOST_FILES])
    return {path.name: path.read_bytes() for _, path in dated}


def _first(dated: list[tuple[float, Path]]) -> list[tuple[float, Path]]:
    """The same, what matters most first."""
    turns, ranked = Counter[tuple[bool, str]](), []
    for number, (at, path) in enumerate(reversed(dated)):
        is_receipt = "." in path.stem
        whose = (
            path.stem.partition(".")[2] if is_receipt else _hub_of(path, path.stat().st_mtime_ns)
        )
        ranked.append((is_receipt, turns[is_receipt, whose], number, (at, path)))
        turns[is_receipt, whose] += 1
    return [one for *_, one in sorted(ranked)]


@lru_cache(maxsize=8192)
def _hub_of(path: Path, _changed: int) -> str:
    """Whose a notice is; empty for one that cannot be read."""
    try:
        return read(path.read_bytes(), str(path)).hub
    except (OSError, SoliCommError):
        return ""


def has(config: Config, name: str) -> bool:
    """Whether a file is here."""
    return (peering.folder(config) / "erasures" / name).exists()


def all_(config: Config, states: Collection[str] = ()) -> Iterator[Notice]:
    """Every notice that is here, or those in some states; `solicomm fsck` names those that cannot
    be read."""
    for path in sorted((peering.folder(config) / "erasures").glob("*.yaml")):
        if _EID.fullmatch(path.stem) and (not states or fate(config, path.stem).state in states):
            try:
                one = read(path.read_bytes(), str(path))
            except (OSError, SoliCommError):
                continue
            if isinstance(one, Notice):
                yield one


def confirmed(config: Config, eid: str) -> dict[str, datetime]:
    """Who gave a receipt for a notice, and when."""
    found = {}
    for path in sorted((peering.folder(config) / "erasures").glob(f"{eid}.*.yaml")):
        try:
            one = read(path.read_bytes(), str(path))
        except (OSError, SoliCommError):
            continue
        found[one.hub] = one.at
    return found


def fate(config: Config, eid: str) -> Fate:
    """What became of a notice here."""
    try:
        facts: dict[str, Any] = json.loads(_fate(config, eid).read_bytes())
        return Fate(**facts)
    except (OSError, ValueError, TypeError):
        return Fate()


def decide(
    config: Config, notice: Notice, state: str, why: str = "", *, count: int | None = None
) -> None:
    """Notes it, and for how many posts it counts if not for all; durable on return."""
    at = clock.now().isoformat(timespec="seconds")
    said = dataclasses.asdict(Fate(state, why, at, len(notice.mids) if count is None else count))
    safeio.write_atomic(_fate(config, notice.eid), json.dumps(said).encode(), mode=0o600)


def banned(config: Config, repo: str, hubs: Sequence[str]) -> frozenset[PostId]:
    """The posts of a conference that these hubs said are erased, and that were not refused."""
    return frozenset(
        mid
        for one in all_(config)
        if one.repo == repo and one.hub in hubs and fate(config, one.eid).state != "refused"
        for mid in one.mids
    )


def _folder(config: Config) -> Path:
    folder = peering.folder(config) / "erasures"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _fate(config: Config, eid: str) -> Path:
    return _folder(config) / f"{eid}.json"
