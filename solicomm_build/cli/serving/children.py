"""Children of a process that keeps a lease, each with a group of its own."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable


def ended(child: int) -> int | None:
    """The exit code of a child; None while it runs."""
    pid, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if pid else None


def finish(child: int, code: int | None) -> int:
    """Ends a child that runs, and all that it started, at once; also one that has just begun and is
    not yet in a group of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if code is None:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
    return code


class Child:
    """One of which there is one at most. `start` begins it, and gives its number."""

    def __init__(self, start: Callable[[], int]) -> None:
        self._start, self._number = start, 0

    def runs(self) -> bool:
        """Whether it is at work; sees when it has ended."""
        if self._number and (code := ended(self._number)) is not None:
            finish(self._number, code)
            self._number = 0
        return self._number > 0

    def begin(self) -> None:
        """Begins it, where it does not run."""
        self._number = self._start()

    def end(self) -> None:
        """At once. Safe to call again."""
        if self._number:
            finish(self._number, None)
            self._number = 0
