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
from solicomm_build.builder.carrying.links import Page, Tags
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import UsageError
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
_VERSION = "2"
_CHUNK = 1 << 20
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
    OSError, and UsageError for a folder in it that is a link. Blocking."""
    sources = sorted(files_of(tree))
    mapped = names.mapped([*(one.path for one in sources), *(more or {})])
    with contextlib.closing(_Kept(tree, mapped)) as kept:
        files, put = dict(stays or {}), _Putting(os.fspath(folder), before, written)
        for number, source in enumerate(sources):
            name = mapped[source.path]
            made, octets = kept.made(source, name)
            files[name] = made
            put(name, made, partial(kept.octets, source.path, name) if octets is None else octets)
            progress(number + 1, len(sources))
        for path, given in sorted((more or {}).items()):
            name = mapped[path]
            files[name] = _made(given)
            put(name, files[name], given)
        kept.finish()
    gone = [name for name in before if name not in files and is_within(name)]
    for name in gone:
        put.remove(name)
    total = sum(one.octets for one in files.values())
    return Brought(put.count, len(gone), total, put.carried, files)


@dataclass(slots=True)
class _Putting:
    """Puts files in their places where they do not lie there already; counts them and their
    octets. A folder that is a link is refused: whoever had the stick may have made it, and it leads
    out."""

    root: str
    before: Mapping[str, str]
    written: Callable[[str, str], None]
    count: int = 0
    carried: int = 0
    seen: set[str] = field(default_factory=set)

    def __call__(self, name: str, made: Made, source: Source) -> None:
        self._look(name.rpartition("/")[0], make=True)
        target = f"{self.root}/{name}"
        if _lies(target, self.before.get(name), made):
            return
        put(target, source() if callable(source) else source)
        self.written(name, made.sha256)
        self.count += 1
        self.carried += made.octets

    def remove(self, name: str) -> None:
        """Takes away a file, and folders that are empty then."""
        self._look(name.rpartition("/")[0])
        path = Path(self.root, name)
        path.unlink(missing_ok=True)
        for parent in path.parents:
            if parent == Path(self.root) or not parent.is_dir() or any(parent.iterdir()):
                return
            parent.rmdir()

    def _look(self, folder: str, *, make: bool = False) -> None:
        """Looks at a folder once; one to `make` is made first, before a file is opened in vain."""
        if not folder or folder in self.seen:
            return
        self._look(folder.rpartition("/")[0], make=make)
        path = f"{self.root}/{folder}"
        if make:
            with contextlib.suppress(FileExistsError, FileNotFoundError):
                os.mkdir(path)
                self.seen.add(folder)
                return
        if os.path.islink(path):
            raise UsageError(
                f"{path} is a link that leads out of the folder; somebody else made it. Take it "
                "away and run the same again"
            )
        self.seen.add(folder)


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
        self._tree, self._mapped, self._tags = tree, mapped, Tags()
        self._root = os.fspath(tree.root)
        self._db = derived.connect(tree.database, _VERSION, lambda db: derived.run(db, _TABLES))
        self._db.execute("BEGIN IMMEDIATE")
        self._gone = list[str]()
        self._is_moved = False
        for path, name in self._db.execute("SELECT path, name FROM made"):
            if mapped.get(path) != name:
                self._is_moved = True
                if path not in mapped:
                    self._gone.append(path)
        self._pending = 0

    def made(self, source: Lying, name: str) -> tuple[Made, bytes | None]:
        """What a file becomes under `name`, and its octets where they had to be made."""
        row = self._db.execute(
            "SELECT home, name, stamp, size, sha256, octets, missed FROM made WHERE path=?",
            (source.path,),
        ).fetchone()
        now = (self._tree.home, name, source.stamp, source.size)
        if row is not None and row[:4] == now and self._holds(source.path, row[6]):
            return Made(row[4], row[5]), None
        octets, missed = self._make(source.path, name)
        made = Made(hashlib.sha256(octets).hexdigest(), len(octets))
        self._db.execute(
            "INSERT OR REPLACE INTO made VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (source.path, *now, *made, json.dumps(sorted(missed)) if missed else ""),
        )
        self._pending += 1
        if self._pending % _AT_ONCE == 0:
            self._db.execute("COMMIT")
            self._db.execute("BEGIN IMMEDIATE")
        return made, octets

    def octets(self, path: str, name: str) -> bytes:
        """A file as it is in the folder."""
        return self._make(path, name)[0]

    def _holds(self, path: str, missed: str) -> bool:
        """Whether the links of a file lead where they led, `missed` among them (JSON)."""
        if not path.endswith(".html"):
            return True
        if self._is_moved:
            return False  # a link of the page may have led there
        return not missed or self._mapped.keys().isdisjoint(json.loads(missed))

    def _make(self, path: str, name: str) -> tuple[bytes, set[str]]:
        octets = _read(f"{self._root}/{path}")
        if not path.endswith(".html"):
            return octets, set()
        page = Page(path, name, self._mapped.get, self._tree.home, tags=self._tags)
        return page.made(octets), page.missed

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


def _lies(target: str, listed: str | None, made: Made) -> bool:
    """Whether the folder has this already, by its list and by the file's size."""
    if listed != made.sha256:
        return False
    try:
        return os.stat(target).st_size == made.octets
    except OSError:
        return False


def put(target: str, source: Path | bytes, *, durable: bool = False) -> None:
    """In one step under its name: a stick that is pulled out has the old file or the new one. What
    a run that was killed leaves has always the same name, and is written over by the next."""
    half = target + _HALF
    try:
        _write(half, source, durable)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _write(half, source, durable)
    os.replace(half, target)
    if durable:
        safeio.fsync_dir(Path(target).parent)


def _write(half: str, source: Path | bytes, durable: bool) -> None:
    """Few calls and no buffers: most of the files are small and many."""
    fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666)
    with open(fd, "wb", buffering=0) as file:
        if isinstance(source, Path):
            with source.open("rb") as whole:
                shutil.copyfileobj(whole, file, _CHUNK)
        else:
            rest = memoryview(source)
            while rest:
                rest = rest[file.write(rest) :]
        if durable:
            os.fsync(fd)


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.readall()


def is_within(name: str) -> bool:
    """Whether a name of a list stays in its folder."""
    path = PurePosixPath(name)
    return not (path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name)
