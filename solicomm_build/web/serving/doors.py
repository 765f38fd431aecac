"""Who is connected to the web server, by place; and a listener that lets no place take it over.

A place (network.py) has so many connections; one more is told to come back (429). What it opens
beside them, to be told so or to talk TLS for ever, is cut when it is as many again. A server in
front is no place: it counts its own clients.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable
from functools import partial

from solicomm_build.foundation import network


class Doors:
    """Counts the connections of places. For one event loop."""

    def __init__(self, most: int, fronts: tuple[str, ...] = ()) -> None:
        self._most, self._fronts = most, fronts
        self._served: Counter[str] = Counter()
        self._open: Counter[str] = Counter()

    def enter(self, peer: object) -> str | None:
        """The place of a peer name that may have one more connection, which counts now until
        `leave`; None when it has enough."""
        place = self._place(peer)
        return place if self._count(self._served, place, self._most) else None

    def leave(self, place: str) -> None:
        """A connection that was let in has ended."""
        self._uncount(self._served, place)

    def admit(self, peer: object) -> Callable[[], None] | None:
        """Whether a connection that was just accepted may be talked to: what to call when it is
        closed, else None."""
        place = self._place(peer)
        if not self._count(self._open, place, 2 * self._most):
            return None
        return partial(self._uncount, self._open, place)

    def _place(self, peer: object) -> str:
        address = peer[0] if isinstance(peer, tuple) and peer else ""
        return network.place(str(address), self._fronts)

    @staticmethod
    def _count(counter: Counter[str], place: str, most: int) -> bool:
        if place == network.HERE:
            return True
        if counter[place] >= most:
            return False
        counter[place] += 1
        return True

    @staticmethod
    def _uncount(counter: Counter[str], place: str) -> None:
        if place == network.HERE:
            return
        counter[place] -= 1
        if counter[place] <= 0:
            del counter[place]


class _Accepted(socket.socket):
    """A connection that says when it is closed."""

    on_close: Callable[[], None] | None = None

    def close(self) -> None:
        """Closes it; the second time nothing happens."""
        told, self.on_close = self.on_close, None
        super().close()
        if told is not None:
            told()


class Listener(socket.socket):
    """A listening socket that closes what a place opens beyond its bound at once."""

    doors: Doors | None = None

    def accept(self) -> tuple[socket.socket, object]:
        """A connection; asyncio goes on to the next one after ConnectionAbortedError."""
        plain, peer = super().accept()
        if self.doors is None:
            return plain, peer
        on_close = self.doors.admit(peer)
        if on_close is None:
            plain.close()
            raise ConnectionAbortedError("too many connections of one place")
        connection = _Accepted(plain.family, plain.type, plain.proto, plain.detach())
        connection.on_close = on_close
        return connection, peer
