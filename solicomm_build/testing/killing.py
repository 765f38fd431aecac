"""A stage with the plug pulled: in a forked child, which has everything loaded, nothing in hand."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import timedelta

from solicomm_build.desk.run import desk
from solicomm_build.foundation import clock, maillog
from solicomm_build.testing.deskhub import DeskHub


def killed(work: Callable[[], object], fault: str) -> bool:
    """Does `work` in a child with the plug pulled at `fault` (foundation/faults.py); False when it
    never came there. Raises AssertionError when it failed otherwise."""
    pid = os.fork()
    if not pid:
        _child(work, fault)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, -signal.SIGKILL), (fault, code)  # noqa: S101 - a helper of tests
    return code != 0


def desk_killed(hub: DeskHub, fault: str) -> bool:
    """The same for a hub's desk, a second later."""
    hub.now += timedelta(seconds=1)

    def work() -> None:
        with clock.fixed(hub.now):
            desk(hub.config, once=True, log=maillog.to_nobody())

    return killed(work, fault)


def _child(work: Callable[[], object], fault: str) -> None:
    code = 1
    try:
        os.environ["SOLICOMM_FAULT"] = fault
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - the child's edge: say why, and end without pytest's cleanup
        traceback.print_exc(file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(code)
