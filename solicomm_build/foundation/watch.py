"""What a stage is at, written down, so that no item holds it for longer than it may.

    state/work/<stage>: the item's name, and how often a process ended while it was at it
    state/work/<stage>.<name>: the same, of a child of the stage
    spool/quarantine/<stage>-<digest>.item: what is no mail in a spool and is passed over

While an item is in work the kernel counts the processor time of this process (`ITIMER_PROF`), and
ends it when the item has used up its own: also inside C code that never comes back, where neither
threads nor handlers of signals help. The supervisor starts the stage again, which finds the name
and sets the item aside before it takes anything. A child is looked after by the stage that forked
it. A process that ends for another reason, such as a power cut, costs an item nothing the first two
times.

Foundation; imports maillog and spool. `Watch.idle()` watches nothing: for commands that
run a stage in their own process. One thread at a time; the files are changed in one step and need
no lock.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from solicomm_build.foundation.faults import hold
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.safeio import write_atomic

FOLDER = "work"
"""Below the hub's `state`."""
SECONDS = 2.0
"""Of the processor, that an item may hold its stage."""
OCTETS_A_SECOND = 4 << 20
"""So many octets of a message buy a second more: 25 MB are hashed, decoded and packed."""
LOOK = 20.0
"""Of the processor, for what is one piece of work by nature and grows with what a place holds: a
look through all events of a conference, a page that lists a whole archive. A hundred thousand posts
need two to five of them on a small machine."""
MOST_ENDS = 3
"""So many processes may end at an item before it is set aside, whatever ended them."""

HELD = "It held the {stage} stage for longer than an item may"
"""The reason of what is set aside so; `status` looks for it."""
ENDED = "It ended the {stage} stage {times} times"
ITEM = ".item"
"""The end of names in the quarantine of what is no message: `<stage>-<digest>.item`, JSON with the
item, the reason, and `"seen": true` when it is taken from the lists that operators get."""
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
    """The mark of one stage of one hub. Close it.

    `aside` is the folder of the hub's quarantine; without it, `folder`. What lies there is read
    when this is made and at `look_again`."""

    def __init__(self, folder: Path | None, stage: str, aside: Path | None = None) -> None:
        self._folder, self._stage, self._mark = folder, stage, stage
        self._fd, self._line = -1, ""
        self._times = 0
        self._before = ""
        self._place = aside or folder
        self._aside: frozenset[str] = frozenset()
        self._seen = 0
        self._children: dict[str, Watch] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._open()
            self._take_over(folder / f"{stage}.aside")
            self.look_again()
            signal.signal(signal.SIGPROF, signal.SIG_DFL)

    @classmethod
    def idle(cls) -> Watch:
        """One that watches nothing."""
        return cls(None, "")

    def child(self, name: str) -> Watch:
        """The watch of a child of this process that is called so; no two at a time have a name. It
        passes over what this one passes over."""
        if self._folder is None:
            return self
        found = self._children.get(name)
        if found is None:
            found = self._children[name] = Watch.__new__(Watch)
            found._folder, found._stage, found._place = self._folder, self._stage, self._place
            found._mark = f"{self._mark}.{name}"
            found._children = {}
            found._open()
        found._aside, found._before, found._times = self._aside, "", 0
        found.ended()
        return found

    def child_ended(self, name: str, code: int, log: MailLog) -> bool:
        """Called by the stage when that child has ended with this exit code (negative: by a
        signal): sets aside what it was at, if it is time. Whether anything was."""
        if self._folder is None or code == 0:
            return False
        mark = self.child(name)
        if code == -signal.SIGPROF:
            note_overdue(self._folder, mark._mark)
        if (ended := mark.ended()) is None:
            return False
        self._pass_over(ended, log)
        mark.forget()
        return True

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

    def look_again(self) -> bool:
        """Reads again what is passed over: an operator may have had it tried again. Whether
        something that was is not any more."""
        if self._place is None:
            return False
        before = self._aside
        with contextlib.suppress(FileNotFoundError):
            changed = self._place.stat().st_mtime_ns
            if changed != self._seen:
                self._aside = passed_over(self._place, self._stage)
                self._seen = changed
        return not before <= self._aside

    @property
    def aside(self) -> frozenset[str]:
        """The names of all that is no mail in a spool and is passed over."""
        return self._aside

    def is_aside(self, name: str) -> bool:
        """Whether an item that is no mail in a spool is to be passed over."""
        return _cut(name) in self._aside

    def pass_over(self, name: str, reason: str = "") -> None:
        """Remembers an item that is no mail in a spool: `is_aside` is true from now on."""
        if self._place is not None and name not in self._aside:
            reason = reason or HELD.format(stage=self._stage)
            pass_over(self._place, self._stage, name, reason)
            self._aside |= {name}

    def forget(self) -> None:
        """What was in work is settled: its mark goes."""
        self._write("")
        self._before, self._times = "", 0

    @contextlib.contextmanager
    def item(self, name: str, octets: int = 0, *, seconds: float = SECONDS) -> Iterator[None]:
        """While this runs, `name` is in work, and has `seconds` of the processor, or more when it
        is large. Another one may be in work within it: that has its own time, and then this one
        goes on with what it had left."""
        if self._fd < 0:
            yield
            return
        name, outer = _cut(name), self._line
        times = self._times + 1 if name == self._before else 1
        self._write(f"{times} {name}")
        left, _ = signal.setitimer(signal.ITIMER_PROF, seconds + octets / OCTETS_A_SECOND)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, left if outer else 0)
            self._write(outer)

    def buys(self, octets: int) -> None:
        """Gives what is in work more time: it is about to read so many octets that are kept here.
        Only for who is proved, since it holds the others up."""
        if self._fd < 0 or not self._line:
            return
        left, _ = signal.getitimer(signal.ITIMER_PROF)
        signal.setitimer(signal.ITIMER_PROF, left + octets / OCTETS_A_SECOND)

    def each(self, work: str, names: Iterable[str], *, seconds: float = LOOK) -> Iterator[str]:
        """Those of the names that are not set aside for this work; what a caller does with one,
        until he asks for the next, is `item` of `<work>:<name>`."""
        for name in names:
            if not self.is_aside(mark := f"{work}:{name}"):
                with self.item(mark, seconds=seconds):
                    hold(work, mark.encode())
                    yield name

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """While this runs, nothing is in work; then the item that was goes on with what it had
        left."""
        if self._fd < 0:
            yield
            return
        outer = self._line
        self._write("")
        left, _ = signal.setitimer(signal.ITIMER_PROF, 0)
        try:
            yield
        finally:
            self._write(outer)
            signal.setitimer(signal.ITIMER_PROF, left if outer else 0)

    def close(self) -> None:
        """Lets go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        for child in self._children.values():
            child.close()

    def _open(self) -> None:
        assert self._folder is not None  # noqa: S101 - only where there is one
        self._line = ""
        path, how = self._folder / self._mark, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._fd = os.open(path, how, 0o600)

    def _take_over(self, old: Path) -> None:
        """What a hub of before kept as a list of names."""
        with contextlib.suppress(FileNotFoundError):
            for name in old.read_text("utf-8", "replace").split("\n"):
                if name:
                    self.pass_over(name)
            old.unlink()

    def _pass_over(self, ended: Ended, log: MailLog) -> None:
        self.pass_over(ended.name, ended.reason)
        log.event("quarantined", id=ended.name, reason=ended.reason)

    def _write(self, line: str) -> None:
        self._line = line
        if self._fd >= 0:
            octets = line.encode("utf-8", "replace")[: _LINE - 1]
            os.pwrite(self._fd, octets.ljust(_LINE - 1) + b"\n", 0)


def _cut(name: str) -> str:
    """As much of a name as its mark can hold."""
    return name.encode("utf-8", "replace")[: _LINE - 40].decode("utf-8", "ignore")


class SetsAside(Protocol):
    """A spool, as far as it is asked here."""

    def set_aside(self, name: str, reason: str) -> Path | None:
        """Sets the message of this name aside; None when it does not wait there."""


def set_aside(watch: Watch, spool: SetsAside | None, log: MailLog) -> None:
    """Sets aside what the stage's last process ended at, if it is time: before the stage takes
    anything. What is no message of `spool` is passed over from now on. Safe to call twice."""
    ended = watch.ended()
    if ended is None:
        return
    if spool is None or spool.set_aside(ended.name, ended.reason) is None:
        watch.pass_over(ended.name, ended.reason)
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


def pass_over(folder: Path, stage: str, item: str, reason: str) -> None:
    """Has an item passed over, durable on return; safe to call twice."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256(item.encode("utf-8", "replace")).hexdigest()[:12]
    data = json.dumps({"item": item, "reason": reason}).encode()
    write_atomic(folder / f"{stage}-{digest}{ITEM}", data, mode=0o600)


def passed_over(folder: Path, stage: str) -> frozenset[str]:
    """What a stage passes over. Raises FileNotFoundError where there is no such folder."""
    names = (name for name in os.listdir(folder) if name.endswith(ITEM))
    ours = (folder / name for name in names if name.startswith(f"{stage}-"))
    return frozenset(filter(None, (str(passed_facts(path).get("item", "")) for path in ours)))


def tell_no_more(path: Path) -> None:
    """Takes an item from the lists; it is passed over for good. Durable on return."""
    write_atomic(path, json.dumps(passed_facts(path) | {"seen": True}).encode(), mode=0o600)


def passed_facts(path: Path) -> dict[str, Any]:
    """What a file says; nothing when it is gone or damaged."""
    with contextlib.suppress(OSError, ValueError):
        said = json.loads(path.read_bytes())
        if isinstance(said, dict):
            return said
    return {}
