"""How often something happened lately, so that nobody can have it done too often.

In memory, as keyed hashes: what is remembered of who asked for what is gone with the process.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

_MOST_KEPT = 50_000
_LOCAL = ("127.0.0.1", "::1", "")


@dataclass
class Lately:
    """How often something was counted within `span` seconds; remembers at most `_MOST_KEPT`."""

    now: Callable[[], float]
    span: float

    def __post_init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._times: dict[bytes, list[float]] = {}

    def count(self, what: str, most: int) -> bool:
        """Whether it may happen once more; if so it counts."""
        name = hashlib.blake2b(
            what.encode("utf-8", "replace"), key=self._key, digest_size=12
        ).digest()
        start = self.now() - self.span
        times = [at for at in self._times.pop(name, []) if at > start]
        if len(self._times) >= _MOST_KEPT:
            self._times.pop(next(iter(self._times)))  # the oldest
        self._times[name] = times
        if len(times) >= most:
            return False
        times.append(self.now())
        return True


@dataclass
class FromPlaces:
    """Requests of one kind: so many from `each` place, so many in `all`, within `span` seconds. A
    proxy on this machine is no place: then only the second counts."""

    now: Callable[[], float]
    span: float
    each: int
    all: int

    def __post_init__(self) -> None:
        self._places, self._all = Lately(self.now, self.span), Lately(self.now, self.span)

    def may(self, place: str) -> bool:
        """Whether there may be one more from here; if so it counts."""
        if not self._all.count("", self.all):
            return False
        return place in _LOCAL or self._places.count(place, self.each)
