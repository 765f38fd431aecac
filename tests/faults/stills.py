"""What is on the disk at each place where a stage writes, taken of one run.

A machine that dies, or a service that is killed with all its children, leaves the disk as it is
then. So a run in which everybody stands still at each write shows all these states, and none has to
be reached by a run of its own. States that are the same, as before and after an fsync, are one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_UNSEEN = "-shm"  # SQLite writes these through memory, which no call and no time of a file shows


@dataclass(frozen=True, slots=True)
class _Thing:
    """A file or link of a hub; or a folder or doorbell, which has no digest."""

    mode: int
    at: int
    digest: str


@dataclass(frozen=True, slots=True)
class Still:
    """A hub at one moment: before something is written at `path`, the `point`-th that is."""

    point: int
    path: str
    things: dict[str, _Thing]


class Stills:
    """Different states of the hub at `root`, with the octets of all of them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._octets: dict[str, bytes] = {}
        self._last: dict[str, tuple[tuple[int, ...], _Thing]] = {}
        self._known: set[str] = set()
        self._late: deque[str] = deque(maxlen=8)
        self.places = 0
        self.all: list[Still] = []

    def take(self, path: str) -> None:
        """The hub as it is now, when it never was so before. What stands at `path` is written next:
        the times of files are coarse, so it is read again for a while."""
        self.places += 1
        self._last = dict(self._seen())
        self._late.append(path)
        things = {name: thing for name, (_, thing) in sorted(self._last.items())}
        told = repr([(name, one.mode, one.digest) for name, one in things.items()])
        name = hashlib.sha256(told.encode()).hexdigest()
        if name not in self._known:
            self._known.add(name)
            self.all.append(Still(self.places, path, things))

    def lay(self, still: Still) -> None:
        """Makes the hub what it was then."""
        shutil.rmtree(self._root, ignore_errors=True)
        self._root.mkdir()
        folders = []
        for name, one in still.things.items():
            path = self._root / name
            if stat.S_ISDIR(one.mode):
                path.mkdir()
                folders.append((path, one))
                continue
            if not one.digest:  # a doorbell
                os.mknod(path, one.mode)
                continue
            octets = zlib.decompress(self._octets[one.digest])
            if stat.S_ISLNK(one.mode):
                path.symlink_to(os.fsdecode(octets))
                continue
            path.write_bytes(octets)
            os.chmod(path, stat.S_IMODE(one.mode))
            os.utime(path, ns=(one.at, one.at))
        for path, one in reversed(folders):
            os.chmod(path, stat.S_IMODE(one.mode))
            os.utime(path, ns=(one.at, one.at))

    def _seen(self) -> Iterator[tuple[str, tuple[tuple[int, ...], _Thing]]]:
        waiting = [self._root]
        while waiting:
            with os.scandir(waiting.pop()) as found:
                for entry in found:
                    name = os.path.relpath(entry.path, self._root)
                    try:
                        facts = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue  # somebody was let on to remove it
                    mark = (facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_mode)
                    before = self._last.get(name)
                    is_sure = name not in self._late and not name.endswith(_UNSEEN)
                    if before is not None and before[0] == mark and is_sure:
                        yield name, before
                    else:
                        yield name, (mark, self._thing(entry, facts))
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))

    def _thing(self, entry: os.DirEntry[str], facts: os.stat_result) -> _Thing:
        if not (entry.is_file() or entry.is_symlink()):
            return _Thing(facts.st_mode, facts.st_mtime_ns, "")
        is_link = stat.S_ISLNK(facts.st_mode)
        octets = os.fsencode(os.readlink(entry.path)) if is_link else Path(entry.path).read_bytes()
        digest = hashlib.sha256(octets).hexdigest()
        if digest not in self._octets:
            self._octets[digest] = zlib.compress(octets, 1)
        return _Thing(facts.st_mode, facts.st_mtime_ns, digest)
