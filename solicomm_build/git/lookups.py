"""Whether files are there, asked for many at once: a batch of mail knows beforehand what it will
ask.

Asking git path by path has it unpack the same large trees again for each; together each tree on
the way is read once (`Reader.oids_at`). The answers are those of one commit, so whoever asks holds
the repository's lock and forgets them with it. What was not asked for is looked up alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN


class Lookups:
    """What lies at paths of the main branch. Not for several threads."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[str, Oid | None] = {}

    def ask(self, tip: Oid | None, paths: Iterable[str]) -> None:
        """Looks up all these at the branch's `tip`, until `forget`."""
        if tip is None:
            self._known.update(dict.fromkeys(paths))
        else:
            self._known.update(self._reader.oids_at(tip, paths))

    def oid_at(self, path: str) -> Oid | None:
        """The id of the file at `path`, or None."""
        if path in self._known:
            return self._known[path]
        return self._reader.oid_at(MAIN, path)

    def forget(self) -> None:
        """The lock is given back: others may write."""
        self._known.clear()
