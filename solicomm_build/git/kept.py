"""A reader that stays open while somebody goes on asking.

Who follows logs looks at one repository at each new commit, and starting git takes longer than what
is asked. A reader that stays for good would cost memory on a hub at rest; so it stays until nobody
has asked between two calls of `rest`.
"""

from __future__ import annotations

from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo


class KeptReader:
    """The reader of the repository that was asked last. Not for several threads. Close it."""

    def __init__(self) -> None:
        self._reader: Reader | None = None
        self._asked = False

    def of(self, repo: Repo) -> Reader:
        """A reader of this repository; it holds until the next call."""
        if self._reader is None or self._reader.repo != repo:
            self.close()
            self._reader = Reader(repo)
        self._asked = True
        return self._reader

    def rest(self) -> None:
        """Called whenever there is nothing to do: ends the process, if nobody has asked since the
        last call."""
        if not self._asked:
            self.close()
        self._asked = False

    def close(self) -> None:
        """Ends the process; the next call starts another."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
