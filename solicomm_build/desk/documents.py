"""Documents that came by mail are read beside the desk: it goes on with other mail meanwhile.

    mail with documents → begun here, the mail stays in the spool → read → bell → taken again

One document at a time is read, each in a child (extraction/child.py). Whose documents have taken
least of the clock so far comes first, so that many files of one sender wait for themselves. A
mail's files together have `SECONDS`; those that are left then are for another mail.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

SECONDS = 120.0
"""Of the clock, for all documents of one mail."""
Found = TypeVar("Found")


class NotYet(Exception):
    """The documents of a mail are being read: the mail waits."""


class Documents:
    """Reads documents. `apart`: in a thread, calling `ring` after each mail; else at once.

    Its methods are for one thread. Close it.
    """

    def __init__(self, ring: Callable[[], None] = lambda: None, *, apart: bool = False) -> None:
        self._ring, self._apart = ring, apart
        self._changed = threading.Condition()
        self._waiting: dict[str, tuple[str, Mapping[str, Callable[[], Any]]]] = {}
        self._found: dict[str, Mapping[str, Any]] = {}
        self._used: defaultdict[str, float] = defaultdict(float)
        self._closed = False
        self._thread: threading.Thread | None = None

    def facts(
        self, cause: str, sender: str, files: Mapping[str, Callable[[], Found]]
    ) -> Mapping[str, Found]:
        """What the files of a mail hold, by the same names; what there was no time for is not
        there. `files` has what reads each. Raises NotYet while they are read."""
        with self._changed:
            found = self._found.get(cause)
            if found is not None:
                return found
            if self._apart:
                self._waiting.setdefault(cause, (sender, files))
                self._changed.notify()
        if self._apart:
            self._start()
            raise NotYet
        found = self._found[cause] = self._read(files)
        return found

    def is_read(self, cause: str) -> bool:
        """Whether a mail that had to wait need not any more."""
        with self._changed:
            return cause not in self._waiting

    def forget(self, cause: str) -> None:
        """The mail is dealt with."""
        with self._changed:
            self._found.pop(cause, None)

    def close(self) -> None:
        """Begins nothing more; what is being read ends by itself."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="documents", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or bool(self._waiting))
                if self._closed:
                    return
                cause = min(self._waiting, key=lambda one: self._used[self._waiting[one][0]])
                sender, files = self._waiting[cause]
            begun = time.monotonic()
            found = self._read(files)
            with self._changed:
                self._used[sender] += time.monotonic() - begun
                self._found[cause] = found
                del self._waiting[cause]
            self._ring()

    def _read(self, files: Mapping[str, Callable[[], Found]]) -> dict[str, Found]:
        until = time.monotonic() + SECONDS
        found: dict[str, Found] = {}
        for name, read in files.items():
            if time.monotonic() < until and not self._closed:
                found[name] = read()
        return found
