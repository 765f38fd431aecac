"""Archives of public-inbox: its git repositories as a source for `solicomm import`.

Version 1 is one bare repository with a file a message, `<2>/<38 hex digits>`; what is no longer in
its tree was taken out there and stays out. Version 2 is a folder with `git/0.git`, `git/1.git` and
so on, or one such repository, whose commits each hold a message in the file `m`; a commit with a
file `d` takes the message in it out again.

A repository of somebody else may name programs in its settings that git would start. So its own
settings are never read: a new repository of ours borrows its objects for as long as it is read.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log, refs
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, create

_EPOCH = re.compile(r"[0-9]{1,6}\.git")
_V1 = re.compile(r"[0-9a-f]{2}/[0-9a-f]{38}")


def is_inbox(folder: Path) -> bool:
    """Whether a folder is an inbox, or a bare repository that may be one."""
    return bool(_epochs(folder))


def size(folder: Path) -> int:
    """The octets of its packs: how far the reader can get."""
    return sum(
        file.stat().st_size
        for repo in _epochs(folder)
        for file in (repo / "objects").rglob("*")
        if file.is_file()
    )


def read(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(where, octets) of each message, oldest first. Raises StoreError when git cannot read it."""
    for source in _epochs(folder):
        tip = refs.read(source, "HEAD")
        if tip is None:
            continue
        with tempfile.TemporaryDirectory(prefix="inbox-") as place:
            yield from _messages(_borrowed(source, Path(place)), tip, source.name)


def _epochs(folder: Path) -> list[Path]:
    if _is_bare(folder):
        return [folder]
    root = folder / "git"
    found = [one for one in root.glob("*.git") if _EPOCH.fullmatch(one.name) and _is_bare(one)]
    return sorted(found, key=lambda one: int(one.stem))


def _is_bare(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir()


def _borrowed(source: Path, place: Path) -> Repo:
    """A repository of ours that sees the objects of another one, and nothing else of it."""
    objects = os.fsencode((source / "objects").absolute())
    if b"\n" in objects or objects.startswith((b'"', b"#")):
        raise StoreError(f"{source}: git cannot borrow from a folder of this name; rename it")
    repo = create(place / "borrowed.git")
    alternates = repo.path / "objects" / "info" / "alternates"
    alternates.parent.mkdir(parents=True, exist_ok=True)
    alternates.write_bytes(objects + b"\n")
    return repo


def _messages(repo: Repo, tip: Oid, name: str) -> Iterator[tuple[str, bytes]]:
    added: dict[Oid, None] = {}
    for commit in log.commits(repo, None, tip):
        for change in commit.changes:
            if change.status != "D" and (change.path == "m" or _V1.fullmatch(change.path)):
                added[change.oid] = None
            elif change.path == "d" and change.status != "D":
                added.pop(change.oid, None)
    with Reader(repo) as reader:
        there = {entry.oid for entry in reader.tree(tip, recursive=True)}
        one_by_one = any(_V1.fullmatch(entry.path) for entry in reader.tree(tip, recursive=True))
        wanted = [oid for oid in added if not one_by_one or oid in there]
        for number, (oid, raw) in enumerate(zip(wanted, reader.blobs(wanted), strict=True), 1):
            yield f"{name}, message {number} ({oid[:12]})", raw
