"""Time and memory of a process and its descendants, from /proc (Linux)."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Ran:
    """A finished command: wall time, and peaks in octets. `main_rss` is the high-water mark of the
    process itself, `tree_pss` the largest sum seen of it and all its descendants."""

    seconds: float
    cpu_seconds: float
    main_rss: int
    tree_pss: int
    stdout: str


def run(command: Sequence[str | Path], **environment: str) -> Ran:
    """Runs a command to its end and watches its memory. Raises RuntimeError."""
    cpu = os.times()
    started = time.perf_counter()
    process = subprocess.Popen(
        [os.fspath(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        text=True,
    )
    watch = _Watch(process.pid)
    out, err = process.communicate()
    seconds = time.perf_counter() - started
    watch.end()
    if process.returncode:
        last = err.strip().splitlines()[-1:] or ["no word"]
        raise RuntimeError(f"{command[1]}: exit {process.returncode}: {last[0]}")
    now = os.times()
    used = now.children_user + now.children_system - cpu.children_user - cpu.children_system
    return Ran(seconds, used, watch.main_rss, watch.tree_pss, out)


class _Watch:
    """Looks at a process and its descendants now and then, in a thread."""

    def __init__(self, pid: int) -> None:
        self.main_rss = self.tree_pss = 0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.main_rss = max(self.main_rss, high_water(self._pid))
            self.tree_pss = max(self.tree_pss, sum(map(pss, descendants(self._pid))))
            if self._ended.wait(_LOOK_SECONDS):
                return


def high_water(pid: int) -> int:
    """The most memory a process has had resident so far, octets; 0 when it is gone."""
    return _kib(_PROC / str(pid) / "status", "VmHWM")


def pss(pid: int) -> int:
    """A process's own memory and its share of what it has in common with others, octets."""
    return _kib(_PROC / str(pid) / "smaps_rollup", "Pss")


def cpu_seconds(pid: int) -> float:
    """The processor time that a process has used so far, its own and the system's for it."""
    fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Spent:
    """What processes have used so far, with their children that ended: seconds of processors, and
    octets that they gave the disk to write (in whole pages of memory)."""

    seconds: float
    octets: int

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.seconds - other.seconds, self.octets - other.octets)


def spent(pids: Sequence[int]) -> Spent:
    """The sum for processes of which none is another's child that ended meanwhile."""
    seconds, octets = 0.0, 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b") ")[2].split()
            seconds += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
            told = dict(
                line.split(": ") for line in (_PROC / str(pid) / "io").read_text().splitlines()
            )
            octets += int(told["write_bytes"]) - int(told["cancelled_write_bytes"])
    return Spent(seconds, octets)


def descendants(pid: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for child, facts in _stats().items():
        children.setdefault(facts[0], []).append(child)
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def session(sid: int) -> list[int]:
    """All processes of a session."""
    return [pid for pid, (_, member_of) in _stats().items() if member_of == sid]


def command_line(pid: int) -> str:
    """What a process was started as."""
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def _stats() -> dict[int, tuple[int, int]]:
    """Parent and session of every process."""
    found = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (folder / "stat").read_bytes().rpartition(b") ")[2].split()
                found[int(folder.name)] = (int(fields[1]), int(fields[3]))
    return found


def _kib(file: Path, name: str) -> int:
    try:
        match = re.search(rf"^{name}:\s+(\d+) kB", file.read_text(), re.M)
    except OSError:
        return 0
    return int(match[1]) * 1024 if match else 0
