"""Which files a branch has, by name, in little memory: for whoever asks about all of them.

An import asks for every message whether it is there already. This set holds 64 bits per name
(Python's keyed hash), about 100 octets each, and is brought up to date from the log instead of
being read anew when another process has written.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from solicomm_build.errors import StoreError
from solicomm_build.store import log
from solicomm_build.store.repo import Repo
from solicomm_build.types import Oid


class KnownNames:
    """The stems of all file names under `folder` of a branch: `topics/…/abc.md` counts as `abc`."""

    def __init__(self, repo: Repo, folder: str) -> None:
        self._repo, self._folder = repo, folder
        self._tip: Oid | None = None
        self._names: set[int] = set()

    def sync(self, tip: Oid | None) -> None:
        """Takes up what has come since the last call; `tip` is where the branch is now."""
        if tip is None or tip == self._tip:
            return
        self._names.update(hash(PurePosixPath(path).stem) for path in self._new(tip))
        self._tip = tip

    def moved(self, tip: Oid | None) -> None:
        """Says that we made the commits up to `tip` ourselves and have `add`ed what they hold."""
        self._tip = tip

    def add(self, name: str) -> None:
        """Takes up one name."""
        self._names.add(hash(name))

    def __contains__(self, name: str) -> bool:
        """True when a file of this stem is there (wrong for one name in 10^12 of them)."""
        return hash(name) in self._names

    def _new(self, tip: Oid) -> Iterator[str]:
        if self._tip is not None:
            with contextlib.suppress(StoreError):  # erased since: then all is read again
                changed = log.diff(self._repo, self._tip, tip)
                inside = f"{self._folder}/"
                return (c.path for c in changed if c.oid and c.path.startswith(inside))
        listed = self._repo.git(
            "ls-tree", "-r", "-z", "--name-only", "--end-of-options", tip, "--", f"{self._folder}/"
        )
        return iter(listed.decode("utf-8", "surrogateescape").split("\0")[:-1])
