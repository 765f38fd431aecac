"""What others have made of a feature's work beside the pages, until the feature asks for it.

It lies in a file without a name, since there may be more of it than memory; where the disk has no
room for it, it is made once more.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from solicomm_build.builder.hands import pipes
from solicomm_build.builder.hands.works import Piece


class Ahead:
    """What came of pieces of work, by their keys, for one build; it lies in this folder."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._places: dict[str, tuple[int, int]] = {}
        self._stack = contextlib.ExitStack()
        self._file: Any = None

    def close(self) -> None:
        """Forgets all of it."""
        self._stack.close()

    def sifted(
        self, done: Iterator[tuple[int, bytes]], keys: Sequence[str]
    ) -> Iterator[tuple[int, bytes]]:
        """Of what is done, what is not the work with these keys, which is kept: it has the first
        numbers, and all others are counted from 0 again."""
        for number, octets in done:
            if number < len(keys):
                with contextlib.suppress(OSError):
                    self._keep(keys[number], octets)
            else:
                yield number - len(keys), octets

    def has(self, key: str) -> bool:
        """Whether this was made."""
        return key in self._places

    def among(self, pieces: Sequence[Piece], others: Iterator[bytes | None]) -> Iterator[Any]:
        """What came of each of these: as it was kept, else the next one of the others."""
        for piece in pieces:
            octets = self._kept(piece.key) if self.has(piece.key) else next(others)
            yield None if octets is None else pipes.unpack(octets)

    def _kept(self, key: str) -> bytes:
        low, size = self._places[key]
        self._file.seek(low)
        octets: bytes = self._file.read(size)
        return octets

    def _keep(self, key: str, octets: bytes) -> None:
        if self._file is None:
            file = tempfile.TemporaryFile(dir=self._state)  # noqa: SIM115 - closed with the rest
            self._file = self._stack.enter_context(file)
        low = self._file.seek(0, 2)
        self._file.write(octets)
        self._file.flush()
        self._places[key] = low, len(octets)
