"""Members of a zip as streams within limits. Nothing is ever unpacked to a disk."""

from __future__ import annotations

import zipfile
from pathlib import Path

MAX_MEMBERS = 10_000
MAX_MEMBER = 32 << 20
MAX_TOTAL = 128 << 20
MAX_RATIO = 100
"""Octets out for each that is in: above this, and 1 MiB, a member is a bomb."""


class BombError(ValueError):
    """The archive is made to swell."""


class Archive:
    """A zip that is read within limits. Use as a context manager's value; raises BombError."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)
        self._left = MAX_TOTAL
        if len(self._zip.infolist()) > MAX_MEMBERS:
            raise BombError(f"it has more than {MAX_MEMBERS} members")
        self.names = [info.filename for info in self._zip.infolist()]

    def read(self, name: str) -> bytes:
        """The octets of a member; raises KeyError when there is none."""
        info = self._zip.getinfo(name)
        limit = min(MAX_MEMBER, self._left)
        if info.file_size > max(1 << 20, info.compress_size * MAX_RATIO):
            raise BombError(f"{name[:60]!r} would swell {MAX_RATIO} times")
        with self._zip.open(info) as member:
            data = member.read(limit + 1)
        if len(data) > limit:
            raise BombError(f"{name[:60]!r} is too large")
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Closes the file."""
        self._zip.close()
