"""Children of a process that keeps a lease, each with a group of its own."""

from __future__ import annotations

import contextlib
import os
import signal


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
