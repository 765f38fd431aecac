"""How a stage runs as a process of its own: until SIGTERM or SIGINT, and gone when its parent is."""

from __future__ import annotations

import ctypes
import signal
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def stopper() -> Callable[[], bool]:
    """Tells a stage whether it was asked to stop. A second signal ends the process at once."""
    asked = False

    def note(_number: int, _frame: object) -> None:
        nonlocal asked
        if asked:
            raise SystemExit(130)
        asked = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
        signal.siginterrupt(number, True)
    return lambda: asked


def die_with_parent() -> None:
    """Lets the kernel ask this process to stop when its parent is gone, however it went."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
