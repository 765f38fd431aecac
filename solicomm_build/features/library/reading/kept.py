"""What was made of documents once and may be needed again, in a folder of bounded size.

A function of what it was made of, so deleting it costs time only. Safe for several threads.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

from solicomm_build.foundation import safeio

MOST = 256 << 20
"""Octets that are kept, some 4,000 pages as pictures."""


class Kept:
    """Files by name below a folder; what was not asked for longest goes first."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self._folder, self._most = folder, most
        self._lock = threading.Lock()
        self._size = -1  # octets; counted when something is kept first

    def get(self, name: str) -> Path | None:
        """The file of this name, None when it is not here. Blocking."""
        path = self._folder / name
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def put(self, name: str, octets: bytes) -> Path:
        """Keeps a file. Blocking."""
        path = self._folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        safeio.write_atomic(path, octets, durable=False, mode=0o600)
        with self._lock:
            self._size = self._counted() if self._size < 0 else self._size + len(octets)
            if self._size > self._most:
                self._prune(path)
        return path

    def _counted(self) -> int:
        return sum(size for _, size, _ in self._files())

    def _files(self) -> list[tuple[float, int, Path]]:
        found = []
        for path in self._folder.rglob("*"):
            with suppress(OSError):
                if path.is_file():
                    about = path.stat()
                    found.append((about.st_mtime, about.st_size, path))
        return sorted(found)

    def _prune(self, new: Path) -> None:
        """Takes away the oldest until a fifth is free again; never what came just now."""
        files = self._files()
        left = sum(size for _, size, _ in files)
        for _, size, path in files:
            if left <= self._most * 4 // 5:
                break
            if path != new:
                path.unlink(missing_ok=True)
                left -= size
        self._size = left
