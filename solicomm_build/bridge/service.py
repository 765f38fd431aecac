"""What all connections of one bridge share: who is connected, how much is going on, how to stop."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from solicomm_build.bridge.handler import Handler
from solicomm_build.foundation import network
from solicomm_build.foundation.hub.config import Limits
from solicomm_build.foundation.lately import Lately

MEMORY_OCTETS = 256 * 1024 * 1024
"""Unfinished messages of all connections together; what is too much gets 452 4.3.1, the largest of
the place that has most first."""


GUESSES_AT_ONCE, GUESSES_AN_HOUR = 20, 100
"""Recipients that do not exist, of one place in an hour: after so many each answer takes its time,
after so many it gets none. A large provider's servers have places of their own, and what they try
again later they bring."""
_HOUR = 3600.0


class Session(Protocol):
    """A connection, as far as the service deals with it."""

    peer: str

    def go_down(self) -> None:
        """Ends the connection with 421 4.3.2, after the reply to a message that is being kept."""

    def abort(self) -> None:
        """Ends the connection at once."""


class Holder(network.Holder, Protocol):
    """A connection with an unfinished message."""

    peer: str


class Service:
    """Shared by every connection of a bridge, whatever its listener; lives in one event loop."""

    def __init__(
        self,
        handler: Handler,
        limits: Limits,
        hostname: str,
        tls: ssl.SSLContext | None = None,
        fronts: tuple[str, ...] = (),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.handler, self.limits, self.hostname, self.tls = handler, limits, hostname, tls
        self.log = handler.log
        self._memory = network.Memory()
        self._fronts = fronts
        self._guesses = Lately(now, _HOUR)
        self._sessions: set[Session] = set()
        self._peers: Counter[str] = Counter()
        self._stopping = False
        self._empty = asyncio.Event()
        self._empty.set()

    def enter(self, session: Session) -> bool:
        """Counts a connection in; False when there are too many, of all or of its address."""
        if self._stopping:
            return False
        place, most = self.place(session.peer), self.limits.connections_per_ip
        crowded = place != network.HERE and self._peers[place] >= most
        if crowded or len(self._sessions) >= self.limits.connections:
            self.log.event("too-many-connections", peer=session.peer)
            return False
        self._sessions.add(session)
        self._peers[place] += 1
        self._empty.clear()
        return True

    def leave(self, session: Session) -> None:
        """Counts a connection out."""
        self._sessions.discard(session)
        place = self.place(session.peer)
        self._peers[place] -= 1
        if not self._peers[place]:
            del self._peers[place]
        if not self._sessions:
            self._empty.set()

    def place(self, peer: str) -> str:
        """The place that a peer counts for; none for our own mail server."""
        return network.place(peer, self._fronts)

    def is_stressed(self) -> bool:
        """Whether connections run short: who says nothing is then sent home soon."""
        return 4 * len(self._sessions) > 3 * self.limits.connections

    def may_guess(self, peer: str) -> bool:
        """Whether a peer may still be told which addresses exist."""
        place = self.place(peer)
        return place == network.HERE or self._guesses.has_room(place, GUESSES_AN_HOUR)

    def guessed(self, peer: str) -> bool:
        """Notes that a peer named an address that does not exist; whether it does so often."""
        place = self.place(peer)
        if place == network.HERE:
            return False
        self._guesses.count(place, GUESSES_AN_HOUR)
        return not self._guesses.has_room(place, GUESSES_AT_ONCE)

    def hold(self, one: Holder, octets: int) -> None:
        """The unfinished message of a connection has so many octets more."""
        self._memory.hold(one, self.place(one.peer), octets, MEMORY_OCTETS)

    def release(self, one: Holder) -> None:
        """Nothing of its message is held any more. Safe to call again."""
        self._memory.release(one)

    async def stop(self, patience: float = 30.0) -> None:
        """Sends every connection home and returns when all are gone, by force after `patience`."""
        self._stopping = True
        for session in list(self._sessions):
            session.go_down()
        try:
            await asyncio.wait_for(self._empty.wait(), patience)
        except TimeoutError:
            for session in list(self._sessions):
                session.abort()
            await self._empty.wait()
