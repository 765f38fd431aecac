"""The plan that a stage and its gits share while a fault is sought: writes.c counts in it.

`Plan` is the memory of `struct plan`; whoever is started with `environment()` passes its writes
through it. Faults are at the n-th write point below one folder, so each place is tried in turn.
"""

from __future__ import annotations

import ctypes
import enum
import mmap
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("writes.c")
_PATHS, _LOG = 512, 8 << 20
_NUMBERS = (
    *("mode", "target", "stage", "passed", "fired", "logged"),
    *("holder", "asked", "granted"),
)


class Mode(enum.IntEnum):
    """What happens at the point. ALL ends the stage and whoever writes, ONE the writer alone, HALF
    lets half of the octets through before; FULL has no room from there on; BAD is one error of the
    disk. In STILL everybody waits at each point until it is granted, and halfway through a
    write."""

    OFF = 0
    COUNT = 1
    ALL = 2
    ONE = 3
    HALF = 4
    FULL = 5
    BAD = 6
    STILL = 7


@dataclass(frozen=True, slots=True)
class Point:
    """A write point: which process wrote (`stage`, or a program's name), the call, the path."""

    who: str
    call: str
    path: str


class _Facts(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_longlong) for name in _NUMBERS),
        ("root", ctypes.c_char * _PATHS),
        ("where", ctypes.c_char * _PATHS),
        ("log", ctypes.c_char * _LOG),
    ]


class Plan:
    """The shared memory in `file`. Writes below `root` are seen, by processes that loaded us."""

    def __init__(self, file: Path, root: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(ctypes.sizeof(_Facts)))
        with file.open("r+b") as opened:
            self._map = mmap.mmap(opened.fileno(), ctypes.sizeof(_Facts))
        self._facts = _Facts.from_buffer(self._map)
        self._facts.root = os.fsencode(root)

    def arm(self, mode: Mode, target: int, stage: int) -> None:
        """From now on points count; `stage` is the process that a fault ends."""
        facts = self._facts
        facts.mode = Mode.OFF
        facts.target, facts.stage = target, stage
        facts.passed = facts.fired = facts.logged = 0
        facts.holder = facts.asked = facts.granted = 0
        facts.where = b""
        facts.mode = mode

    def disarm(self) -> None:
        """Nothing is counted and nothing fails."""
        self._facts.mode = Mode.OFF

    @property
    def is_asked(self) -> bool:
        """Whether somebody waits at a point."""
        return bool(self._facts.asked > self._facts.granted)

    @property
    def path(self) -> str:
        """What is to be written at the point where somebody waits."""
        return os.fsdecode(self._facts.where)

    def grant(self) -> None:
        """Lets whoever waits go on."""
        self._facts.granted = self._facts.asked

    def release(self) -> None:
        """Nobody holds up others: who did is dead."""
        self._facts.holder = 0

    @property
    def fired(self) -> str:
        """The call and path where the fault struck; empty when the stage never came so far."""
        return os.fsdecode(self._facts.where) if self._facts.fired else ""

    def points(self) -> list[Point]:
        """What a counted run passed, in order."""
        text = os.fsdecode(self._facts.log[: min(self._facts.logged, _LOG)])
        rows = [line.split(" ", 2) for line in text.splitlines()]
        return [Point(*row) for row in rows if len(row) == 3]


def compiled(folder: Path) -> Path | None:
    """writes.c as a library; None where there is no C compiler. Made when it is not there."""
    library = folder / "writes.so"
    if library.exists() and library.stat().st_mtime >= SOURCE.stat().st_mtime:
        return library
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    made = folder / f".writes.{os.getpid()}.so"
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(made), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    os.replace(made, library)
    return library


def environment(library: Path, file: Path) -> dict[str, str]:
    """What a process must be started with to pass its writes through the plan in `file`."""
    return {"LD_PRELOAD": str(library), "SOLICOMM_WRITES": str(file)}
