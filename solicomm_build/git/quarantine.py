"""What a push brings, looked at while it lies in git's quarantine (git-receive-pack).

`of_hook` gives the repository as a hook sees it: its own objects and those that are on trial.
`new_commits` lists what is new, and `Walk` compares trees by itself, one object after the other,
instead of asking git for a list: a *git bomb* is a tree of a few hundred octets that stands for ten
thousand million paths, and git would hold them all in memory before the first is heard of. Here
each tree is measured before it is read, each difference counted, and a clock runs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from solicomm_build.foundation.errors import ContentError, StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Entry, Reader
from solicomm_build.git.repo import Repo, environment

MOST_COMMITS: Final = 20_000
MOST_CHANGES: Final = 50_000
"""Paths that one push may add, change or take away, all commits together."""
DEEPEST: Final = 12
"""Folders below folders that are looked into; post/filenames.py refuses long before."""

_TREE_OCTETS = 4 * 1024 * 1024  # 20,000 files of 100 characters in one folder have 2.5 MB
_MESSAGE_OCTETS = 64 * 1024
_REMEMBERED = 512
_FORMAT = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%cn%x00%ce%x00%B%x01"
_HANDED_ON = (
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
)


@dataclass(frozen=True, slots=True)
class QuarantinedRepo(Repo):
    """A repository together with the objects that are on trial."""

    objects: tuple[tuple[str, str], ...] = ()

    def _environment(self) -> dict[str, str]:
        return environment() | dict(self.objects)


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit that the repository did not have, with what is checked of it."""

    oid: Oid
    tree: Oid
    parents: tuple[Oid, ...]
    identities: tuple[tuple[str, str], ...]  # (name, e-mail) of author and committer
    message: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A path that one tree has otherwise than another: `mode` and `oid` are the new ones, empty
    when it is gone; `before` is the old object, empty when it is new."""

    path: str
    mode: str
    oid: Oid
    before: Oid


def of_hook(environ: Mapping[str, str]) -> QuarantinedRepo:
    """The repository of a hook that git has started; its current folder is the repository."""
    here = Path(environ.get("GIT_DIR", ".")).resolve()
    handed = [(name, environ[name]) for name in _HANDED_ON if environ.get(name)]
    return QuarantinedRepo(
        here,
        tuple(
            (name, os.path.abspath(value)) if name != _HANDED_ON[1] else (name, value)
            for name, value in handed
        ),
    )


def new_commits(repo: Repo, tips: list[Oid]) -> Iterator[NewCommit]:
    """The commits that `tips` bring, parents first. Raises ContentError when they are too many."""
    process = repo.start(
        "rev-list",
        "--topo-order",
        "--reverse",
        f"--max-count={MOST_COMMITS + 1}",
        "--no-commit-header",
        _FORMAT,
        "--not",
        "--all",
        "--not",
        "--end-of-options",
        *tips,
    )
    count = 0
    try:
        for record in _records(process.stdout):
            count += 1
            if count > MOST_COMMITS:
                raise ContentError(
                    f"the push brings more than {MOST_COMMITS} commits",
                    remedy="Push them in several parts, the oldest first",
                )
            yield _commit(record)
        if process.wait():
            raise StoreError(f"{repo.path.name}: the new commits cannot be listed")
    finally:
        process.end()


def _records(stream: IO[bytes]) -> Iterator[list[str]]:
    rest = b""
    while chunk := stream.read(1 << 16):
        *whole, rest = (rest + chunk).split(b"\x01\n")
        for record in whole:
            yield record.decode("utf-8", "replace").split("\0")
        if len(rest) > _MESSAGE_OCTETS:
            raise ContentError(
                "the message of a commit is too long", remedy=f"At most {_MESSAGE_OCTETS} bytes"
            )


def _commit(fields: list[str]) -> NewCommit:
    if len(fields) != 8:
        raise ContentError(
            "the message of a commit holds control characters", remedy="Write it anew"
        )
    oid, tree, parents, author, author_email, committer, committer_email, message = fields
    return NewCommit(
        Oid(oid),
        Oid(tree),
        tuple(Oid(parent) for parent in parents.split()),
        ((author, author_email), (committer, committer_email)),
        message,
    )


class Walk:
    """Compares trees within limits that hold for a whole push. Not for several threads."""

    def __init__(self, reader: Reader, *, most: int = MOST_CHANGES, seconds: float = 20.0) -> None:
        self._reader, self._left, self._most = reader, most, most
        self._until = time.monotonic() + seconds
        self._known: dict[Oid, dict[str, Entry]] = {}
        self.folders: dict[str, set[str]] = {}

    def differences(self, old: Oid | None, new: Oid) -> Iterator[Difference]:
        """What the tree `new` has otherwise than `old` (None: nothing at all). Raises ContentError
        past the limits. `folders` gets the names in every new folder that was looked into."""
        yield from self._compare(old, new, "", 1)

    def _compare(
        self, old: Oid | None, new: Oid | None, folder: str, depth: int
    ) -> Iterator[Difference]:
        if depth > DEEPEST:
            raise ContentError("the folders are nested too deeply", remedy="Use fewer levels")
        before = self._entries(old) if old else {}
        after = self._entries(new) if new else {}
        if new:
            self.folders[folder.rstrip("/")] = set(after)
        for name in sorted(before.keys() | after.keys()):
            was, now = before.get(name), after.get(name)
            if was and now and (was.oid, was.mode) == (now.oid, now.mode):
                continue
            self._count()
            yield from self._differs(was, now, folder + name, depth)

    def _differs(
        self, was: Entry | None, now: Entry | None, path: str, depth: int
    ) -> Iterator[Difference]:
        old_tree = was.oid if was and was.type == "tree" else None
        new_tree = now.oid if now and now.type == "tree" else None
        old_file = was if was and was.type != "tree" else None
        new_file = now if now and now.type != "tree" else None
        if old_file or new_file:
            yield Difference(
                path,
                new_file.mode if new_file else "",
                new_file.oid if new_file else Oid(""),
                old_file.oid if old_file else Oid(""),
            )
        if old_tree or new_tree:
            yield from self._compare(old_tree, new_tree, path + "/", depth + 1)

    def _entries(self, tree: Oid) -> dict[str, Entry]:
        found = self._known.pop(tree, None)
        if found is None:
            if self._reader.size(tree) > _TREE_OCTETS:
                raise ContentError("a folder holds too many files", remedy="Use several folders")
            found = {entry.path: entry for entry in self._reader.entries(tree)}
            if len(self._known) >= _REMEMBERED:
                del self._known[next(iter(self._known))]
        self._known[tree] = found
        return found

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise ContentError(
                f"the push changes more than {self._most} files",
                remedy="Push it in several parts; or see whether folders hold each other",
            )
        if time.monotonic() > self._until:
            raise ContentError(
                "looking through the push takes too long", remedy="Push it in several parts"
            )
