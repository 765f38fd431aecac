"""`state/mail.log` on disk: appended to by several processes, set aside when full, and read again.

Foundation; imports safeio and clock. maillog.py says what a line is. The file in use is `mail.log`;
whoever finds it full or old renames it to `mail-<time>.log` under the lock `.mail.log.lock` and
begins a new one, which the others see at their next line. Files that are too old, and the oldest
when there are too many octets, are deleted. `mail.totals.json` counts the events of files that were
set aside, so that counters never go back.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.safeio import locked, write_atomic

_FACT = re.compile(r'(?<![a-z_])([a-z_]++)=("(?:[^"\\]++|\\.)*+"|\S*+)')
_EVENT = re.compile(rb"^\d\S+ ([a-z][a-z-]*)", re.MULTILINE)
_TOTALS = "mail.totals.json"


@dataclass(frozen=True, slots=True)
class Keeping:
    """How big (octets) and how old (days) one file gets, and how much is kept of those set aside.
    The defaults: a week or 10 MiB (some 70,000 lines) a file, three months and 500 MiB in all.
    `debug` has addresses written as they are (maillog.py)."""

    file_bytes: int = 10 * 1024 * 1024
    file_days: int = 7
    keep_days: int = 90
    keep_bytes: int = 500 * 1024 * 1024
    debug: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One event as it was written. `at` is UTC-aware; a fact that was None is `-`."""

    at: datetime
    event: str
    facts: dict[str, str]

    def get(self, name: str) -> str:
        """A fact; empty when the line does not say it."""
        value = self.facts.get(name, "")
        return "" if value == "-" else value


class LogFile:
    """Appends lines to `path`, mode 0600. For several processes, not for several threads."""

    def __init__(self, path: Path, keeping: Keeping) -> None:
        self._path, self._keeping = path, keeping
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd, self._id, self._begun = -1, (0, 0), clock.now()
        self._open()

    def write(self, line: str) -> None:
        """One line, whole, with one write. Raises OSError when the disk does not take it."""
        self._look()
        os.write(self._fd, line.encode())

    def _look(self) -> None:
        """Sees to it that the file in use is written to; costs one stat."""
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            self._open()
            return
        if (found.st_dev, found.st_ino) != self._id:
            self._open()
        elif found.st_size and self._is_full(found.st_size):
            self._set_aside()

    def _is_full(self, size: int) -> bool:
        age = clock.now() - self._begun
        return size >= self._keeping.file_bytes or age >= timedelta(days=self._keeping.file_days)

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        fd = os.open(self._path, flags, 0o600)
        if self._fd >= 0:
            os.close(self._fd)
        found = os.fstat(fd)
        self._fd, self._id = fd, (found.st_dev, found.st_ino)
        self._begun = _begun(self._path) or clock.now()

    def _set_aside(self) -> None:
        """Renames the file, unless another process was faster."""
        with locked(_lock(self._path)):
            with contextlib.suppress(FileNotFoundError):
                found = os.stat(self._path)
                if (found.st_dev, found.st_ino) == self._id:
                    name = f"{self._path.stem}-{clock.now():%Y%m%dT%H%M%S.%f}.log"
                    os.rename(self._path, self._path.with_name(name))
                    counted = _totals(self._path) + _count(self._path.with_name(name))
                    text = json.dumps(counted, sort_keys=True) + "\n"
                    write_atomic(self._path.with_name(_TOTALS), text.encode(), durable=False)
                    self._forget()
            self._open()

    def _forget(self) -> None:
        """Deletes what is too old or too much."""
        is_sure = timekeeping.is_sure(self._path.parent)
        oldest = clock.now() - timedelta(days=self._keeping.keep_days)
        room = self._keeping.keep_bytes
        for path in reversed(_set_aside(self._path)):
            room -= path.stat().st_size
            if room < 0 or (is_sure and (_ended(path) or oldest) < oldest):
                path.unlink(missing_ok=True)


def lines(path: Path, *, containing: tuple[str, ...] = ()) -> Iterator[Line]:
    """The events in the log at `path` and in those set aside, oldest first; with `containing` only
    lines in which one of these strings stands. Streaming."""
    wanted = [word.encode() for word in containing]
    for file in (*_set_aside(path), path):
        with contextlib.suppress(FileNotFoundError), file.open("rb") as lines_of_file:
            for octets in lines_of_file:
                if wanted and not any(word in octets for word in wanted):
                    continue
                if (line := parse(octets.decode("utf-8", "replace"))) is not None:
                    yield line


def parse(text: str) -> Line | None:
    """One line; None when it is none, such as one that a crash cut short."""
    stamp, _, rest = text.rstrip("\n").partition(" ")
    event, _, facts = rest.partition(" ")
    try:
        at = datetime.fromisoformat(stamp)
        found = {name: _plain(value) for name, value in _FACT.findall(facts)}
    except ValueError:
        return None
    return Line(at.astimezone(UTC), event, found) if event and at.tzinfo else None


def counts(path: Path) -> Counter[str]:
    """How often each event happened since the log began, deleted files included."""
    if not path.parent.is_dir():
        return Counter()
    with locked(_lock(path)):
        return _totals(path) + _count(path)


def size(path: Path) -> int:
    """Octets of the log and of those set aside."""
    return sum(file.stat().st_size for file in (*_set_aside(path), path) if file.exists())


def _plain(value: str) -> str:
    return str(json.loads(value)) if value.startswith('"') else value


def _set_aside(path: Path) -> list[Path]:
    """The files set aside, oldest first."""
    return sorted(path.parent.glob(f"{path.stem}-*.log"))


def _lock(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")


def _count(path: Path) -> Counter[str]:
    try:
        return Counter(name.decode() for name in _EVENT.findall(path.read_bytes()))
    except FileNotFoundError:
        return Counter()


def _totals(path: Path) -> Counter[str]:
    try:
        return Counter(json.loads(path.with_name(_TOTALS).read_bytes()))
    except (FileNotFoundError, ValueError):
        return Counter()


def _begun(path: Path) -> datetime | None:
    """When the first line of a file was written."""
    with contextlib.suppress(OSError, ValueError), path.open("rb") as file:
        return datetime.fromisoformat(file.readline(80).decode("ascii", "replace").split(" ")[0])
    return None


def _ended(path: Path) -> datetime | None:
    """When a file was set aside, by its name."""
    with contextlib.suppress(ValueError):
        stamp = path.stem.rpartition("-")[2]
        return datetime.strptime(stamp, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    return None
