"""uvicorn's HTTP/1.1, with an end to everything that a client may draw out.

    the head of a request    must be whole in time, else 408 (RFC 9110 15.5.9)
    its body                 must go on at a rate, else 408; git's has its own (web/git.py)
    an answer                must be read: a client that takes nothing is cut off
    connections of a place   are so many; one more is answered 429 and closed

A client behind a bad line is not shut out: 500 octets a second are enough, and GSM has more.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from solicomm_build.web.doors import Doors

_OF_GIT = re.compile(r"\.git/git-[a-z-]+$")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: `head` for the head of a request; `body` for its body beside what it may take at
    `rate` octets a second; `stall` without any octet of an answer read; `refused` until a
    connection that is not served is closed. Looked at every `tick`."""

    head: float = 15.0
    body: float = 15.0
    rate: float = 500.0
    stall: float = 60.0
    refused: float = 3.0
    tick: float = 1.0


def reply(status: int, reason: str, text: str) -> bytes:
    """A whole answer of ours that ends the connection."""
    body = text.encode("ascii")
    head = (
        f"HTTP/1.1 {status} {reason}\r\ncontent-type: text/plain; charset=utf-8\r\n"
        f"content-length: {len(body)}\r\ncache-control: no-store\r\nretry-after: 10\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode("ascii") + body


TOO_MANY = reply(429, "Too Many Requests", "Too many connections from your network.\n")
TOO_SLOW = reply(408, "Request Timeout", "Your request did not come in time.\n")


class Reading:
    """Whether a client reads what is written to it. Ask it every tick."""

    def __init__(self, stall: float, now: float) -> None:
        self._stall, self._moved, self._left = stall, now, 0

    def is_over(self, transport: asyncio.WriteTransport, now: float) -> bool:
        """Whether nothing of what waits went out for too long."""
        left = transport.get_write_buffer_size()
        if not left or left != self._left:
            self._left, self._moved = left, now
        return now - self._moved > self._stall


class WatchedProtocol(H11Protocol):
    """One connection. `doors` and `deadlines` are the listener's."""

    doors: Doors
    deadlines: Deadlines

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place: str | None = None
        """Where the connection comes from, once it was let in."""
        self._refused = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come, or was handed over by web/quick.py, which has let it in."""
        super().connection_made(transport)
        self._now = self._idle_since = self.loop.time()
        self._reading = Reading(self.deadlines.stall, self._now)
        self._octets = 0
        self._body: tuple[object, float, int] = (None, 0.0, 0)
        if self.place is None:
            self.place = self.doors.enter(transport.get_extra_info("peername"))
            self._refused = self.place is None
        wait = self.deadlines.refused if self._refused else self.deadlines.tick
        self._timer = self.loop.call_later(wait, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        super().connection_lost(exc)
        if self._timer is not None:
            self._timer.cancel()
        if self.place is not None:
            self.doors.leave(self.place)
            self.place = None

    def data_received(self, data: bytes) -> None:
        """Takes what came, unless the place has too many connections."""
        if self._refused:
            self._close_with(TOO_MANY)
            return
        self._octets += len(data)
        super().data_received(data)

    def on_response_complete(self) -> None:
        """From now on the next request is waited for."""
        self._idle_since = self.loop.time()
        super().on_response_complete()

    def _look(self) -> None:
        now = self.loop.time()
        if self._reading.is_over(self.transport, now):
            self.transport.abort()
            return
        if self._refused:
            self.transport.close()
        elif not self.transport.is_closing() and self._is_late(now):
            if (
                self.cycle is None
                or self.cycle.response_complete
                or not self.cycle.response_started
            ):
                self._close_with(TOO_SLOW)
            else:
                self.transport.abort()
                return
        self._timer = self.loop.call_later(self.deadlines.tick, self._look)

    def _is_late(self, now: float) -> bool:
        state = self.conn.their_state
        if state is h11.IDLE:
            return now - self._idle_since > self.deadlines.head
        if state is not h11.SEND_BODY or _OF_GIT.search(str(self.scope["path"])):
            return False
        cycle, since, before = self._body
        if cycle is not self.cycle or self.flow.read_paused:  # a new one, or we do not read
            self._body = self.cycle, now, self._octets
            return False
        return now - since > self.deadlines.body + (self._octets - before) / self.deadlines.rate

    def _close_with(self, octets: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(octets)
            self.transport.close()


def protocol(doors: Doors, deadlines: Deadlines) -> type[WatchedProtocol]:
    """The protocol class of one listener, as uvicorn takes it (`http=`)."""
    return type("Watched", (WatchedProtocol,), {"doors": doors, "deadlines": deadlines})
