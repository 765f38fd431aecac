"""The lock of a repository: one writer at a time, fair, and never left behind.

Two files in the repository's folder, both locked with flock(2): `solicomm.lock` is the right to
write, `solicomm.turn` the place at the head of the queue. Whoever wants to write takes the turn
first and gives it back once the lock is theirs, so a busy importer that releases and takes again
at once cannot starve ingest: the next in line already holds the turn.

The kernel frees the lock when its holder dies.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from solicomm_build.foundation.errors import LockedOutError


class RepoLock:
    """The writer's lock of the bare repository at `folder`. Not reentrant; one owner per object.
    Raises LockedOutError in a repository of somebody else's."""

    def __init__(self, folder: Path) -> None:
        try:
            self._fds = tuple(
                os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                for name in ("solicomm.turn", "solicomm.lock")
            )
        except PermissionError as error:
            raise LockedOutError(folder) from error
        self._held = False

    @property
    def held(self) -> bool:
        """True while this object has the lock."""
        return self._held

    def acquire(self) -> None:
        """Takes the lock, in the order of asking. Blocking."""
        if self._held:
            return
        turn, lock = self._fds
        fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._held = True
        finally:
            fcntl.flock(turn, fcntl.LOCK_UN)

    def release(self) -> None:
        """Gives the lock back; safe to call twice."""
        if self._held:
            fcntl.flock(self._fds[1], fcntl.LOCK_UN)
            self._held = False

    def close(self) -> None:
        """Releases the lock and the files."""
        self.release()
        for fd in self._fds:
            os.close(fd)
        self._fds = ()
