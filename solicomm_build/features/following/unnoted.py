"""Mails to followers that are on their way and are not noted as sent, since the file of those who
follow could not be written: `state/following-unnoted.json`, a list of [person, kind, posts]."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

from solicomm_build.foundation import safeio

Had = tuple[int, str, list[str]]
"""The person, the kind and the posts of a mail."""


class Unnoted:
    """Remembers them, also over the end of the process. Not for several threads."""

    def __init__(self, state: Path) -> None:
        self._path = state / "following-unnoted.json"
        self._kept: list[Had] | None = None

    def all(self) -> list[Had]:
        """What there is."""
        if self._kept is None:
            self._kept = []
            with contextlib.suppress(OSError, ValueError, TypeError):
                rows = json.loads(self._path.read_bytes())
                self._kept = [(int(person), str(what), [*mids]) for person, what, mids in rows]
        return self._kept

    def add(self, ones: Sequence[Had]) -> None:
        """Remembers more; durable on return, where the disk lets it."""
        self._kept = [*self.all(), *(one for one in ones if one not in self.all())]
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            safeio.write_atomic(self._path, json.dumps(self._kept).encode("ascii"), mode=0o600)

    def forget(self) -> None:
        """They are noted."""
        if self._kept != [] or self._path.exists():
            self._path.unlink(missing_ok=True)
        self._kept = []
