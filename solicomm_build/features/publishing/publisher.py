"""Brings the store of objects to what lies in a tree of pages.

Only what differs is put, topics before the lists that link to them; what is gone goes last, after
every list that linked to it; the manifests come at the end. Each object may be the last one before
a kill, or before the store does not answer: the next run goes on.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby
from pathlib import Path

from solicomm_build.features.publishing.labelling import goal, turn
from solicomm_build.features.publishing.published import Published
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.objects.client import Objects

_HANDS = 16
"""Objects that are put at once."""
_BATCH = 256
"""So many, and it is noted that they are there."""

_LARGE = 4 << 20
"""Octets: a file of more is put alone, since it is held in memory."""
_NOT_PUT = ("take/",)
"""What the operator lays out to be fetched, a file of gigabytes often: `solicomm web` sends it."""

_Row = tuple[str, str, str]


@dataclass(slots=True)
class Report:
    """What a publication did: objects put, their octets, objects taken away, manifests written
    (the head among them), files that there are."""

    put: int = 0
    octets: int = 0
    gone: int = 0
    books: int = 0
    files: int = 0

    @property
    def objects(self) -> int:
        """Requests that changed something in the store."""
        return self.put + self.gone + self.books

    def add(self, other: Report) -> None:
        """Takes another in."""
        self.put += other.put
        self.octets += other.octets
        self.gone += other.gone
        self.books += other.books
        self.files += other.files


class TreePublisher:
    """Publishes the tree at `root` into `buckets`, by what each is for. Close it."""

    def __init__(
        self,
        root: Path,
        state: Path,
        buckets: Mapping[str, Objects],
        node: str,
        *,
        is_public: bool,
    ) -> None:
        self._root, self._buckets, self._node = root, buckets, node
        self._is_public = is_public
        name = "public" if is_public else "members"
        self._published = Published(state, name, buckets["members"])
        self._pool = ThreadPoolExecutor(_HANDS, thread_name_prefix="put")

    def close(self) -> None:
        """Ends its threads."""
        self._pool.shutdown()
        self._published.close()

    def publish(self, stop: Callable[[], bool] = lambda: False) -> Report:
        """Puts what differs, and takes away what is gone; with `stop` it may end early, and the
        next one goes on. Blocking. Raises ObjectsError, OSError."""
        report = Report()
        if not self._published.is_ours():
            self._published.learn(self._there())
        before = self._published.files()
        now = {path: mark for path, mark in scan(self._root) if not path.startswith(_NOT_PUT)}
        report.files = len(now)
        wanted = {path: row for path, row in now.items() if self._differs(path, row, before, now)}
        gone = [path for path in before if path not in now]
        for _, some in groupby(sorted(wanted, key=turn), key=turn):
            paths = list(some)
            for start in range(0, len(paths), _BATCH):
                if stop():
                    return report
                self._put(paths[start : start + _BATCH], now, before, report)
        if gone and not stop():
            self._take_away(gone, report)
        report.books = self._published.write(self._node)
        return report

    def _differs(
        self, path: str, mark: str, before: Mapping[str, _Row], now: Mapping[str, str]
    ) -> bool:
        known = before.get(path)
        if known is None or known[0] != mark:
            return True
        return "/index/" in path and known[2] != self._label(path, now)  # a month that has ended

    def _label(self, path: str, now: Mapping[str, str]) -> str:
        said = goal(path, now, is_public=self._is_public).label
        return "\n".join((said.kind, said.cache, said.coding, said.disposition))

    def _put(
        self,
        paths: list[str],
        now: Mapping[str, str],
        before: Mapping[str, _Row],
        report: Report,
    ) -> None:
        """Some files; what has the same octets and label there is only noted."""
        self._published.begin(paths)
        large = [path for path in paths if _size(now[path]) > _LARGE]
        small = [path for path in paths if _size(now[path]) <= _LARGE]
        rows: dict[str, _Row] = {}
        try:
            work = partial(self._put_one, now=now, before=before)
            for done in chain(self._pool.map(work, small), map(work, large)):
                if done is not None:
                    path, row, octets = done
                    rows[path] = row
                    report.put += octets >= 0
                    report.octets += max(octets, 0)
        finally:
            self._published.put(rows)

    def _put_one(
        self, path: str, *, now: Mapping[str, str], before: Mapping[str, _Row]
    ) -> tuple[str, _Row, int] | None:
        """What the file is that is in the store now, and its octets, -1 when it was there; None
        when it is gone from the disk since: the next look takes it away."""
        try:
            octets = (self._root / path).read_bytes()
        except FileNotFoundError:
            return None
        row = (now[path], hashlib.sha256(octets).hexdigest(), self._label(path, now))
        was = before.get(path, ("", "", ""))
        if was[1] == row[1] and was[2] in ("", row[2]):
            return path, row, -1
        where = goal(path, now, is_public=self._is_public)
        point("publish.before-put")
        self._buckets[where.use].put(where.name, octets, where.label)
        return path, row, len(octets)

    def _take_away(self, paths: list[str], report: Report) -> None:
        self._published.begin(paths)
        point("publish.before-gone")
        goals = [goal(path, (), is_public=self._is_public) for path in paths]
        list(self._pool.map(lambda one: self._buckets[one.use].delete(one.name), goals))
        self._published.gone(paths)
        report.gone += len(paths)

    def _there(self) -> Iterator[str]:
        """The paths of all files of this tree in the store."""
        if not self._is_public:
            names = self._buckets["members"].names("pages")
            yield from (name.removeprefix("pages/") for name in names)
            return
        for use in ("pages", "files"):
            names = self._buckets[use].names()
            yield from (name for name in names if not name.startswith("."))  # those are checks'


def scan(root: Path) -> Iterator[tuple[str, str]]:
    """Each file below a folder by its path, with a mark that is another when it was replaced. Names
    that begin with a dot are being written, or nobody's."""
    folders = [(os.fspath(root), "")]
    while folders:
        folder, below = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    path = f"{below}{entry.name}"
                    if entry.is_dir(follow_symlinks=False):
                        folders.append((entry.path, f"{path}/"))
                    elif entry.is_file(follow_symlinks=False):
                        facts = entry.stat(follow_symlinks=False)
                        yield path, f"{facts.st_mtime_ns}.{facts.st_size}.{facts.st_ino}"
        except FileNotFoundError:
            continue


def _size(mark: str) -> int:
    return int(mark.split(".")[1])
