"""The folder of an index in a tree of pages: its files are written here, some or many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from solicomm_build.builder import publish
from solicomm_build.builder.apart import children
from solicomm_build.builder.publish import Publisher, Taken
from solicomm_build.features.search.engine.manifest import CARRIED_CHUNK, CHUNK

T = TypeVar("T")
Files = Iterable[tuple[str, bytes]]
"""Paths below the folder, and what they hold."""

SECTION = "search"
WORTH = 400
"""Octets from which a file is compressed."""
MANY = 256
"""Files that are written by several processes, where several may be at work."""


class IndexFolder:
    """The index at `address` below `root`. Up to `workers` processes write it, or (0) this one
    alone; one after the other, where nobody waits, takes the least memory. `packed`: with
    compressed siblings."""

    def __init__(self, root: Path, address: str, *, packed: bool = True) -> None:
        self._root, self._address = root, address
        self._publisher = Publisher(root, packed=packed)
        self.path = root / address.strip("/")
        self.chunk = CHUNK if packed else CARRIED_CHUNK
        self.workers = 1
        self.octets = 0

    @property
    def written(self) -> int:
        """How many files got other octets (siblings aside); `octets` says how many octets."""
        return len(self._publisher.written)

    def version(self, of: str) -> str:
        """The version of what is kept of this index: another chunk makes all of it anew."""
        return of if self.chunk == CHUNK else f"{of} {self.chunk}"

    def chunks(self, order: Sequence[int]) -> Iterator[Sequence[int]]:
        """The documents of each file of a table."""
        for low in range(0, len(order), self.chunk):
            yield order[low : low + self.chunk]

    def put(self, path: str, data: bytes) -> None:
        """Writes a file, if it is not so already."""
        before = self.written
        self._publisher.put(self._address + path, data, section=SECTION, key="", worth=WORTH)
        if self.written > before:
            self.octets += len(data)

    def bring(self, files: Sequence[Taken]) -> None:
        """Writes files that another machine has made, by their paths below the root of the tree."""
        for file in files:
            before = self.written
            self._publisher.bring(file)
            self.octets += len(file.octets) if self.written > before else 0

    def taken(self) -> list[Taken]:
        """What was written, for `bring` elsewhere; it is gone from here then."""
        return [*publish.taken(self._root, self._publisher.written)]

    def put_each(self, names: Sequence[T], made: Callable[[Sequence[T]], Files]) -> None:
        """Writes the files that are made of these names, many of them by several processes. Raises
        StoreError when one of these dies."""
        if self.workers < 2 or len(names) < MANY:
            self._put_some(names, made)
            return
        works = [
            partial(self._put_some, names[number :: self.workers], made)
            for number in range(self.workers)
        ]
        for written, octets in children.end(children.begin(works)):
            self._publisher.written += written
            self.octets += octets

    def remove(self, path: str) -> None:
        """Takes a file and its siblings away."""
        self._publisher.remove(self._address + path)

    def sync(self) -> None:
        """Makes all durable. Blocking."""
        publish.sync(self._root)

    def _put_some(
        self, names: Sequence[T], made: Callable[[Sequence[T]], Files]
    ) -> tuple[list[str], int]:
        """In this process; what was written, and the octets of it."""
        before, octets = self.written, self.octets
        for path, data in made(names):
            self.put(path, data)
        return self._publisher.written[before:], self.octets - octets
