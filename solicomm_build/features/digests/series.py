"""What the groups of a list have not had, as it was read and judged: also for the next courier,
since one that rests ends, and is begun again each minute to look.

It lies in `state/digests/<list>.json`; what is there is a function of the log and of the cursors,
and losing it costs time: it counts only while a group's cursor stands where it stood, and the log
goes on from what was read.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from solicomm_build.features.digests.digest import Group, Pending
from solicomm_build.foundation import clock, safeio, timekeeping
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, PostId, TopicId

_VERSION = 1


@dataclass
class Series:
    """A group of a list as it was seen last: where its cursor is, how far the log was read for it,
    and what it has not had."""

    cursor: Oid
    seen: Oid
    pending: list[Pending] = field(default_factory=list)

    def redate(self, config: Config) -> bool:
        """Has posts that a clock dated which was far ahead count as if they came now, once the time
        is right; whether there were any. They would be of no day that has been, for years."""
        now = clock.now()
        latest = now + clock.FAST
        if not any(post.received > latest for post in self.pending):
            return False
        if not timekeeping.is_right(config.state):
            return False
        self.pending = [
            replace(post, received=now) if post.received > latest else post for post in self.pending
        ]
        return True


def keep(config: Config, name: str, series: Mapping[Group, Series]) -> None:
    """Keeps those of a list. Not durable."""
    path = _path(config, name)
    if not series:
        path.unlink(missing_ok=True)
        return
    groups = {
        group.name: {
            "cursor": one.cursor,
            "seen": one.seen,
            "pending": [
                [post.commit, post.received.isoformat(), post.mid, post.tid, post.name, post.octets,
                 post.nth]
                for post in one.pending
            ],
        }
        for group, one in series.items()
    }  # fmt: skip
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    octets = json.dumps({"version": _VERSION, "groups": groups}).encode("ascii")
    safeio.write_atomic(path, octets, durable=False, mode=0o600)


def kept(config: Config, name: str) -> dict[str, Series]:
    """What was kept of a list, by the names of groups; empty where it cannot be read."""
    try:
        facts = json.loads(_path(config, name).read_bytes())
        if facts["version"] != _VERSION:
            return {}
        return {str(group): _series(one) for group, one in facts["groups"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def forget(config: Config) -> None:
    """Forgets all: it names posts. Safe to call again."""
    shutil.rmtree(config.state / "digests", ignore_errors=True)


def _series(facts: Mapping[str, Any]) -> Series:
    pending = [
        Pending(
            Oid(str(commit)),
            datetime.fromisoformat(received),
            PostId(str(mid)),
            TopicId(str(tid)) if tid is not None else None,
            str(message),
            int(octets),
            int(nth),
        )
        for commit, received, mid, tid, message, octets, nth in facts["pending"]
    ]
    return Series(Oid(str(facts["cursor"])), Oid(str(facts["seen"])), pending)


def _path(config: Config, name: str) -> Path:
    return config.state / "digests" / f"{name}.json"
