"""Objects through one long-lived `git cat-file --batch-command` per reader.

Requests go out in windows that are answered before the next one is written: git reads a whole
window before it answers, so the two pipes cannot block each other whatever their size. The reader
sees commits of other processes at once. Not for several threads; cheap to have several.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from types import TracebackType
from typing import Self

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git.repo import GitProcess, Repo

_WINDOW = 128
_FEW = 64
"""Trees that are read one by one to list what is below: starting a git takes as long."""
_MAPPED = ("core.packedGitWindowSize=1048576", "core.packedGitLimit=16777216")
"""What git holds of packs in memory at most, octets: without it a reader holds all it ever read."""

_TYPES = {"40000": "tree", "160000": "commit"}
_ENTRY = re.compile(rb"(\d{5,6}) ([^\0]+)\0(.{20})", re.DOTALL)
_ID_OCTETS = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tree: `mode` as git writes it (six digits), `path` from the tree asked for."""

    mode: str
    type: str
    oid: Oid
    path: str


@dataclass
class _Open:
    """A window of `blobs` whose answers are not all read: how many, and those read for it."""

    remaining: int
    ready: deque[bytes] = field(default_factory=deque)


class Reader:
    """The read end of one repository. Use as a context manager, or `close` it."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self._process: GitProcess | None = None
        self._open: _Open | None = None

    def blob(self, oid: Oid) -> bytes:
        """The octets of a blob. Raises StoreError when the repository does not have it."""
        self._ask([f"contents {oid}"])
        return self._blob()

    def blobs(self, oids: Iterable[Oid]) -> Iterator[bytes]:
        """The octets of many blobs, in order, without waiting for each. Raises like `blob`.

        Other calls in between are fine; at most one `blobs` at a time is fast.
        """
        rest = iter(oids)
        while window := list(islice(rest, _WINDOW)):
            self._ask([f"contents {oid}" for oid in window])
            self._open = mine = _Open(len(window))
            while mine.ready or mine.remaining:
                if mine.ready:
                    yield mine.ready.popleft()
                else:
                    mine.remaining -= 1
                    yield self._blob()

    def commit(self, oid: Oid) -> bytes | None:
        """The octets of a commit; None when the repository has no such commit."""
        found = self._one(f"contents {oid}")
        return found[2] if found is not None and found[1] == "commit" else None

    def at(self, rev: str, path: str) -> bytes | None:
        """The octets of the file at `path` in a revision, or None when there is no such file."""
        found = self._one(f"contents {rev}:{path}")
        return found[2] if found is not None and found[1] == "blob" else None

    def oid_at(self, rev: str, path: str = "") -> Oid | None:
        """The id of the file or tree at `path` in a revision, or None."""
        found = self._one(f"info {rev}:{path}")
        return found[0] if found is not None else None

    def oids_at(self, rev: str, paths: Iterable[str]) -> dict[str, Oid | None]:
        """What `oid_at` says of each of these paths; every tree on their way is read once."""
        found: dict[str, Oid | None] = dict.fromkeys(paths)
        root = self.oid_at(rev) if found else None
        level = {root: [(path.split("/"), path) for path in found]} if root is not None else {}
        depth = 0
        while level:
            deeper: defaultdict[Oid, list[tuple[list[str], str]]] = defaultdict(list)
            for asked, tree in zip(level.values(), self.blobs(level), strict=True):
                names = _Names(tree)
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
        found = self._one(f"info {oid}")
        if found is None:
            raise self._missing(oid)
        return found[3]

    def tree(self, rev: str, path: str = "", *, recursive: bool = False) -> list[Entry]:
        """The entries of a tree in git's order, empty when there is none at `path`.

        `recursive` lists files only, with their whole path below `path`.
        """
        if recursive:
            return self._files(rev, path)
        found = self._one(f"contents {rev}:{path}")
        return _entries(found[2]) if found is not None and found[1] == "tree" else []

    def entries(self, tree: Oid) -> list[Entry]:
        """The entries of a tree object, in git's order. Raises StoreError when it is missing."""
        found = self._one(f"contents {tree}")
        if found is None or found[1] != "tree":
            raise self._missing(tree)
        return _entries(found[2])

    def close(self) -> None:
        """Ends the process; the next call starts another."""
        if self._process is not None:
            process, self._process, self._open = self._process, None, None
            ended(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _files(self, rev: str, path: str) -> list[Entry]:
        root = self._one(f"info {rev}:{path}")
        if root is None:
            return []
        if root[1] == "tree" and (few := self._few_trees(root[0])) is not None:
            return list(_below(few, root[0]))
        listed = self.repo.git("ls-tree", "-r", "-z", "--end-of-options", f"{rev}:{path}")
        entries = []
        for line in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            head, _, name = line.partition("\t")
            mode, kind, oid = head.split(" ")
            entries.append(Entry(mode, kind, Oid(oid), name))
        return entries

    def _few_trees(self, root: Oid) -> dict[Oid, list[Entry]] | None:
        """The entries of each tree below one, itself too; None when these are many."""
        found: dict[Oid, list[Entry]] = {}
        level = {root}
        while level:
            if len(found) + len(level) > _FEW:
                return None
            for oid, tree in zip(level, self.blobs(level), strict=True):
                found[oid] = _entries(tree)
            inside = (entry for oid in level for entry in found[oid] if entry.type == "tree")
            level = {entry.oid for entry in inside} - found.keys()
        return found

    def _one(self, request: str) -> tuple[Oid, str, bytes, int] | None:
        self._ask([request])
        return self._answer(contents=request.startswith("contents "))

    def _blob(self) -> bytes:
        found = self._answer(contents=True)
        if found is None:
            raise self._missing("the object asked for")
        return found[2]

    def _ask(self, requests: list[str]) -> None:
        """Sends a window of requests, the answers of an unfinished `blobs` put aside first."""
        if any("\n" in request or "\0" in request for request in requests):
            raise StoreError("a revision or path with a line break names nothing in the store")
        pipe = self._started().stdin
        self._settle()
        lines = "\n".join(requests) + "\nflush\n"
        try:
            pipe.write(lines.encode("utf-8", "surrogateescape"))
            pipe.flush()
        except BrokenPipeError:
            raise self._gone() from None

    def _settle(self) -> None:
        if self._open is not None:
            unfinished, self._open = self._open, None
            while unfinished.remaining:
                unfinished.remaining -= 1
                unfinished.ready.append(self._blob())

    def _answer(self, *, contents: bool) -> tuple[Oid, str, bytes, int] | None:
        """One answer: (id, type, octets or empty, size), None when the object is missing."""
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
        return Oid(words[0].decode("ascii")), words[1].decode("ascii"), data, size

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
        return StoreError(f"{self.repo.path.name}: git cat-file went away. Run `solicomm fsck`")


def started(repo: Repo) -> GitProcess:
    """The git that a reader asks; its first question starts it."""
    return repo.start("cat-file", "--batch-command", "--buffer", config=_MAPPED)


def ended(process: GitProcess) -> None:
    """What a reader does with its git when it is closed."""
    process.end()


class _Names:
    """A tree object, asked for some of its names. Taking it apart costs more than finding one."""

    def __init__(self, tree: bytes) -> None:
        self._tree = tree
        self._all: dict[bytes, tuple[bytes, bytes]] | None = None

    def entry(self, name: str) -> tuple[Oid | None, bool]:
        """The id of an entry and whether it is a tree; (None, False) when there is none."""
        octets = name.encode("utf-8", "surrogateescape")
        if len(octets) > _ID_OCTETS and b" " not in octets:  # then it cannot lie in an id
            at = self._tree.find(b" " + octets + b"\0")
            if at < 0:
                return None, False
            begin = at + len(octets) + 2
            mode, oid = self._tree[max(0, at - 5) : at], self._tree[begin : begin + _ID_OCTETS]
        else:
            if self._all is None:
                self._all = {found: (how, id_) for how, found, id_ in _ENTRY.findall(self._tree)}
            if octets not in self._all:
                return None, False
            mode, oid = self._all[octets]
        return Oid(oid.hex()), mode == b"40000"


def _below(trees: dict[Oid, list[Entry]], root: Oid, prefix: str = "") -> Iterator[Entry]:
    """The files below a tree in git's order."""
    for entry in trees[root]:
        path = prefix + entry.path
        if entry.type == "tree":
            yield from _below(trees, entry.oid, path + "/")
        else:
            yield replace(entry, path=path)


def _entries(tree: bytes) -> list[Entry]:
    """A tree object's entries: `<mode> SP <name> NUL <20 octets of id>`, one after the other."""
    entries, at = [], 0
    while at < len(tree):
        space = tree.index(b" ", at)
        end = tree.index(b"\0", space)
        mode = tree[at:space].decode("ascii")
        name = tree[space + 1 : end].decode("utf-8", "surrogateescape")
        oid = Oid(tree[end + 1 : end + 21].hex())
        entries.append(Entry(mode.zfill(6), _TYPES.get(mode, "blob"), oid, name))
        at = end + 21
    return entries
