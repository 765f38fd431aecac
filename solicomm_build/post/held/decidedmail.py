"""What was decided about held mail lately, and can be taken back (post/decision.py).

Read from the history of mail.git: in the commit that brought a decision the message still waits, so
that is where its octets are found when it is to wait again. Reads only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.post import decision
from solicomm_build.post.cells import hubmail
from solicomm_build.post.decision import Decision
from solicomm_build.post.store.mailstore import Held

_NO_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""git's own name of the tree that holds nothing."""
_FEW = 100
"""git looks for each of so many paths in each commit; of more, all are taken."""
_SLACK = timedelta(hours=1)
"""So much later than its commit a decision may say that it was made: clocks differ."""

Key: TypeAlias = tuple[str, PostId]
"""A conference, and a message that waited there."""


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
    config: Config, wanted: Callable[[str], bool], since: datetime | None = None, about: str = ""
) -> list[Decided]:
    """The decisions of the last days (`decision.UNDO`), or since a moment, in the conferences
    wanted, about messages whose ids begin so, the newest first: without those that were taken back,
    and those that a rule made. Blocking."""
    since = since or clock.now() - decision.UNDO
    found: list[Decided] = []
    for cell, repo in hubmail.repos(config).items():
        tip = repo.ref()
        if tip is None:
            continue
        keys = [
            key
            for key in touched(repo, tip, None, since)
            if wanted(key[0]) and key[1].startswith(about) and is_in(config, key[0], cell)
        ]
        with closing(Reader(repo)) as reader:
            made = {key: one for key, one in standing(reader, tip, keys).items() if one.at >= since}
            found += decided(repo, reader, tip, made)
    return in_order(found)


def is_in(config: Config, conference: str, cell: int) -> bool:
    """Whether a conference belongs to a cell: one that has given it away has traces of it."""
    return cells.cell_of(config, cells.CONFERENCES, conference) == cell


def in_order(found: Iterable[Decided]) -> list[Decided]:
    """The newest first."""
    return sorted(found, key=lambda one: (one.made.at, one.held.mid), reverse=True)


def touched(repo: Repo, tip: Oid, old: Oid | None, since: datetime) -> set[Key]:
    """The messages about which something was decided, or taken back, between two commits, or since
    a moment where there is no older one. Raises StoreError when the older one is gone. Blocking."""
    if old is None:
        said = repo.git("rev-list", "-1", f"--before={since.isoformat()}", "--end-of-options", tip)
        old = Oid(said.decode("ascii").strip() or _NO_TREE)
    told = repo.git(
        *("diff-tree", "-r", "--no-renames", "--name-only", "-z", "--end-of-options"),
        *(old, tip, "--", "decisions", "undone"),
    )
    paths = told.decode("ascii", "replace").split("\0")
    keys = (decision.parse_path(path) or decision.parse_undone_path(path) for path in paths)
    return {key for key in keys if key is not None}


def standing(reader: Reader, tip: Oid, keys: Iterable[Key]) -> dict[Key, Decision]:
    """The decisions of these that count: not taken back, and not made by a rule."""
    paths = {decision.path(*key): key for key in keys}
    there = {path: oid for path, oid in reader.oids_at(tip, paths).items() if oid is not None}
    made: dict[Key, Decision] = {}
    for path, blob in zip(there, reader.blobs(there.values()), strict=True):
        try:
            made[paths[path]] = decision.decode(blob)
        except SoliCommError:
            continue
    undone = {decision.undone_path(*key, one): key for key, one in made.items()}
    for path, oid in reader.oids_at(tip, undone).items():
        if oid is not None:
            del made[undone[path]]
    return {key: one for key, one in made.items() if one.by != decision.POLICY}


def decided(repo: Repo, reader: Reader, tip: Oid, made: Mapping[Key, Decision]) -> list[Decided]:
    """Decisions with what they were about and the commits that brought them, the newest first;
    without those whose message was erased since. Costs a look at the commits since the oldest."""
    if not made:
        return []
    since = min(one.at for one in made.values()) - _SLACK
    paths = {decision.path(*key): key for key in made}
    told = repo.git(
        *("log", f"--since={since.isoformat()}", "--diff-filter=A", "--format=%x00%H"),
        *("--name-only", "--no-renames", "--end-of-options", tip, "--"),
        *(paths if len(paths) <= _FEW else ("decisions",)),
    )
    commits: dict[Key, Oid] = {}
    for part in told.decode("ascii", "replace").split("\0")[1:]:
        commit, *names = part.split()
        for name in filter(paths.__contains__, names):
            commits.setdefault(paths[name], Oid(commit))  # the newest: it was decided anew
    found = [_about(reader, key, made[key], commit) for key, commit in commits.items()]
    return in_order(one for one in found if one is not None)


def _about(reader: Reader, key: Key, made: Decision, commit: Oid) -> Decided | None:
    conference, mid = key
    facts = reader.at(commit, f"held/{conference}/{mid}.json")
    try:
        return Decided(Held(conference, mid, _facts(facts or b"")), made, commit)
    except ValueError:
        return None


def octets(config: Config, one: Decided) -> bytes | None:
    """The message as it waited; None when it was erased since. Blocking."""
    with Reader(hubmail.repo_of(config, one.held.conference)) as reader:
        return reader.at(one.commit, f"held/{one.held.conference}/{one.held.mid}.eml")


def _facts(blob: bytes) -> dict[str, Any]:
    found = json.loads(blob)
    if not isinstance(found, dict) or "envelope" not in found:
        raise ValueError("no facts")
    return found
