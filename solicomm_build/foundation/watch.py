"""What a stage is at, written down, so that no item holds it for longer than it may.

    state/work/<stage>: the item's name, and how often a process ended while it was at it
    state/work/<stage>.aside: names of what is no mail in a spool and is passed over, a line each

While an item is in work the kernel counts the processor time of this process (`ITIMER_PROF`), and
ends it when the item has used up its own: also inside C code that never comes back, where neither
threads nor handlers of signals help. The supervisor starts the stage again, which finds the name
and sets the item aside before it takes anything. A process that ends for another reason, such as a
power cut, costs an item nothing the first two times.

Foundation; imports spool and maillog. `Watch.idle()` watches nothing: for commands that run a stage
in their own process. One thread at a time; the file is changed in one step and needs no lock.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Spool

FOLDER = "work"
"""Below the hub's `state`."""
SECONDS = 2.0
"""Of the processor, that an item may hold its stage."""
OCTETS_A_SECOND = 4 << 20
"""So many octets of a message buy a second more: 25 MB are hashed, decoded and packed."""
MOST_ENDS = 3
"""So many processes may end at an item before it is set aside, whatever ended them."""

HELD = "It held the {stage} stage for longer than an item may"
"""The reason of what is set aside so; `status` looks for it."""
ENDED = "It ended the {stage} stage {times} times"
_LINE = 600
_OVERDUE = "overdue"


def is_of_watch(reason: str) -> bool:
    """Whether something was set aside for this reason because a stage stood or ended at it."""
    return reason.startswith((HELD.partition("{")[0], ENDED.partition("{")[0]))


@dataclass(frozen=True, slots=True)
class Ended:
    """The item that the process before this one was at when it ended, and why it goes."""

    name: str
    reason: str


class Watch:
    """The mark of one stage of one hub. Close it."""

    def __init__(self, folder: Path | None, stage: str) -> None:
        self._stage = stage
        self._fd = -1
        self._times = 0
        self._before = ""
        self._list: Path | None = None
        self._aside: set[str] = set()
        if folder is not None:
            self._list = folder / f"{stage}.aside"
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._fd = os.open(folder / stage, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with contextlib.suppress(FileNotFoundError):
                self._aside = set(self._list.read_text("utf-8", "replace").split("\n"))
            signal.signal(signal.SIGPROF, signal.SIG_DFL)

    @classmethod
    def idle(cls) -> Watch:
        """One that watches nothing."""
        return cls(None, "")

    def ended(self) -> Ended | None:
        """What is to be set aside, because the process before ended at it; ask before any work.
        None when there is nothing, or when it may be tried again."""
        if self._fd < 0:
            return None
        word, _, name = (
            os.pread(self._fd, _LINE, 0).decode("utf-8", "replace").strip().partition(" ")
        )
        if not name:
            return None
        if word == _OVERDUE:
            return Ended(name, HELD.format(stage=self._stage))
        self._before, self._times = name, int(word) if word.isdecimal() else 1
        if self._times >= MOST_ENDS:
            return Ended(name, ENDED.format(stage=self._stage, times=self._times))
        return None

    def is_aside(self, name: str) -> bool:
        """Whether an item that is no mail in a spool is to be passed over."""
        return name in self._aside

    def pass_over(self, name: str) -> None:
        """Remembers an item that is no mail in a spool: `is_aside` is true from now on."""
        if self._list is not None and name not in self._aside:
            self._aside.add(name)
            with self._list.open("a", encoding="utf-8") as file:
                file.write(f"{name}\n")

    def forget(self) -> None:
        """What was in work is settled: its mark goes."""
        self._write("")
        self._before, self._times = "", 0

    @contextlib.contextmanager
    def item(self, name: str, octets: int = 0, *, seconds: float = SECONDS) -> Iterator[None]:
        """While this runs, `name` is in work, and has `seconds` of the processor, or more when it
        is large. It need not be at an end before the next one begins within it."""
        if self._fd < 0:
            yield
            return
        times = self._times + 1 if name == self._before else 1
        self._write(f"{times} {name}")
        signal.setitimer(signal.ITIMER_PROF, seconds + octets / OCTETS_A_SECOND)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self._write("")

    def close(self) -> None:
        """Lets go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _write(self, line: str) -> None:
        if self._fd >= 0:
            octets = line.encode("utf-8", "replace")[: _LINE - 1]
            os.pwrite(self._fd, octets.ljust(_LINE - 1) + b"\n", 0)


def set_aside(watch: Watch, spool: Spool | None, log: MailLog) -> None:
    """Sets aside what the stage's last process ended at, if it is time: before the stage takes
    anything. What is no message of `spool` is passed over from now on. Safe to call twice."""
    ended = watch.ended()
    if ended is None:
        return
    if spool is None or spool.set_aside(ended.name, ended.reason) is None:
        watch.pass_over(ended.name)
    log.event("quarantined", id=ended.name, reason=ended.reason)
    watch.forget()


def note_overdue(folder: Path, stage: str) -> str:
    """Says of the item that `stage` was at that it used up its time; its name, or empty. Called by
    whoever saw the process end by SIGPROF, before it starts another."""
    path = folder / stage
    try:
        _, _, name = path.read_text("utf-8", "replace").strip().partition(" ")
        if name:
            path.write_text(f"{_OVERDUE} {name}".ljust(_LINE - 1) + "\n", "utf-8")
    except OSError:
        return ""
    return name
