"""A stage in a process of its own, as the supervisor runs it: what holds it is ended and set aside.

Time is short here: an item has half a second of the processor, however much it has elsewhere.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable

from solicomm_build.foundation import watch
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.watch import Watch

SECONDS = 0.5


def watch_of(config: Config, stage: str) -> Watch:
    """The watch of a stage, as in a running hub."""
    return Watch(config.state / watch.FOLDER, stage, config.spool_quarantine)


def run(config: Config, stage: str, word: str, work: Callable[[Watch], object]) -> int:
    """Does `work` in a process of the stage, where octets with the word hold it
    (`faults.hold`, as in `desk:endless`; empty: none do); its exit code, below zero for a signal.
    What the kernel ended is noted, as the supervisor does."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.environ["SOLICOMM_HOLD"] = word
            set_timer = signal.setitimer

            def short(which: int, seconds: float, interval: float = 0.0) -> tuple[float, float]:
                return set_timer(which, min(seconds, SECONDS), interval)

            signal.setitimer = short
            work(watch_of(config, stage))
            code = 0
        except BaseException:  # noqa: BLE001 - the child's edge
            sys.excepthook(*sys.exc_info())
        finally:
            with contextlib.suppress(OSError):
                sys.stderr.flush()
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code == -signal.SIGPROF:
        watch.note_overdue(config.state / watch.FOLDER, stage)
    return code
