"""A bucket that is left alone for a moment when it has not answered: whoever waits for it holds a
thread of the web server, or the desk, and there may be many."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from solicomm_build.foundation.objects.client import Label, Objects, ObjectsError

PAUSE = 3.0
"""Seconds: then one asks again, and the others are told no until that one has an answer."""


class Pause:
    """When a store may be asked again. For all threads of a process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._lock = now, threading.Lock()
        self._until = 0.0

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """Within, the store is asked. Raises ObjectsError at once while it is left alone."""
        with self._lock:
            now = self._now()
            if now < self._until:
                raise ObjectsError("the store of objects has not answered a moment ago")
            if self._until:
                self._until = now + 10 * PAUSE  # one asks
        try:
            yield
        except ObjectsError:
            self._until = self._now() + PAUSE
            raise
        except FileNotFoundError:
            self._until = 0.0
            raise
        self._until = 0.0


class Careful:
    """See Objects; raises ObjectsError at once for a moment after it had to."""

    def __init__(self, objects: Objects, pause: Pause) -> None:
        self._objects, self._pause = objects, pause

    def put(self, name: str, octets: bytes, label: Label | None = None) -> None:
        """See Objects."""
        with self._pause.asking():
            self._objects.put(name, octets, label)

    def get(self, name: str) -> bytes:
        """See Objects."""
        with self._pause.asking():
            return self._objects.get(name)

    def size(self, name: str) -> int:
        """See Objects."""
        with self._pause.asking():
            return self._objects.size(name)

    def delete(self, name: str) -> None:
        """See Objects."""
        with self._pause.asking():
            self._objects.delete(name)

    def names(self, below: str = "", *, most: int = 0) -> list[str]:
        """See Objects."""
        with self._pause.asking():
            return self._objects.names(below, most=most)
