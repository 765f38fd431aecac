"""What is new since a day: a repository with the topics that have something new from that day on,
or the cards that were added since, and all that is about the whole of it.

The commits are others than those of the hub, since each names the one before it; author, moment,
message and octets stay. They are the same for the same history, so that what comes later goes on
from what was there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change, Writer

_ASIDE = "refs/heads/narrowed"
_AT_ONCE = 2000
_NAMED = re.compile(rb"[a-z2-7]{16,64}")


@dataclass(frozen=True, slots=True)
class Unit:
    """What comes along as a whole or not at all: `path` finds its name in the path of a file.
    `grows`: something later makes it new again; else it is as old as its first file. `linked` is
    the part of a path below which files name other units that belong to the same."""

    path: re.Pattern[str]
    grows: bool
    linked: str = ""

    def of(self, path: str) -> str:
        """The name of the unit of a file; empty for what always comes along."""
        found = self.path.match(path)
        return found[1] if found else ""


UNITS: Mapping[str, Unit] = {
    "conferences": Unit(
        re.compile(r"(?:local/)?topics/[^/]{1,4}/([a-z2-7]{16,64})/"), grows=True, linked="/events/"
    ),
    "libraries": Unit(re.compile(r"entries/([^/]+)/"), grows=False),
}
"""By kind of place (docs/formats/store.md, library-entry.md). Sites always come along whole."""


def narrowed(source: Repo, tip: Oid, target: Repo, unit: Unit, since: datetime) -> Oid | None:
    """Writes into `target`, which borrows the objects of `source`, the history up to `tip` of what
    is new since a moment; its last commit, which no branch names yet. None when there is nothing
    at all. Raises StoreError. Blocking."""
    kept = new(source, tip, unit, since)
    target.set_ref(_ASIDE, None, target.ref(_ASIDE))
    with Reader(source) as reader, Writer(target, branch=_ASIDE) as writer:
        for number, (commit, changes) in enumerate(_chosen(source, tip, unit, kept.__contains__)):
            writer.commit(
                [Change(one.path, reader.blob(one.oid) if one.oid else None) for one in changes],
                author_name=commit.author_name,
                when=commit.committed,
                message=commit.message,
            )
            if number % _AT_ONCE == _AT_ONCE - 1:
                writer.checkpoint()
        return writer.checkpoint()


def _chosen(
    source: Repo, tip: Oid, unit: Unit, takes: Callable[[str], bool]
) -> Iterator[tuple[log.Commit, list[log.Changed]]]:
    for commit in log.commits(source, None, tip):
        changes = [one for one in commit.changes if not (name := unit.of(one.path)) or takes(name)]
        if changes:
            yield commit, changes


def new(source: Repo, tip: Oid, unit: Unit, since: datetime) -> set[str]:
    """The names of the units that are new up to a commit, and of those that belong to one of them.
    Raises StoreError. Blocking: all of the history is looked at."""
    moments: dict[str, datetime] = {}
    linked: dict[str, Oid] = {}
    for commit in log.commits(source, None, tip):
        for change in commit.changes:
            name = unit.of(change.path)
            if not name:
                continue
            before = moments.get(name, commit.committed)
            moments[name] = max(before, commit.committed) if unit.grows else before
            if unit.linked and unit.linked in change.path and change.oid:
                linked[change.path] = change.oid
    kept = {name for name, moment in moments.items() if moment >= since}
    beside: dict[str, set[str]] = {}
    with Reader(source) as reader:
        for path, oid in linked.items():
            one = unit.of(path)
            for said in _NAMED.findall(reader.blob(oid)):
                other = said.decode("ascii")
                if other in moments and other != one:
                    beside.setdefault(one, set()).add(other)
                    beside.setdefault(other, set()).add(one)
    todo = list(kept)
    while todo:
        for name in beside.get(todo.pop(), set()) - kept:
            kept.add(name)
            todo.append(name)
    return kept
