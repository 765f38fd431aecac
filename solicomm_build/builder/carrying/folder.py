"""Brings the files of a tree of pages into a folder, such as a stick, and takes away what is gone:
only what changed is read, made and written.

What a file became is kept in a database beside the small hub (`carried.sqlite`), which may be
deleted: then all is read again. What lies in the folder, its own list says (`Listing`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from solicomm_build.builder.carrying import names
from solicomm_build.builder.carrying.links import Page
from solicomm_build.git import derived

_COMPRESSED = (".gz", ".br", ".zst")
_HALF = ".part"
_TABLES = """
CREATE TABLE made (
  path TEXT PRIMARY KEY, home TEXT NOT NULL, name TEXT NOT NULL, stamp INTEGER NOT NULL,
  size INTEGER NOT NULL, sha256 TEXT NOT NULL, octets INTEGER NOT NULL, missed TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_VERSION = "1"
_AT_ONCE = 2000
"""Files that are noted together."""

Source = Path | bytes | Callable[[], bytes]
Progress = Callable[[int, int], None]
"""How many files were looked at, of how many."""


def _silent(_done: int, _of: int) -> None:
    return None


class Made(NamedTuple):
    """What a file is in the folder: SHA-256 in hex and octets."""

    sha256: str
    octets: int


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
    OSError. Blocking."""
    sources = dict(_files(tree))
    mapped = names.mapped([*sources, *(more or {})])
    with contextlib.closing(_Kept(tree, mapped, sources)) as kept:
        files, put = dict(stays or {}), _Putting(folder, before, written)
        for number, (path, status) in enumerate(sorted(sources.items())):
            name = mapped[path]
            files[name], octets = kept.made(path, status, name)
            put(name, files[name], partial(kept.octets, path, name) if octets is None else octets)
            progress(number + 1, len(sources))
        for path, source in sorted((more or {}).items()):
            name = mapped[path]
            files[name] = _made(source)
            put(name, files[name], source)
        kept.finish()
    gone = [name for name in before if name not in files and is_within(name)]
    for name in gone:
        remove(folder, name)
    total = sum(one.octets for one in files.values())
    return Brought(put.count, len(gone), total, put.carried, files)


@dataclass(slots=True)
class _Putting:
    """Puts files in their places where they do not lie there already; counts them and their
    octets."""

    folder: Path
    before: Mapping[str, str]
    written: Callable[[str, str], None]
    count: int = 0
    carried: int = 0

    def __call__(self, name: str, made: Made, source: Source) -> None:
        target = self.folder / name
        if _lies(target, self.before.get(name), made):
            return
        _put(target, source() if callable(source) else source)
        self.written(name, made.sha256)
        self.count += 1
        self.carried += made.octets


def _made(source: Path | bytes) -> Made:
    if isinstance(source, bytes):
        return Made(hashlib.sha256(source).hexdigest(), len(source))
    with source.open("rb") as file:
        return Made(hashlib.file_digest(file, "sha256").hexdigest(), source.stat().st_size)


class _Row(NamedTuple):
    """A file that was looked at: of which `home`, its `name` in the folder, its stamp in ns and
    size, what it became, and as JSON what its links lacked."""

    home: str
    name: str
    stamp: int
    size: int
    sha256: str
    octets: int
    missed: str


class _Kept:
    """What the tree's files became when they were last looked at, as far as that still holds."""

    def __init__(
        self, tree: Tree, mapped: Mapping[str, str], sources: Mapping[str, os.stat_result]
    ) -> None:
        self._tree, self._mapped = tree, mapped
        self._db = derived.connect(tree.database, _VERSION, lambda db: derived.run(db, _TABLES))
        self._db.execute("BEGIN IMMEDIATE")
        self._rows = {row[0]: _Row(*row[1:]) for row in self._db.execute("SELECT * FROM made")}
        self._gone = self._rows.keys() - sources.keys()
        self._is_moved = bool(self._gone) or any(
            mapped.get(path) != row.name for path, row in self._rows.items()
        )
        self._pending = 0

    def made(self, path: str, status: os.stat_result, name: str) -> tuple[Made, bytes | None]:
        """What a file becomes under `name`, and its octets where they had to be made."""
        row = self._rows.get(path)
        if row is not None and self._holds(path, status, name, row):
            return Made(row.sha256, row.octets), None
        octets, missed = self._make(path, name)
        made = Made(hashlib.sha256(octets).hexdigest(), len(octets))
        self._db.execute(
            "INSERT OR REPLACE INTO made VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                path,
                self._tree.home,
                name,
                status.st_mtime_ns,
                status.st_size,
                *made,
                json.dumps(sorted(missed)) if missed else "",
            ),
        )
        self._pending += 1
        if self._pending % _AT_ONCE == 0:
            self._db.execute("COMMIT")
            self._db.execute("BEGIN IMMEDIATE")
        return made, octets

    def octets(self, path: str, name: str) -> bytes:
        """A file as it is in the folder."""
        return self._make(path, name)[0]

    def _holds(self, path: str, status: os.stat_result, name: str, row: _Row) -> bool:
        now = (self._tree.home, name, status.st_mtime_ns, status.st_size)
        if row[:4] != now or not path.endswith(".html"):
            return row[:4] == now
        if self._is_moved:
            return False  # a link of the page may have led there
        return not row.missed or self._mapped.keys().isdisjoint(json.loads(row.missed))

    def _make(self, path: str, name: str) -> tuple[bytes, set[str]]:
        octets = (self._tree.root / path).read_bytes()
        if not path.endswith(".html"):
            return octets, set()
        page = Page(path, name, self._mapped.get, self._tree.home)
        return page.made(octets), page.missed

    def finish(self) -> None:
        """Notes all of it."""
        self._db.executemany("DELETE FROM made WHERE path=?", [(path,) for path in self._gone])
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Lets go of the database."""
        self._db.close()


def _files(tree: Tree) -> Iterator[tuple[str, os.stat_result]]:
    """The files of a tree that are carried, by their paths below it."""
    root, todo = os.fspath(tree.root), [""]
    while todo:
        folder = todo.pop()
        with os.scandir(os.path.join(root, folder)) as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.name.startswith("."):
                    continue
                if entry.is_dir():
                    todo.append(path)
                elif not entry.name.endswith(_COMPRESSED) and not tree.without(path):
                    yield path, entry.stat()


def _lies(target: Path, listed: str | None, made: Made) -> bool:
    """Whether the folder has this already, by its list and by the file's size."""
    if listed != made.sha256:
        return False
    try:
        return target.stat().st_size == made.octets
    except OSError:
        return False


def _put(target: Path, source: Path | bytes) -> None:
    """In one step under its name: a stick that is pulled out has the old file or the new one."""
    half = target.with_name(target.name + _HALF)
    try:
        _write(half, source)
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(half, source)
    half.replace(target)


def _write(half: Path, source: Path | bytes) -> None:
    if isinstance(source, bytes):
        half.write_bytes(source)
    else:
        shutil.copyfile(source, half)


def is_within(name: str) -> bool:
    """Whether a name of a list stays in its folder."""
    path = PurePosixPath(name)
    return not (path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name)


def remove(folder: Path, name: str) -> None:
    """Takes away a file, and folders that are empty then."""
    path = folder / name
    path.unlink(missing_ok=True)
    for parent in path.parents:
        if parent == folder or not parent.is_dir() or any(parent.iterdir()):
            return
        parent.rmdir()
