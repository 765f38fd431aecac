"""Doorbells: how one process tells another, through a name on disk, that there is work.

A bell is a Unix datagram socket bound by the one who waits. Ringing never blocks and never fails:
when nobody listens the work is found at the next look anyway, so a lost ring costs at most the
waiter's timeout and never work. At the first long wait without a ring its owner is at rest: what it
has freed then goes back to the system; and when it has rested for long, what else it may do without
(`when_it_rests`).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import select
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

_REST = 1.0
"""Seconds without a ring after which a stage is at rest."""
_LONG = 8.0
"""Seconds without a ring after which it has rested for long."""
LOOKS = 5
"""Looks in vain after which a stage that may rest ends (hub/liveness.py); two seconds each."""
_kept: dict[Path, socket.socket] = {}  # bells that this process, or the one before, listens to
_givers: list[Callable[[], object]] = []
_trim = getattr(ctypes.CDLL(None), "malloc_trim", lambda _kept: 0)  # glibc's; others do it unasked


def give_back() -> None:
    """What this process has freed goes back to the system, in some milliseconds (malloc_trim(3)):
    Python and SQLite free much at once, and the C library keeps it for the next time."""
    _trim(0)


def when_it_rests(give: Callable[[], object]) -> None:
    """Has this process, and those forked from it, do this once whenever they have rested for
    long, in whichever thread waits then."""
    _givers.append(give)


class Bell:
    """The bell at `path`; `wait` binds it, `ring` only sends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waited = 0.0  # seconds in a row, of waits that were long and heard nothing
        self._bound: socket.socket | None = None
        self._mark: tuple[int, int] | None = None  # of the name that was bound

    def ring(self) -> None:
        """Wakes whoever waits, in another process or this one. Safe from any process."""
        self.is_heard()

    def is_heard(self) -> bool:
        """Rings; whether there is somebody who may hear it."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            try:
                with _short(self._path) as name:
                    sender.sendto(b"!", name)
            except BlockingIOError:
                return True  # there are many rings that were not heard yet
            except OSError:
                return False
        return True

    def listen(self) -> socket.socket:
        """Binds the bell, so that rings from now on are heard; the name of whoever listened before
        is replaced, dead or alive, also where two begin in the same moment: the last one is rung.

        Returns the socket, e.g. to put it into an event loop.
        """
        if self._bound is None:
            self._bound = _kept.get(self._path)
        if self._bound is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._bound = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._bound.setblocking(False)
            with _short(self._path) as name:
                while not _is_bound(self._bound, name):
                    self._path.unlink(missing_ok=True)
            self._mark = _mark(self._path)
        return self._bound

    def keep(self) -> None:
        """Listens until this process and those forked from it have ended: what rings while none of
        them waits is heard by the next who does."""
        _kept[self._path] = self.listen()

    def wait(self, timeout: float) -> bool:
        """Waits at most `timeout` seconds for a ring; whether it rang. Takes all rings at once."""
        bound = self.listen()
        ready, _, _ = select.select([bound], [], [], timeout)
        if ready:
            self._waited = 0.0
        elif timeout >= _REST:
            self._rest(timeout)
        with contextlib.suppress(BlockingIOError):
            while True:
                bound.recv(64)
        return bool(ready)

    def _rest(self, seconds: float) -> None:
        before, self._waited = self._waited, self._waited + seconds
        if not before:
            give_back()
        if before < _LONG <= self._waited:
            for give in _givers:
                give()

    def close(self) -> None:
        """Stops listening and takes the name away, unless the bell is kept or another's by now."""
        if self._bound is not None and self._bound is not _kept.get(self._path):
            self._bound.close()
            if _mark(self._path) == self._mark:
                self._path.unlink(missing_ok=True)
        self._bound = None


def of_builder(state: Path) -> Bell:
    """The bell of a hub's builder: whoever has committed something rings it. `state` is the hub's
    folder of that name."""
    return Bell(state / "bells" / "build")


def _is_bound(bell: socket.socket, name: str) -> bool:
    """Binds it; False where there is such a name."""
    try:
        bell.bind(name)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True


def _mark(path: Path) -> tuple[int, int] | None:
    """What tells the file at `path` from others of its name; None where there is none."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_ctime_ns


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name for `path` that fits into sun_path (108 octets), through /proc/self/fd when needed."""
    name = os.fspath(path)
    if len(os.fsencode(name)) < 100:
        yield name
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
