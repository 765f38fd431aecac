"""Git processes that tests have read with, ready for the next reader of the same repository.

A hub at work keeps its readers for long; a test opens some at every step, and to start a git takes
longer than all that is asked of it then. One that waits here is taken up where a new one would find
the same repository: its alternates are the same, and no pack is gone that it may still hold.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.git import reader
from solicomm_build.git.repo import GitProcess, Repo

_MOST = 24
"""Processes that wait at most; beyond that, the one that has waited longest ends."""
_FREE = b"0123456789 is free"
_start = reader.started
_end = reader.ended


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a git saw of its repository when it started."""

    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    folder: tuple[int, ...]
    alternates: tuple[int, ...]
    packs: frozenset[str]

    def holds_in(self, now: _Seen) -> bool:
        """Whether a git that started with this answers as one that starts now."""
        same = (self.command, self.environment, self.folder, self.alternates)
        return (
            same == (now.command, now.environment, now.folder, now.alternates)
            and self.packs <= now.packs
        )


class _Pool:
    """The processes of this process: those that readers have, and those that wait."""

    def __init__(self) -> None:
        self.on = True
        self._lock = threading.Lock()
        self._seen: dict[int, _Seen] = {}
        self._waiting: OrderedDict[int, GitProcess] = OrderedDict()

    def started(self, repo: Repo) -> GitProcess:
        """What `Reader` asks for: one that waits, or a new one."""
        now = _look(repo)
        while (process := self._taken(now)) is not None:
            if _is_free(process):
                return process
            self._gone(process)
        process = _start(repo)
        with self._lock:
            self._seen[process.popen.pid] = now
        return process

    def ended(self, process: GitProcess) -> None:
        """What `Reader` does with one that it needs no longer: it waits."""
        with self._lock:
            waits = self.on and process.popen.pid in self._seen
            if waits:
                self._waiting[process.popen.pid] = process
            over = self._waiting.popitem(last=False)[1] if len(self._waiting) > _MOST else None
        if over is not None:
            self._gone(over)
        if not waits:
            self._gone(process)

    def empty(self) -> None:
        """Ends all that wait."""
        while self._waiting:
            with self._lock:
                _, process = self._waiting.popitem()
            self._gone(process)

    def _taken(self, now: _Seen) -> GitProcess | None:
        with self._lock:
            fits = (pid for pid in self._waiting if self._seen[pid].holds_in(now))
            pid = next(fits, None)
            return None if pid is None else self._waiting.pop(pid)

    def _gone(self, process: GitProcess) -> None:
        with self._lock:
            self._seen.pop(process.popen.pid, None)
        _end(process)


_pool = _Pool()
_of_parents: list[_Pool] = []  # their pipes and processes are not ours to end


def take() -> None:
    """Lets readers of this process, and of those forked from it, begin and end here."""
    vars(reader)["started"] = _started
    vars(reader)["ended"] = _ended
    os.register_at_fork(after_in_child=_begin_anew)


def _started(repo: Repo) -> GitProcess:
    return _pool.started(repo)


def _ended(process: GitProcess) -> None:
    _pool.ended(process)


def let_go() -> None:
    """Ends what waits: a test is over."""
    _pool.empty()


@contextlib.contextmanager
def none() -> Iterator[None]:
    """Within, nothing waits: readers end their processes as they do in a hub."""
    _pool.empty()
    _pool.on = False
    try:
        yield
    finally:
        _pool.on = True


def _begin_anew() -> None:
    global _pool  # noqa: PLW0603 - a forked child has a pool of its own
    _of_parents.append(_pool)
    _pool = _Pool()


def _look(repo: Repo) -> _Seen:
    objects = repo.path / "objects"
    try:
        packs = frozenset(os.listdir(objects / "pack"))
    except OSError:
        packs = frozenset()
    return _Seen(
        tuple(repo.command()),
        tuple(sorted(repo.environment().items())),
        _stat(repo.path, "st_dev", "st_ino"),
        _stat(objects / "info" / "alternates", "st_ino", "st_mtime_ns", "st_size"),
        packs,
    )


def _stat(path: Path, *names: str) -> tuple[int, ...]:
    try:
        about = os.stat(path)
    except OSError:
        return ()
    return tuple(getattr(about, name) for name in names)


def _is_free(process: GitProcess) -> bool:
    """Whether nothing is left in its pipe: the answer to what is asked now comes at once."""
    try:
        process.stdin.write(b"info " + _FREE + b"\nflush\n")
        process.stdin.flush()
        return process.stdout.readline() == _FREE + b" missing\n"
    except (OSError, ValueError):
        return False
