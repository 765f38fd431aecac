"""Whose turn it is to sign and take, and how long a look at another hub may last.

One at a time signs and takes: the stage, each of its looks at other hubs, or a command. While a
look waits for another hub its turn is others', so a hub whose octets trickle keeps nobody waiting.
What happened meanwhile may be anything but one thing: what the operator says of other hubs is still
the same, else the look ends and is done again.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation.fetching import FetchError
from solicomm_build.foundation.hub.config import Config

_WORK = ".work"


class Changed(Exception):
    """What the operator says of other hubs changed while one was waited for."""


class Late(FetchError):
    """A look has lasted as long as it may."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """The lock that is held, the file that may not change, and when the look ends
    (time.monotonic)."""

    lock: int
    file: Path
    end: float

    @property
    def mark(self) -> tuple[int, int]:
        facts = self.file.stat() if self.file.exists() else None
        return (facts.st_ino, facts.st_mtime_ns) if facts else (0, 0)


_held: ContextVar[_Turn | None] = ContextVar("network-turn", default=None)


@contextlib.contextmanager
def working(config: Config, seconds: float = float("inf")) -> Iterator[None]:
    """Held by whoever signs or takes: one at a time. What is waited for within may last `seconds`
    in all. Blocking."""
    folder = peering.folder(config)
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / _WORK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        turn = _Turn(lock, folder / peering.FILE, time.monotonic() + seconds)
        before = _held.set(turn)
        try:
            yield
        finally:
            _held.reset(before)
    finally:
        os.close(lock)


@contextlib.contextmanager
def away() -> Iterator[float]:
    """Another hub is waited for: others may sign and take meanwhile. The seconds that this may
    last. Raises Late when none is left, and Changed at the end. Nothing of it where nobody's turn
    is held."""
    turn = _held.get()
    if turn is None:
        yield float("inf")
        return
    left = turn.end - time.monotonic()
    if left <= 0:
        raise Late("its line is slow. What came stays, and the rest is asked for again")
    before = turn.mark
    fcntl.flock(turn.lock, fcntl.LOCK_UN)
    try:
        yield left
    finally:
        fcntl.flock(turn.lock, fcntl.LOCK_EX)
    if turn.mark != before:
        raise Changed


def is_late() -> bool:
    """Whether the look that is under way has lasted as long as it may."""
    turn = _held.get()
    return turn is not None and turn.end <= time.monotonic()
