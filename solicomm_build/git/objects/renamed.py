"""Which commit of a history became which when it was written anew: of however many, in files."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.safeio import Closing
from solicomm_build.foundation.types import Oid


class Renamed(Closing):
    """The commits of one stream from `git fast-export` to `git fast-import`. Close it, or use
    `with`; its files lie in this folder, without names."""

    def __init__(self, folder: Path) -> None:
        self._old: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - see close
        self._new: IO[bytes] | None = None
        self.count = 0

    def note(self, mark: str, oid: Oid) -> None:
        """The commit that has this mark in the stream; marks only grow."""
        self._old.write(f"{mark} {oid}\n".encode("ascii"))

    def end(self, marks: Path) -> None:
        """What they became: the file of marks that fast-import left, which may go then. Raises
        StoreError."""
        self._new = open(marks, "rb")  # noqa: SIM115 - see close
        self.count = sum(1 for _ in self._pairs())

    def of(self, commits: Collection[Oid]) -> dict[Oid, Oid]:
        """Those of these commits that were written anew, with what they are now."""
        return {old: new for old, new in self._pairs() if old in commits}

    def close(self) -> None:
        """Lets go of the files."""
        for file in (self._old, self._new):
            if file is not None:
                file.close()

    def _pairs(self) -> Iterator[tuple[Oid, Oid]]:
        """Both files have their lines in the order of marks."""
        assert self._new is not None  # noqa: S101 - ended
        for file in (self._old, self._new):
            file.seek(0)
        new = map(_line, self._new)
        at, became = next(new, _NONE)
        last = 0
        for mark, old in map(_line, self._old):
            if mark <= last:
                raise StoreError("git told the marks of commits in another order")
            while at < mark and at:
                at, became = next(new, _NONE)
            if at == mark:
                yield old, became
            last = mark


_NONE = (0, Oid(""))


def _line(line: bytes) -> tuple[int, Oid]:
    mark, _, oid = line.decode("ascii").strip().partition(" ")
    return int(mark.removeprefix(":")), Oid(oid)
