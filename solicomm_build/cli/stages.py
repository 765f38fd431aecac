"""How a stage runs as a process of its own: until SIGTERM or SIGINT, or its parent's end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import click

from solicomm_build.foundation.hub.certificates import Certificates
from solicomm_build.foundation.hub.liveness import Pulse

if TYPE_CHECKING:  # most stages are loops of their own, and commands look at what stages there are
    import asyncio

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl  # before there are children, who would each load it


def stopper(pulse: Pulse | None = None) -> Callable[[], bool]:
    """Tells a stage whether it was asked to stop. A second signal ends the process at once. Each
    time it is asked, the stage's `pulse` beats: it has come round."""
    asked = False

    def note(_number: int, _frame: object) -> None:
        nonlocal asked
        if asked:
            raise SystemExit(130)
        asked = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
        signal.siginterrupt(number, True)

    def stop() -> bool:
        if pulse is not None:
            pulse.beat()
        return asked

    return stop


async def until_asked(
    work: Callable[[asyncio.Event], Awaitable[None]], pulse: Pulse | None = None
) -> None:
    """Runs an asyncio stage with an event that SIGTERM and SIGINT set."""
    import asyncio

    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await beating(work(stop), pulse)


def renewing(tls: Certificates) -> None:
    """Has SIGHUP read the certificate again; in the main thread, in a running loop."""
    import asyncio

    def renew() -> None:
        if tls.context is None:
            return  # none is named: there is nothing to say
        trouble = tls.renew()
        said = f"the old certificate stays: {trouble}" if trouble else "certificates are read again"
        click.echo(f"solicomm: {said}", err=True)

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, renew)


async def beating(work: Awaitable[None], pulse: Pulse | None) -> None:
    """Does the work of an asyncio stage; the `pulse` beats as long as its loop goes round."""
    import asyncio

    async def beat(pulse: Pulse) -> None:
        while True:
            pulse.beat()
            await asyncio.sleep(1)

    task = asyncio.create_task(beat(pulse)) if pulse is not None else None
    try:
        await work
    finally:
        if task is not None:
            task.cancel()


def stand_back(by: int) -> None:
    """Lets others have the processor first (nice(2)). A service manager may forbid it: the stage
    then works as it is."""
    with contextlib.suppress(OSError):
        os.nice(by)


def die_with_parent() -> None:
    """Lets the kernel ask this process to stop when its parent is gone, however it went."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
