"""How often something happened lately, so that nobody can have it done too often.

In memory, as keyed hashes: what is remembered of who asked for what is gone with the process.
Foundation; imports nothing of ours.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_MOST_KEPT = 50_000


@dataclass
class Lately:
    """How often something was counted within `span` seconds; remembers at most `_MOST_KEPT`."""

    now: Callable[[], float]
    span: float

    def __post_init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._times: dict[bytes, list[float]] = {}

    def count(self, what: str, most: int) -> bool:
        """Whether it may happen once more; if so it counts. What is refused counts for nothing."""
        name = self._name(what)
        times = self._lately(name)
        if len(times) >= most:
            return False
        self._times.pop(name, None)  # the youngest stand last
        if len(self._times) >= _MOST_KEPT:
            self._times.pop(next(iter(self._times)))  # the oldest
        self._times[name] = [*times, self.now()]
        return True

    def has_room(self, what: str, most: int) -> bool:
        """Whether `count` would let it happen; counts nothing."""
        return len(self._lately(self._name(what))) < most

    @contextlib.contextmanager
    def counting(self, what: str) -> Iterator[None]:
        """Counts something that happens once in the span, and forgets it when it fails within: who
        tries again is not told that it has happened."""
        self.count(what, 1)
        try:
            yield
        except BaseException:
            self.forget(what)
            raise

    def forget(self, what: str) -> None:
        """As if it had never happened."""
        self._times.pop(self._name(what), None)

    def _lately(self, name: bytes) -> list[float]:
        start = self.now() - self.span
        return [at for at in self._times.get(name, ()) if at > start]

    def _name(self, what: str) -> bytes:
        octets = what.encode("utf-8", "replace")
        return hashlib.blake2b(octets, key=self._key, digest_size=12).digest()
