"""`solicomm` as a process of its own, without the second that every Python needs to load it.

One process loads the modules that a served hub has, and nothing else is done in it. Whoever asks it
for a program gets a child that becomes what `python -m` makes of these words: with the environment,
folder, session and files that were asked for. The kernel makes that child ours (CLONE_PARENT,
clone(2)), so that it is waited for like any other.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

from solicomm_build.foundation import hooks

_CLONE = {"x86_64": 56, "aarch64": 220}.get(os.uname().machine)
"""The number of the call clone(2)."""
_CLONE_PARENT = 0x8000
_MOST = 1 << 17  # octets of words and environment
_FILES = 256  # descriptors that a child closes


class Program:
    """A child of this process; what tests use of `subprocess.Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, below zero for a signal; None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, when it has ended. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            watched = os.pidfd_open(self.pid)
            try:
                if not select.select([watched], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired("solicomm", timeout or 0.0)
            finally:
                os.close(watched)
        code = self.poll()
        assert code is not None  # noqa: S101 - it has ended
        return code

    def send_signal(self, number: int) -> None:
        """Sends a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def start(
    module: str, words: Sequence[str], env: Mapping[str, str], out: IO[bytes]
) -> Program | None:
    """`python -m module words`, in a session of its own, that reads nothing and writes into `out`;
    None where the kernel knows no such children."""
    asked = _process() if _CLONE else None
    if asked is None:
        return None
    order = {"module": module, "words": words, "env": dict(env), "at": os.fspath(Path.cwd())}
    with open(os.devnull, "rb") as nothing:
        files = [nothing.fileno(), out.fileno(), out.fileno()]
        socket.send_fds(asked, [json.dumps(order).encode("ascii")], files)
    return Program(int(asked.recv(64)))


@cache
def _process() -> socket.socket:
    """A line to the process that has loaded everything; it ends with this one."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        command = [sys.executable, "-m", __name__, str(its.fileno())]
        process = subprocess.Popen(command, pass_fds=[its.fileno()], stdin=subprocess.DEVNULL)
    atexit.register(_end, ours, process, os.getpid())
    os.register_at_fork(after_in_child=lambda: _let_go(ours))
    return ours


def _end(line: socket.socket, process: subprocess.Popen[bytes], owner: int) -> None:
    if os.getpid() == owner:
        line.close()
        process.terminate()
        process.wait()


def _let_go(line: socket.socket) -> None:
    """A forked child has no such process: what it would ask for is not its own child."""
    line.close()
    _process.cache_clear()


def _load() -> None:
    shared = importlib.import_module("solicomm_build.cli.shared")  # by name, as the others
    for name in ("solicomm_build.cli.serve", "solicomm_build.cli.serving.supervisor"):
        importlib.import_module(name)
    for name in shared.modules():
        importlib.import_module(name)
    for hook in shared.HOOKS:
        hooks.modules(hook)


def _born() -> int:
    """fork(2), but for whose child it is."""
    call = ctypes.PyDLL(None).syscall  # holds Python's lock, as os.fork does
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = int(call(_CLONE, _CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0))
    if pid:
        ctypes.pythonapi.PyOS_AfterFork_Parent()
    else:
        ctypes.pythonapi.PyOS_AfterFork_Child()
    return pid


def _become(order: Mapping[str, object], files: Sequence[int]) -> None:
    os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, _FILES)
    os.chdir(str(order["at"]))
    if not sys.flags.safe_path:
        sys.path[0] = str(order["at"])
    env = order["env"]
    assert isinstance(env, dict)  # noqa: S101 - `start` made it
    os.environ.clear()
    os.environ.update(env)
    time.tzset()


def main(number: int) -> None:
    """Makes children, until nobody asks any more."""
    with socket.socket(fileno=number) as line:
        _load()
        while True:
            octets, files, _, _ = socket.recv_fds(line, _MOST, 3)
            if not octets:
                return
            pid = _born()
            if not pid:
                line.detach()
                break
            for file in files:
                os.close(file)
            with contextlib.suppress(BrokenPipeError):
                line.send(str(pid).encode("ascii"))
    order = json.loads(octets)
    _become(order, files)
    sys.argv[1:] = order["words"]
    runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
