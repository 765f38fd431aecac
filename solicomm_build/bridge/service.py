"""What all connections of one bridge share: who is connected, how much is going on, how to stop."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from typing import Protocol

from solicomm_build.bridge.handler import Handler
from solicomm_build.config import Limits

MEMORY_OCTETS = 256 * 1024 * 1024
"""Unfinished messages of all connections together; what comes on top gets 452 4.3.1."""


class Session(Protocol):
    """A connection, as far as the service deals with it."""

    peer: str

    def go_down(self) -> None:
        """Ends the connection with 421 4.3.2, after the reply to a message that is being kept."""

    def abort(self) -> None:
        """Ends the connection at once."""


class Service:
    """Shared by every connection of a bridge, whatever its listener; lives in one event loop."""

    def __init__(
        self, handler: Handler, limits: Limits, hostname: str, tls: ssl.SSLContext | None = None
    ) -> None:
        self.handler, self.limits, self.hostname, self.tls = handler, limits, hostname, tls
        self.log = handler.log
        self.octets = 0
        self._sessions: set[Session] = set()
        self._peers: Counter[str] = Counter()
        self._stopping = False
        self._empty = asyncio.Event()
        self._empty.set()

    def enter(self, session: Session) -> bool:
        """Counts a connection in; False when there are too many, of all or of its address."""
        if self._stopping:
            return False
        peer, most = session.peer, self.limits.connections_per_ip
        local = peer in ("", "::1") or peer.startswith("127.")
        crowded = not local and self._peers[peer] >= most
        if crowded or len(self._sessions) >= self.limits.connections:
            self.log.event("too-many-connections", peer=peer)
            return False
        self._sessions.add(session)
        self._peers[peer] += 1
        self._empty.clear()
        return True

    def leave(self, session: Session) -> None:
        """Counts a connection out."""
        self._sessions.discard(session)
        self._peers[session.peer] -= 1
        if not self._peers[session.peer]:
            del self._peers[session.peer]
        if not self._sessions:
            self._empty.set()

    def crowded(self) -> bool:
        """Whether the unfinished messages together take too much memory."""
        return self.octets > MEMORY_OCTETS

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
