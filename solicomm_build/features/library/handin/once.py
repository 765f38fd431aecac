"""Presses of one button: what was asked already is done once, and each press hears what came of it.

Browsers send a form again when a button is pressed twice, and when a page that did not come is
loaded again. Whoever asks later wants it again: a mail to confirm it may have been lost. Kept in
this process alone: after a restart, files that went with the first press are asked for again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence

from solicomm_build.foundation import clock

_SECONDS = 120.0
_MOST = 1000


class Once:
    """What was asked within two minutes. For one event loop."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[float, asyncio.Future[None]]] = {}

    def knows(self, key: str) -> bool:
        """Whether this was asked, and did not fail."""
        self._forget()
        return key in self._asked

    async def run(self, keys: Sequence[str], work: Callable[[], Awaitable[None]]) -> None:
        """Does the work, unless it is done, or being done, by the first of its names; raises what
        the work raises, and then it may be asked for again. It goes on though nobody waits."""
        self._forget()
        found = self._asked.get(keys[0])
        if found is None:
            doing: asyncio.Future[None] = asyncio.ensure_future(work())
            self._asked.update((key, (clock.timestamp(), doing)) for key in keys)
            doing.add_done_callback(lambda done: self._ended(keys, done))
        else:
            doing = found[1]
        await asyncio.shield(doing)

    def _ended(self, keys: Sequence[str], work: asyncio.Future[None]) -> None:
        if work.cancelled() or work.exception() is not None:
            for key in keys:
                self._asked.pop(key, None)

    def _forget(self) -> None:
        now = clock.timestamp()
        for key, (at, work) in [*self._asked.items()]:
            is_full = len(self._asked) > _MOST
            if work.done() and (is_full or not 0 <= now - at <= _SECONDS):
                del self._asked[key]


def key(*said: str | Mapping[str, str], files: Sequence[tuple[str, bytes]] = ()) -> str:
    """The name of what somebody asks: the same for the same words and files."""
    octets = [(name, hashlib.sha256(data).hexdigest()) for name, data in files]
    return hashlib.sha256(json.dumps([said, octets]).encode()).hexdigest()
