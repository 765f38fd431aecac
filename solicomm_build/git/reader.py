"""Objects of a repository: the first few out of its files (objects/athand.py), and for who goes on
asking through one long-lived `git cat-file --batch-command` per reader.

Requests to git go out in windows that are answered before the next one is written: git reads a
whole window before it answers, so the two pipes cannot block each other whatever their size. The
reader sees commits of other processes at once. Not for several threads; cheap to have several.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from solicomm_build.foundation.errors import StoreError, WentAwayError
from solicomm_build.foundation.safeio import Closing
from solicomm_build.foundation.types import Oid
from solicomm_build.git.objects.athand import AtHand, Found
from solicomm_build.git.objects.entries import Entry, Names, below, entries, listed
from solicomm_build.git.repo import GitProcess, Repo

T = TypeVar("T")

__all__ = ("Entry", "Reader", "ended", "started")

_WINDOW = 128
_TOGETHER = 8  # paths
_CHUNK = 1 << 18
_FEW = 64
"""Trees that are read one by one to list what is below: starting a git takes as long."""
_MAPPED = ("core.packedGitWindowSize=1048576", "core.packedGitLimit=16777216")
"""What git holds of packs in memory at most, octets: without it a reader holds all it ever read."""

_BY_OURSELVES = 128
"""Objects that are unpacked here before a git is started: about as long as starting it takes."""
_PLAIN = re.compile(r"[^\0\n]*")
_WHOLE_ID = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class _Answer:
    """What git says of an object; `octets` are empty where only the rest was asked for."""

    oid: Oid
    kind: str
    octets: bytes
    size: int


class _AskGitError(Exception):
    """Not to be found out here without a git."""


@dataclass
class _Open:
    """A window of `blobs` whose answers are not all read: how many, and those read for it."""

    remaining: int
    ready: deque[bytes] = field(default_factory=deque)


class Reader(Closing):
    """The read end of one repository. Use as a context manager, or `close` it."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self._process: GitProcess | None = None
        self._open: _Open | None = None
        self._near: AtHand | None = None

    def blob(self, oid: Oid) -> bytes:
        """The octets of a blob. Raises StoreError when the repository does not have it."""
        if (found := self._at_hand(oid)) is not None:
            return found.octets
        return self._asked(f"contents {oid}", self._blob)

    def blobs(self, oids: Iterable[Oid]) -> Iterator[bytes]:
        """The octets of many blobs, in order, without waiting for each. Raises like `blob`.

        Other calls in between are fine; at most one `blobs` at a time is fast.
        """
        rest = iter(oids)
        while window := list(islice(rest, _WINDOW)):
            while window and len(window) < _WINDOW and (found := self._at_hand(window[0])):
                del window[0]
                yield found.octets
            if not window:
                continue
            self._ask([f"contents {oid}" for oid in window])
            self._open = mine = _Open(len(window))
            while mine.ready or mine.remaining:
                if mine.ready:
                    yield mine.ready.popleft()
                else:
                    yield self._next(window, mine)

    def commit(self, oid: Oid) -> bytes | None:
        """The octets of a commit; None when the repository has no such commit."""
        found = self._at_hand(oid) or self._one(f"contents {oid}")
        return found.octets if found is not None and found.kind == "commit" else None

    def at(self, rev: str, path: str) -> bytes | None:
        """The octets of the file at `path` in a revision, or None when there is no such file."""
        found = self._contents(rev, path)
        return found.octets if found is not None and found.kind == "blob" else None

    def first_at(self, rev: str, paths: Sequence[str]) -> bytes | None:
        """What `at` says of the first of a few paths where there is a file; asked together."""
        try:
            places = [self._walked(rev, path)[0] for path in paths]
            said: list[_Answer | Found | None] = [
                None if oid is None else self._had(oid) for oid in places
            ]
        except _AskGitError:
            self._ask([f"contents {rev}:{path}" for path in paths])
            said = [self._answer(contents=True) for _ in paths]
        return next((one.octets for one in said if one is not None and one.kind == "blob"), None)

    def oid_at(self, rev: str, path: str = "") -> Oid | None:
        """The id of the file or tree at `path` in a revision, or None."""
        try:
            return self._walked(rev, path)[0]
        except _AskGitError:
            found = self._one(f"info {rev}:{path}")
            return found.oid if found is not None else None

    def oids_at(self, rev: str, paths: Iterable[str]) -> dict[str, Oid | None]:
        """What `oid_at` says of each of these paths; few are asked together, of many every tree on
        their way is read once."""
        found: dict[str, Oid | None] = dict.fromkeys(paths)
        if len(found) <= _TOGETHER:
            try:
                return {path: self._walked(rev, path)[0] for path in found}
            except _AskGitError:
                self._ask([f"info {rev}:{path}" for path in found])
                answers = [self._answer(contents=False) for _ in found]
                oids = (None if one is None else one.oid for one in answers)
                return dict(zip(found, oids, strict=True))
        root = self.oid_at(rev) if found else None
        level = {root: [(path.split("/"), path) for path in found]} if root is not None else {}
        depth = 0
        while level:
            deeper: defaultdict[Oid, list[tuple[list[str], str]]] = defaultdict(list)
            for asked, tree in zip(level.values(), self.blobs(level), strict=True):
                names = Names(tree)
                for parts, path in asked:
                    oid, is_tree = names.entry(parts[depth])
                    if depth == len(parts) - 1:
                        found[path] = oid
                    elif is_tree and oid is not None:
                        deeper[oid].append((parts, path))
            level, depth = dict(deeper), depth + 1
        return found

    def size(self, oid: Oid) -> int:
        """The octets of an object, without reading it. Raises StoreError when it is missing."""
        if (near := self._at_hand(oid)) is not None:
            return len(near.octets)
        found = self._one(f"info {oid}")
        if found is None:
            raise self._missing(oid)
        return found.size

    def tree(self, rev: str, path: str = "", *, recursive: bool = False) -> list[Entry]:
        """The entries of a tree in git's order, empty when there is none at `path`.

        `recursive` lists files only, with their whole path below `path`.
        """
        if recursive:
            return list(self.each_file(rev, path))
        found = self._contents(rev, path)
        return entries(found.octets) if found is not None and found.kind == "tree" else []

    def few_files(self, rev: str, path: str = "") -> list[Entry] | None:
        """What `tree` says of all files below, where they lie in few folders; else None."""
        root, is_tree = self._root(rev, path)
        if root is None:
            return []
        trees = self._few_trees(root) if is_tree else None
        return None if trees is None else list(below(trees, root))

    def entries(self, tree: Oid) -> list[Entry]:
        """The entries of a tree object, in git's order. Raises StoreError when it is missing."""
        found = self._at_hand(tree) or self._one(f"contents {tree}")
        if found is None or found.kind != "tree":
            raise self._missing(tree)
        return entries(found.octets)

    def close(self) -> None:
        """Ends the process; the next call starts another."""
        if self._process is not None:
            process, self._process, self._open = self._process, None, None
            ended(process)
        self._near = None

    def each_file(self, rev: str, path: str = "") -> Iterator[Entry]:
        """What `tree` says of all files below, one after the other: of however many there are."""
        if (few := self.few_files(rev, path)) is not None:
            yield from few
            return
        words = ("ls-tree", "-r", "-z", "--end-of-options", f"{rev}:{path}")
        process, rest = self.repo.start(*words), b""
        try:
            while chunk := process.stdout.read(_CHUNK):
                *lines, rest = (rest + chunk).split(b"\0")
                yield from map(listed, lines)
            if process.wait():
                raise StoreError(f"{self.repo.path.name}: no list of {rev}:{path}")
        finally:
            process.end()

    def _few_trees(self, root: Oid) -> dict[Oid, list[Entry]] | None:
        """The entries of each tree below one, itself too; None when these are many."""
        found: dict[Oid, list[Entry]] = {}
        level = {root}
        while level:
            if len(found) + len(level) > _FEW:
                return None
            for oid, tree in zip(level, self.blobs(level), strict=True):
                found[oid] = entries(tree)
            inside = (entry for oid in level for entry in found[oid] if entry.type == "tree")
            level = {entry.oid for entry in inside} - found.keys()
        return found

    def _root(self, rev: str, path: str) -> tuple[Oid | None, bool]:
        """The id at a path, and whether it is a tree."""
        try:
            return self._walked(rev, path)
        except _AskGitError:
            found = self._one(f"info {rev}:{path}")
            return (None, False) if found is None else (found.oid, found.kind == "tree")

    def _contents(self, rev: str, path: str) -> _Answer | Found | None:
        """What lies at a path, None when nothing does."""
        try:
            oid, _ = self._walked(rev, path)
            return None if oid is None else self._had(oid)
        except _AskGitError:
            return self._one(f"contents {rev}:{path}")

    def _walked(self, rev: str, path: str) -> tuple[Oid | None, bool]:
        """What `_root` says, without a git. Raises _AskGitError."""
        parts = path.split("/") if path else []
        if not _PLAIN.fullmatch(path) or not {"", ".", ".."}.isdisjoint(parts):
            raise _AskGitError
        oid = self._tree_of(rev)
        is_tree = True
        for part in parts:
            if oid is None or not is_tree:
                return None, False
            oid, is_tree = Names(self._had(oid).octets).entry(part)
        return oid, is_tree

    def _tree_of(self, rev: str) -> Oid | None:
        """The tree of a revision; None for a branch without a commit. Raises _AskGitError."""
        named: Oid | None = Oid(rev)
        if not _WHOLE_ID.fullmatch(rev):
            if not rev.startswith("refs/") or not self._is_plain():
                raise _AskGitError
            try:
                named = self.repo.ref(rev)
            except StoreError as error:
                raise _AskGitError from error
        if named is None and not os.path.exists(f"{self.repo.path}/HEAD"):
            raise _AskGitError  # it is no repository any more, which git says better
        if named is None:
            return None
        found = self._had(named)
        if found.kind == "tree":
            return named
        if found.kind != "commit" or not found.octets.startswith(b"tree "):
            raise _AskGitError
        return Oid(found.octets[5:45].decode("ascii"))

    def _had(self, oid: Oid) -> Found:
        """An object that is at hand. Raises _AskGitError."""
        if (found := self._at_hand(oid)) is None:
            raise _AskGitError
        return found

    def _at_hand(self, oid: Oid) -> Found | None:
        """An object out of the repository's files, while few are asked for; None: ask git."""
        if self._process is not None or not self._is_plain():
            return None
        if self._near is None:
            self._near = AtHand(self.repo.path)
        return self._near.find(oid) if self._near.taken < _BY_OURSELVES else None

    def _is_plain(self) -> bool:
        """Whether it is as its files are: one of another kind has git's environment beside them."""
        return type(self.repo) is Repo

    def _next(self, window: list[Oid], mine: _Open) -> bytes:
        """The next blob of a window. A git that went away is asked once more for the rest."""
        mine.remaining -= 1
        try:
            return self._blob()
        except WentAwayError:
            left = window[len(window) - 1 - mine.remaining :]
        self._ask([f"contents {oid}" for oid in left])
        self._open = mine
        return self._blob()

    def _asked(self, request: str, read: Callable[[], T]) -> T:
        """One answer. A git that went away, as one that is killed does, is asked once more: it goes
        away again over an object that is damaged."""
        self._ask([request])
        try:
            return read()
        except WentAwayError:
            self._ask([request])
        return read()

    def _one(self, request: str) -> _Answer | None:
        contents = request.startswith("contents ")
        return self._asked(request, lambda: self._answer(contents=contents))

    def _blob(self) -> bytes:
        found = self._answer(contents=True)
        if found is None:
            raise self._missing("the object asked for")
        return found.octets

    def _ask(self, requests: list[str]) -> None:
        """Sends a window of requests, the answers of an unfinished `blobs` put aside first."""
        if any("\n" in request or "\0" in request for request in requests):
            raise StoreError("a revision or path with a line break names nothing in the store")
        self._settle()
        lines = ("\n".join(requests) + "\nflush\n").encode("utf-8", "surrogateescape")
        for is_last in (False, True):
            pipe = self._started().stdin
            try:
                pipe.write(lines)
                pipe.flush()
            except BrokenPipeError:
                gone = self._gone()
                if is_last:
                    raise gone from None
            else:
                return

    def _settle(self) -> None:
        if self._open is not None:
            unfinished, self._open = self._open, None
            while unfinished.remaining:
                unfinished.remaining -= 1
                unfinished.ready.append(self._blob())

    def _answer(self, *, contents: bool) -> _Answer | None:
        """One answer of git, None when the object is missing."""
        pipe = self._started().stdout
        head = pipe.readline()
        if not head.endswith(b"\n"):
            raise self._gone()
        words = head[:-1].rsplit(b" ", 2)
        if len(words) != 3 or not words[2].isdigit() or len(words[0]) != 40:
            if words[-1] in (b"missing", b"ambiguous"):
                return None
            raise self._gone()
        size = int(words[2])
        data = b""
        if contents:
            data = pipe.read(size + 1)
            if len(data) != size + 1:
                raise self._gone()
            data = data[:-1]
        return _Answer(Oid(words[0].decode("ascii")), words[1].decode("ascii"), data, size)

    def _started(self) -> GitProcess:
        if self._process is None:
            self._process = started(self.repo)
        return self._process

    def _missing(self, what: str) -> StoreError:
        return StoreError(f"{self.repo.path.name}: {what} is not here. Run `solicomm fsck`")

    def _gone(self) -> StoreError:
        if self._process is not None:
            self._process.end()
        self.close()
        return WentAwayError(f"{self.repo.path.name}: git cat-file went away. Run `solicomm fsck`")


def started(repo: Repo) -> GitProcess:
    """The git that a reader asks; its first question starts it."""
    return repo.start("cat-file", "--batch-command", "--buffer", config=_MAPPED)


def ended(process: GitProcess) -> None:
    """What a reader does with its git when it is closed."""
    process.end()
