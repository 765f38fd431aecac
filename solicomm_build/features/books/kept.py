"""Books that were made when somebody asked for them, kept for whoever asks next.

    state/books/<mark>-<key>.epub

The key says what the book is made of: another key, another book. The mark says of what it is, so
far as that costs nothing to know (gathering.py): whoever lists books looks there, and makes none.

Never more than `ROOM`: those that nobody has asked for the longest go first. All of it may be
deleted; an erasure does (privacy.py), under the lock that whoever makes one holds.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

ROOM = 100_000_000
"""Octets of all books that are kept."""


class Kept:
    """The books of one hub. Blocking; for several threads and processes."""

    def __init__(self, config: Config, room: int = ROOM) -> None:
        self._folder, self._lock = config.state / "books", config.state / "books.lock"
        self._room = room

    def of(self, make: Callable[[], tuple[str, Callable[[], bytes]]]) -> bytes:
        """A book: `make` looks what it is made of, and gives the key and what makes it. Called
        under the lock, so that a book is of what is there now."""
        with safeio.locked(self._lock):
            key, write = make()
            path = self._folder / f"{key}.epub"
            with suppress(FileNotFoundError):
                found = path.read_bytes()
                os.utime(path)
                return found
            book = write()
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(len(book))
            safeio.write_atomic(path, book)
            return book

    def sizes(self) -> Mapping[str, int]:
        """The octets of the books that are kept, by mark; of several with one mark, of the one that
        was asked for last."""
        found: dict[str, tuple[float, int]] = {}
        with suppress(FileNotFoundError):
            for path in self._folder.iterdir():
                mark, _, key = path.name.partition("-")
                with suppress(FileNotFoundError):  # another one makes room
                    one = path.stat()
                    if key.endswith(".epub"):
                        found[mark] = max(found.get(mark, (0.0, 0)), (one.st_mtime, one.st_size))
        return {mark: octets for mark, (_, octets) in found.items()}

    def forget(self) -> None:
        """Drops all of them."""
        with safeio.locked(self._lock):
            shutil.rmtree(self._folder, ignore_errors=True)

    def _make_room(self, octets: int) -> None:
        """Takes the oldest away until so many octets fit."""
        files: list[tuple[float, int, Path]] = []
        for path in self._folder.iterdir():
            found = path.stat()
            files.append((found.st_mtime, found.st_size, path))
        left = self._room - octets - sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if left >= 0:
                return
            path.unlink(missing_ok=True)
            left += size
