"""Cursors: how far down a repository's log a consumer has got, as a ref in that repository.

`refs/solicomm/cursors/<consumer>` names the last commit the consumer is done with. It moves only by
compare-and-swap, so two copies of a consumer cannot both believe they did the work; it is hidden
from those who fetch.
"""

from __future__ import annotations

import re
from functools import cache

from solicomm_build.foundation import hooks
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.repo import Repo

COURIER = "courier"
"""The consumer that mails posts to members; founding begins it, so no archive is ever mailed."""
PAGES = "pages"
"""The consumer that builds pages: those of one machine, on its own disk."""
ROLE_CURSORS = "roles-"
"""What the names of the cursors begin with that say of which roles there are signed facts."""

_CONSUMER = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")


class Cursor:
    """The place of one consumer in one repository."""

    def __init__(self, repo: Repo, consumer: str) -> None:
        if not _CONSUMER.fullmatch(consumer):
            raise UsageError(f"not a consumer's name: {consumer!r}. Use a-z, 0-9 and -")
        self.repo = repo
        self._ref = f"refs/solicomm/cursors/{consumer}"

    def read(self) -> Oid | None:
        """The last commit done, or None when the consumer has not begun."""
        return self.repo.ref(self._ref)

    def advance(self, old: Oid | None, new: Oid) -> None:
        """Moves from `old` to `new`, durable on return. Raises ConflictError when not at `old`."""
        self.repo.set_ref(self._ref, new, old)

    def forget(self) -> None:
        """Takes the cursor away; without one nothing happens."""
        if (old := self.read()) is not None:
            self.repo.set_ref(self._ref, None, old)


@cache
def of_this_disk() -> frozenset[str]:
    """The consumers whose results lie on the disk of one machine, such as pages: of a hub of
    several machines each is at its own place."""
    return frozenset(
        (PAGES, *(one for some in hooks.each("stages", "OF_THIS_DISK") for one in some))
    )


def consumers(repo: Repo, prefix: str) -> list[str]:
    """The consumers with a cursor here whose names begin with `prefix`. Reads files only."""
    found = refs.below(repo.path, "refs/solicomm/cursors/")
    return sorted(name for name in found if name.startswith(prefix))
