"""The log of a few commits, read through a reader that runs already: no process is started.

Who follows a repository mostly has one new commit to look at, and starting git takes longer than
reading it: 5 ms in place of 0.5. Anything out of the ordinary is left to git (log.py): many
commits, merges, signatures, a commit that changes very much.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from solicomm_build.foundation.types import Oid
from solicomm_build.git import commitmessage
from solicomm_build.git.reader import Reader

MOST = 8
"""Commits that are read so; every one takes seven questions to git."""
_MOST_FOLDERS = 64
"""Folders that are compared for one commit."""
_HEAD = re.compile(
    rb"tree ([0-9a-f]{40})\n(?:parent ([0-9a-f]{40})\n)?"
    rb"author ([^\n<>]*)<[^\n<>]*> \d+ [+-]\d{4}\ncommitter [^\n<>]*<[^\n<>]*> (\d{1,11}) [+-]\d{4}"
)
_ENTRY = re.compile(rb"(\d{5,6}) ([^\0]+)\0(.{20})", re.DOTALL)
_ID = 20  # octets
_FOLDER = b"40000"
_NONE: tuple[bool, Oid | None] = (False, None)


@dataclass(frozen=True, slots=True)
class Changed:
    """A file added, modified or deleted ('A', 'M', 'D'); `oid` is the new blob, empty for 'D'."""

    status: str
    path: str
    oid: Oid


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; `committed` is the committer date in UTC: when this hub received it."""

    oid: Oid
    committed: datetime
    author_name: str
    message: str
    changes: tuple[Changed, ...]

    def trailer(self, key: str) -> str | None:
        """The value of a trailer (`Source`, `Message`), or None."""
        return commitmessage.trailers(self.message).get(key)


@dataclass(frozen=True, slots=True)
class _Step:
    """A commit with one parent, or the first of all, as its object says."""

    oid: Oid
    tree: Oid
    parent: Oid | None
    author: bytes
    committed: int
    message: bytes


_Row: TypeAlias = tuple[bytes, bytes, bytes]
"""A line of a tree: mode, name, octets of the id."""
_Pair: TypeAlias = tuple[bytes, Oid | None, Oid | None]
"""Two trees that differ: their path with a slash at its end, and their ids, None for no tree."""


def leads(reader: Reader, old: Oid, new: Oid) -> bool:
    """Whether a few steps back from `new` lead to `old`. False says nothing: ask git."""
    return old == new or _steps(reader, old, new) is not None


def said(reader: Reader, since: Oid | None, until: Oid) -> list[tuple[datetime, str]] | None:
    """When each commit after `since` (None: each of all) was made and its message, the newest
    first; None where git is to be asked."""
    steps = _steps(reader, since, until)
    return None if steps is None else [(_time(step), _text(step.message)) for step in steps]


def few(reader: Reader, since: Oid | None, until: Oid) -> list[Commit] | None:
    """What `log.commits` says, the same to the octet; None where git is to be asked. Raises
    StoreError when an object is missing."""
    steps = _steps(reader, since, until)
    if steps is None:
        return None
    found: list[Commit] = []
    for step in reversed(steps):
        before = reader.oid_at(step.parent) if step.parent else None
        is_whole = before is not None or step.parent is None
        changes = _changes(reader, before, step.tree) if is_whole else None
        if changes is None:
            return None
        said = _time(step), _text(step.author), _text(step.message)
        found.append(Commit(step.oid, *said, tuple(changes)))
    return found


def between(reader: Reader, old: Oid | None, new: Oid) -> list[Changed] | None:
    """What `log.diff` says, the same to the octet; None where git is to be asked."""
    was, now = reader.oid_at(old) if old else None, reader.oid_at(new)
    return None if now is None or (old and was is None) else _changes(reader, was, now)


def _steps(reader: Reader, old: Oid | None, new: Oid) -> list[_Step] | None:
    """From `new` back to the commit after `old`, or to the first of all; None when those are too
    many, or not plain."""
    found: list[_Step] = []
    at: Oid | None = new
    while at != old:
        step = _step(reader, at) if at is not None and len(found) < MOST else None
        if step is None:
            return None
        found.append(step)
        at = step.parent
    return found


def _step(reader: Reader, oid: Oid) -> _Step | None:
    data = reader.commit(oid) or b""
    head, _, message = data.partition(b"\n\n")
    found = _HEAD.fullmatch(head)
    if found is None or b"\0" in message:
        return None
    parent = Oid(found[2].decode("ascii")) if found[2] else None
    return _Step(
        oid, Oid(found[1].decode("ascii")), parent, found[3].rstrip(), int(found[4]), message
    )


def _changes(reader: Reader, old: Oid | None, new: Oid) -> list[Changed] | None:
    """The files that two trees differ in, in git's order; None when very many folders do. `old`
    None is a tree with nothing in it."""
    found: dict[bytes, Changed] = {}
    level: list[_Pair] = [(b"", old, new)] if old != new else []
    compared = 0
    while level:
        compared += len(level)
        if compared > _MOST_FOLDERS:
            return None
        wanted = {oid for _, was, now in level for oid in (was, now) if oid is not None}
        octets = dict(zip(wanted, reader.blobs(wanted), strict=True))
        deeper: list[_Pair] = []
        for prefix, was, now in level:
            lines = [set(_lines(octets[oid])) if oid else set() for oid in (was, now)]
            gone, come = _rows(lines[0] - lines[1]), _rows(lines[1] - lines[0])
            deeper += _compared(prefix, gone, come, found)
        level = deeper
    return [found[path] for path in sorted(found)]


def _lines(tree: bytes) -> Iterator[bytes]:
    """The lines of a tree, whole: most are the same in both, and are not taken apart."""
    at = 0
    while end := tree.find(b"\0", at) + 1:
        yield tree[at : end + _ID]
        at = end + _ID


def _rows(lines: set[bytes]) -> set[_Row]:
    return {row for line in lines for row in _ENTRY.findall(line)}


def _compared(
    prefix: bytes, was: set[_Row], now: set[_Row], found: dict[bytes, Changed]
) -> Iterator[_Pair]:
    """Adds to `found` the files that differ in a folder; the folders in it that do."""
    old = {name: (mode == _FOLDER, Oid(oid.hex())) for mode, name, oid in was}
    new = {name: (mode == _FOLDER, Oid(oid.hex())) for mode, name, oid in now}
    for name in old.keys() | new.keys():
        (was_folder, before), (is_folder, after) = old.get(name, _NONE), new.get(name, _NONE)
        path = prefix + name
        if was_folder or is_folder:
            yield path + b"/", before if was_folder else None, after if is_folder else None
        if after and not is_folder:
            status = "M" if before and not was_folder else "A"
            found[path] = Changed(status, _text(path), after)
        elif before and not was_folder:
            found[path] = Changed("D", _text(path), Oid(""))


def _time(step: _Step) -> datetime:
    return datetime.fromtimestamp(step.committed, UTC)


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")
