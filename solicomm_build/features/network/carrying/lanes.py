"""Looks at other hubs, each in a process of its own, so that a slow one keeps no other waiting.

Some go on at once, for a minute each. Whose minute was not enough goes on in a lane of its own,
one such hub at a time, for half an hour; so hubs that are slow wait for each other, and the rest
for none of them longer than a minute.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass

QUICK, SLOW = 4, 1
"""So many hubs at once that answer in time, and that do not."""
SECONDS, LONG = 60.0, 1800.0
"""How long a look at one lasts, here and there: a line of 1,000 octets a second brings 1.8 MB."""
_WORK = 1800.0  # seconds more, for what is done with what came; who then is there still, hangs
_GRACE = 5.0  # seconds in which a process ends by itself

Said = dict[str, float | bool]


@dataclass(frozen=True, slots=True)
class _Child:
    pid: int
    reading: int
    is_slow: bool
    end: float


class Lanes:
    """The looks that are under way, by what they are called. Not for several threads."""

    def __init__(self) -> None:
        self._children: dict[str, _Child] = {}

    def has(self, name: str) -> bool:
        """Whether this one is under way."""
        return name in self._children

    def has_room(self, *, slow: bool) -> bool:
        """Whether another one may begin."""
        same = sum(one.is_slow is slow for one in self._children.values())
        return same < (SLOW if slow else QUICK)

    def begin(self, name: str, work: Callable[[], Said], *, slow: bool = False) -> None:
        """Begins `work` in a process; what it says comes with `ended`."""
        reading, writing = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            os.close(reading)
            os.close(writing)
            raise
        if pid:
            os.close(writing)
            end = time.monotonic() + (LONG if slow else SECONDS) + _WORK
            self._children[name] = _Child(pid, reading, slow, end)
            return
        status = 1
        try:
            try:
                signal.signal(signal.SIGTERM, _stop)
                os.close(reading)
                gc.freeze()  # a collection would copy the memory that is shared
                os.write(writing, json.dumps(work()).encode())
                status = 0
            finally:  # from here on it would raise past the end, into what the parent does
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
        except SystemExit:
            status = 0  # the stage ends
        except BaseException:  # noqa: BLE001 - the child's edge: say why, and end without the parent's cleanup
            traceback.print_exc(file=sys.stderr)
        finally:
            sys.stderr.flush()
            os._exit(status)

    def ended(self) -> Iterator[tuple[str, Said | None]]:
        """Those that have ended since, and what they said; None of one that died."""
        for name, child in [*self._children.items()]:
            if child.end < time.monotonic():
                os.kill(child.pid, signal.SIGKILL)
            pid, _ = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                del self._children[name]
                yield name, _said(child)

    def stop(self) -> None:
        """Ends all that are under way. What they had taken stays."""
        for child in self._children.values():
            os.kill(child.pid, signal.SIGTERM)
        end = time.monotonic() + _GRACE
        for child in self._children.values():
            while not os.waitpid(child.pid, os.WNOHANG)[0]:
                if time.monotonic() > end:
                    os.kill(child.pid, signal.SIGKILL)
                time.sleep(0.01)
            os.close(child.reading)
        self._children.clear()


def _said(child: _Child) -> Said | None:
    with os.fdopen(child.reading, "rb") as pipe, contextlib.suppress(ValueError):
        found: Said = json.loads(pipe.read())
        return found
    return None


def _stop(_number: int, _frame: object) -> None:
    raise SystemExit
