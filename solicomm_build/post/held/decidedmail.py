"""What was decided about held mail lately, and can be taken back (post/decision.py).

Read from the history of mail.git: in the commit that brought a decision the message still waits, so
that is where its octets are found when it is to wait again. Reads only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.post import decision
from solicomm_build.post.decision import Decision
from solicomm_build.post.store.mailstore import Held


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision of somebody (or of time) about a message that waited; `commit` brought it."""

    held: Held
    made: Decision
    commit: Oid

    @property
    def subject(self) -> str:
        """Of the message; may be empty."""
        return str(self.held.facts.get("subject", ""))


def lately(
    config: Config, wanted: Callable[[str], bool], since: datetime | None = None
) -> list[Decided]:
    """The decisions of the last days (`decision.UNDO`), or since a moment, in the conferences
    wanted, the newest first: without those that were taken back, and those that a rule made.
    Blocking."""
    since = since or clock.now() - decision.UNDO
    repo = open_repo(config.mail_repo)
    tip = repo.ref()
    if tip is None:
        return []
    told = repo.git(
        "log",
        f"--since={since.isoformat()}",
        "--diff-filter=A",
        "--format=%x00%H",
        "--name-only",
        "--no-renames",
        "--end-of-options",
        tip,
        "--",
        "decisions",
    )
    found: list[Decided] = []
    seen: set[str] = set()
    with closing(Reader(repo)) as reader:
        for part in told.decode("ascii", "replace").split("\0")[1:]:
            commit, *paths = part.split()
            for path in paths:
                place = decision.parse_path(path)
                if place is None or not wanted(place[0]) or path in seen:
                    continue
                seen.add(path)
                one = _one(reader, tip, Oid(commit), *place)
                if one is not None and one.made.at >= since:
                    found.append(one)
    return sorted(found, key=lambda one: (one.made.at, one.held.mid), reverse=True)


def octets(config: Config, one: Decided) -> bytes | None:
    """The message as it waited; None when it was erased since. Blocking."""
    with Reader(open_repo(config.mail_repo)) as reader:
        return reader.at(one.commit, f"held/{one.held.conference}/{one.held.mid}.eml")


def _one(reader: Reader, tip: Oid, commit: Oid, conference: str, mid: PostId) -> Decided | None:
    blob = reader.at(tip, decision.path(conference, mid))
    facts = reader.at(commit, f"held/{conference}/{mid}.json")
    if blob is None or facts is None:
        return None
    try:
        made, known = decision.decode(blob), _facts(facts)
    except (SoliCommError, ValueError):
        return None
    is_undone = reader.oid_at(tip, decision.undone_path(conference, mid, made)) is not None
    if is_undone or made.by == decision.POLICY:
        return None
    return Decided(Held(conference, mid, known), made, commit)


def _facts(blob: bytes) -> dict[str, Any]:
    found = json.loads(blob)
    if not isinstance(found, dict) or "envelope" not in found:
        raise ValueError("no facts")
    return found
