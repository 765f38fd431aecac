"""Which files a branch has, by name, in little memory: for whoever asks about all of them.

Every message that comes in is looked for: is a post of its mid there, in whatever thread? This set
holds 64 bits per name (Python's keyed hash), eight octets for each that was there when it was first
asked, and is brought up to date from the log instead of being read anew when another process has
written.
"""

from __future__ import annotations

import contextlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo


class KnownNames:
    """The stems of all file names under `folder` of a branch: `topics/…/abc.md` counts as `abc`."""

    def __init__(self, repo: Repo, folder: str, reader: Reader | None = None) -> None:
        """A `reader` of the repository saves the processes where there are few."""
        self._repo, self._folder, self._reader = repo, folder, reader
        self._tip: Oid | None = None
        self._first = array("q")  # sorted: the names that were there at first
        self._names: set[int] = set()

    def sync(self, tip: Oid | None) -> None:
        """Takes up what has come since the last call; `tip` is where the branch is now. Blocking:
        a tenth of a second for 100,000 names the first time."""
        if tip is None or tip == self._tip:
            return
        since = self._since(tip)
        if since is None:
            self._first, self._names = array("q", sorted(map(hash, self._all(tip)))), set()
        else:
            self._names.update(map(hash, since))
        self._tip = tip

    def moved(self, tip: Oid | None) -> None:
        """Says that we made the commits up to `tip` ourselves and have `add`ed what they hold."""
        self._tip = tip

    def add(self, name: str) -> None:
        """Takes up one name."""
        self._names.add(hash(name))

    def __contains__(self, name: str) -> bool:
        """True when a file of this stem is there (wrong for one name in 10^12 of them)."""
        wanted = hash(name)
        if wanted in self._names:
            return True
        at = bisect_left(self._first, wanted)
        return at < len(self._first) and self._first[at] == wanted

    def _since(self, tip: Oid) -> Iterator[str] | None:
        """The names that have come since the last call; None when all are to be read."""
        if self._tip is not None:
            with contextlib.suppress(StoreError):  # erased since: then all is read again
                changed = log.diff(self._repo, self._tip, tip, reader=self._reader)
                inside = f"{self._folder}/"
                return (_stem(c.path) for c in changed if c.oid and c.path.startswith(inside))
        return None

    def _all(self, tip: Oid) -> Iterator[str]:
        if self._reader is not None:
            few = self._reader.few_files(tip, self._folder)
            if few is not None:
                return (_stem(entry.path) for entry in few)
        listed = self._repo.git(
            "ls-tree", "-r", "-z", "--name-only", "--end-of-options", tip, "--", f"{self._folder}/"
        )
        return map(_stem, listed.decode("utf-8", "surrogateescape").split("\0")[:-1])


def _stem(path: str) -> str:
    name = path[path.rfind("/") + 1 :]
    return name[:dot] if (dot := name.rfind(".")) > 0 else name
