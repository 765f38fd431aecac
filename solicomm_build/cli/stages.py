"""How a stage runs as a process of its own: until SIGTERM or SIGINT, or its parent's end."""

from __future__ import annotations

import asyncio
import ctypes
import signal
from collections.abc import Awaitable, Callable

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl  # before there are children, who would each load it


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


async def until_asked(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Runs an asyncio stage with an event that SIGTERM and SIGINT set."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await work(stop)


def die_with_parent() -> None:
    """Lets the kernel ask this process to stop when its parent is gone, however it went."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
