"""A hub that is broken again and again: copied fresh, a stage run in a fork, the plug pulled.

This process has the stages loaded and is itself started with the plan's library, so that a run
costs a fork. It adopts what a killed stage leaves behind and waits for it, as the next start of a
stage waits for its locks.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.git import repo
from tests.faults.plan import Mode, Plan
from tests.faults.stills import Stills

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: exit code (negative: the signal), where the fault struck, what it said."""

    code: int
    fired: str
    said: str

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Machine:
    """Runs work on the hub at `root` under the plan."""

    def __init__(self, plan: Plan, root: Path, environment: dict[str, str]) -> None:
        self.plan, self.root = plan, root
        self._said = root.with_name("said.txt")
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
        clean = repo.environment
        repo.environment = lambda: clean() | environment
        self.runs = 0

    def fresh(self, template: Path) -> None:
        """Makes the hub what the template is; always at the same place."""
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(template, self.root, symlinks=True)

    def refill(self, template: Path) -> None:
        """Makes an empty folder at the hub's place what the template is."""
        shutil.copytree(template, self.root, symlinks=True, dirs_exist_ok=True)

    def start(self, work: Callable[[], None], mode: Mode = Mode.OFF, target: int = 0) -> int:
        """Begins a run; `ended` waits for its end."""
        self.runs += 1
        gate, opener = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(opener)
            os.read(gate, 1)
            self._child(work)
        os.close(gate)
        self.plan.arm(mode, target, pid)
        os.close(opener)
        return pid

    def ended(self, pid: int, *, seconds: float = _PATIENCE, alone: bool = True) -> Ended:
        """Waits for a run and, when it is `alone`, for all it left behind. A run that does not end
        says so (code 124)."""
        handle = os.pidfd_open(pid)
        try:
            late = not select.select([handle], [], [], seconds)[0]
        finally:
            os.close(handle)
        if late:
            os.kill(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if alone:
            self._adopted(seconds)
        fired = self.plan.fired
        self.plan.disarm()
        said = self._said.read_text("utf-8", "replace")
        return Ended(124 if late else code, fired, said)

    def run(self, work: Callable[[], None], mode: Mode = Mode.OFF, target: int = 0) -> Ended:
        """One run, from its beginning to its end."""
        return self.ended(self.start(work, mode, target))

    def stills(self, work: Callable[[], None], *, seconds: float = 1800.0) -> Stills:
        """All different states that the hub has in one run, at each place where something is
        written and in the middle of each write."""
        found = Stills(self.root)
        pid = self.start(work, Mode.STILL)
        handle, end, last = os.pidfd_open(pid), time.monotonic() + seconds, time.monotonic()
        try:
            while not select.select([handle], [], [], 0)[0] and time.monotonic() < end:
                if self.plan.is_asked:
                    found.take(self.plan.path)
                    self.plan.grant()
                    last = time.monotonic()
                elif time.monotonic() > last + 5.0:
                    self.plan.release()  # killed while it held up the others
                    last = time.monotonic()
                else:
                    time.sleep(0.0001)
        finally:
            os.close(handle)
            self.plan.disarm()
        ended = self.ended(pid)
        if ended.code:
            raise AssertionError(f"a run that stood still ended with {ended.code}: {ended.said}")
        return found

    def _adopted(self, seconds: float) -> None:
        """Waits for the orphans: a git that lost its stage ends by itself."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    time.sleep(0.002)
            except ChildProcessError:
                return
        raise TimeoutError("a process of a killed stage goes on and on")

    def _child(self, work: Callable[[], None]) -> None:
        code = 70
        try:
            out = os.open(self._said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(out, 2)
            work()
            code = 0
        except SoliCommError as error:
            os.write(2, f"{type(error).__name__}: {error.public}\n".encode())
            code = error.exit_code
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            with contextlib.suppress(Exception):
                sys.stderr.flush()
            os._exit(code)
