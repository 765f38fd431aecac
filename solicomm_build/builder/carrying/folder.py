"""Brings the files of a tree of pages into a folder, such as a stick, and takes away what is gone:
only what changed is read, made and written.

What a file became is kept in a database beside the small hub (`carried.sqlite`), which may be
deleted: then all is read again. What lies in the folder, its own list says (`Listing`).
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from solicomm_build.builder.apart import children
from solicomm_build.builder.carrying import names
from solicomm_build.builder.carrying.links import Page, Tags
from solicomm_build.builder.carrying.putting import Made, Putting, is_within
from solicomm_build.git import derived

_PAGE = ".html"
_COMPRESSED = (".gz", ".br", ".zst")
_TABLES = """
CREATE TABLE made (
  path TEXT PRIMARY KEY, home TEXT NOT NULL, name TEXT NOT NULL, stamp INTEGER NOT NULL,
  size INTEGER NOT NULL, sha256 TEXT NOT NULL, octets INTEGER NOT NULL, missed TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_VERSION = "2"
_AT_ONCE = 4096
"""Files that are noted together."""
_RUN = 32
"""Neighbours that one child makes: they lie in the same folders, and have the same links."""
_MORE = 1 << 20
_FEW = 4 * _RUN
"""Up to so many files are made without children."""

Progress = Callable[[int, int], None]
"""How many files were looked at, of how many."""


def _silent(_done: int, _of: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Brought:
    """What was done: files `written` and `removed`, `octets` of all that lies in the folder by its
    names in `files`, and the octets that were written."""

    written: int
    removed: int
    octets: int
    carried: int
    files: Mapping[str, Made] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of pages: where its files lie (`root`), the address of the hub (`home`, without a
    slash at its end), the database of what they became, and which files (paths below `root`) are
    left out."""

    root: Path
    home: str
    database: Path
    without: Callable[[str], bool] = lambda path: False


def bring(
    tree: Tree,
    folder: Path,
    before: Mapping[str, str],
    *,
    more: Mapping[str, Path | bytes] | None = None,
    stays: Mapping[str, Made] | None = None,
    written: Callable[[str, str], None] = lambda name, sha256: None,
    progress: Progress = _silent,
) -> Brought:
    """Makes the folder hold the tree's files, `more` (octets, or the file that has them, by name),
    and what `stays` as it lies there. `before` is what the folder's list says: SHA-256 by name;
    nothing else is taken away. `written` is told of each file when it is in its place. Raises
    OSError, and UsageError for a folder in it that is a link. Blocking."""
    sources = sorted(files_of(tree))
    mapped = names.mapped([*(one.path for one in sources), *(more or {})])
    files, count, carried = dict(stays or {}), 0, 0
    put = Putting(os.fspath(folder), before, written)
    with contextlib.closing(_Kept(tree, mapped)) as kept:
        todo, looked = list[Lying](), 0
        for number, source in enumerate(sources, 1):
            made, name = kept.made(source), mapped[source.path]
            if made is not None and put.lies(name, made):
                files[name] = made
            else:
                todo.append(source)
            progress(looked := number - len(todo), len(sources))
        with contextlib.closing(_Work(tree, mapped, put).done(todo)) as found:
            pairs = zip(todo, found, strict=True)
            while some := list(itertools.islice(pairs, _AT_ONCE)):
                for lay, one in some:
                    files[mapped[lay.path]] = one.made
                    count += one.is_put
                    carried += one.made.octets * one.is_put
                kept.note(some)
                progress(looked := looked + len(some), len(sources))
        for path, given in sorted((more or {}).items()):
            name = mapped[path]
            files[name] = made = _made(given)
            if put(name, made, given):
                count += 1
                carried += made.octets
        kept.finish()
    gone = [name for name in before if name not in files and is_within(name)]
    for name in gone:
        put.remove(name)
    return Brought(count, len(gone), sum(one.octets for one in files.values()), carried, files)


class _Done(NamedTuple):
    """What a file became: what its links `missed`, and whether it had to be put in its place."""

    made: Made
    missed: tuple[str, ...]
    is_put: bool


@dataclass(slots=True)
class _Work:
    """Makes files of the tree what they are in the folder, and puts them there: many in children,
    on all cores."""

    tree: Tree
    mapped: Mapping[str, str]
    put: Putting
    tags: Tags = field(default_factory=Tags)

    def done(self, todo: Sequence[Lying]) -> Generator[_Done]:
        """What these files became. Raises OSError, and UsageError as `Putting` does."""
        if len(todo) <= _FEW:
            yield from self._run(todo)
            return
        runs = [todo[low : low + _RUN] for low in range(0, len(todo), _RUN)]
        with contextlib.closing(children.shared(self._run, runs)) as made:
            for run in made:
                yield from run

    def _run(self, run: Sequence[Lying]) -> list[_Done]:
        return [self._one(source) for source in run]

    def _one(self, source: Lying) -> _Done:
        octets = _read(f"{self.tree.root}/{source.path}", source.size)
        name = self.mapped[source.path]
        missed: tuple[str, ...] = ()
        if source.path.endswith(_PAGE):
            page = Page(source.path, name, self.mapped.get, self.tree.home, tags=self.tags)
            octets, missed = page.made(octets), tuple(sorted(page.missed))
        made = Made(hashlib.sha256(octets).hexdigest(), len(octets))
        return _Done(made, missed, self.put(name, made, octets))


def _made(source: Path | bytes) -> Made:
    if isinstance(source, bytes):
        return Made(hashlib.sha256(source).hexdigest(), len(source))
    with source.open("rb") as file:
        return Made(hashlib.file_digest(file, "sha256").hexdigest(), source.stat().st_size)


class Lying(NamedTuple):
    """A file of a tree: its path below the root, its stamp in ns, its octets."""

    path: str
    stamp: int
    size: int


class _Kept:
    """What the tree's files became when they were last looked at, as far as that still holds. Rows
    are read one by one: all of them together are larger than all else that is kept in memory."""

    def __init__(self, tree: Tree, mapped: Mapping[str, str]) -> None:
        self._home, self._mapped = tree.home, mapped
        self._db = derived.connect(tree.database, _VERSION, lambda db: derived.run(db, _TABLES))
        self._db.execute("PRAGMA wal_autocheckpoint=0")  # each waits for what the disk has to write
        self._db.execute("BEGIN IMMEDIATE")
        self._gone = list[str]()
        self._is_moved = self._has_any = False
        for path, name in self._db.execute("SELECT path, name FROM made"):
            self._has_any = True
            if mapped.get(path) != name:
                self._is_moved = True
                if path not in mapped:
                    self._gone.append(path)

    def made(self, source: Lying) -> Made | None:
        """What a file became; None when it has to be made."""
        if not self._has_any:
            return None
        row = self._db.execute(
            "SELECT home, name, stamp, size, sha256, octets, missed FROM made WHERE path=?",
            (source.path,),
        ).fetchone()
        if row is None or row[:4] != self._now(source) or not self._holds(source.path, row[6]):
            return None
        return Made(row[4], row[5])

    def _now(self, source: Lying) -> tuple[str, str, int, int]:
        return self._home, self._mapped[source.path], source.stamp, source.size

    def _holds(self, path: str, missed: str) -> bool:
        """Whether the links of a file lead where they led, `missed` among them (JSON)."""
        if not path.endswith(_PAGE):
            return True
        if self._is_moved:
            return False  # a link of the page may have led there
        return not missed or self._mapped.keys().isdisjoint(json.loads(missed))

    def note(self, done: Sequence[tuple[Lying, _Done]]) -> None:
        """Notes what files became, and keeps it, whatever comes."""
        self._db.executemany(
            "INSERT OR REPLACE INTO made VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (lay.path, *self._now(lay), *one.made, json.dumps(one.missed) if one.missed else "")
                for lay, one in done
            ),
        )
        self._db.execute("COMMIT")
        self._db.execute("BEGIN IMMEDIATE")

    def finish(self) -> None:
        """Notes all of it."""
        self._db.executemany("DELETE FROM made WHERE path=?", [(path,) for path in self._gone])
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Lets go of the database."""
        self._db.close()


def files_of(tree: Tree) -> Iterator[Lying]:
    """The files of a tree that are carried."""
    for file in lying(tree.root, is_hidden=lambda name: name.startswith(".")):
        if not (file.path.endswith(_COMPRESSED) or tree.without(file.path)):
            yield file


def lying(root: Path, is_hidden: Callable[[str], bool] = lambda name: False) -> Iterator[Lying]:
    """All files below a folder; what `is_hidden` says of a name is passed over, with what it holds.
    Links are not followed. Raises OSError. Blocking."""
    todo = [""]
    while todo:
        folder = todo.pop()
        with os.scandir(os.path.join(root, folder)) as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if is_hidden(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    todo.append(path)
                else:
                    status = entry.stat(follow_symlinks=False)
                    yield Lying(path, status.st_mtime_ns, status.st_size)


def _read(path: str, size: int) -> bytes:
    """The octets of a file that was so large when it was last looked at."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        octets = os.read(fd, size + 1)
        while more := os.read(fd, _MORE) if len(octets) != size else b"":
            octets += more
    finally:
        os.close(fd)
    return octets
