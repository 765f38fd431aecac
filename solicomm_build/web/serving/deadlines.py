"""What a client may draw out, and how it is told that it drew out too much.

    the head of a request    must be whole in time, else 408 (RFC 9110 15.5.9)
    its body                 must go on at a rate, else 408; git's has its own (web/git.py)
    an answer                must be read: a client that takes nothing is cut off
    connections of a place   are so many; one more is answered 429 and closed (doors.py)

A client behind a bad line is not shut out: 500 octets a second are enough, and GSM has more.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: `head` for the head of a request; `idle` between two requests; `body` for a body
    beside what it may take at `rate` octets a second; `stall` without any octet of an answer read,
    or of a body that came quickly before; `refused` until a connection that is not served is
    closed. Looked at every `tick`."""

    head: float = 15.0
    idle: float = 15.0
    body: float = 15.0
    rate: float = 500.0
    stall: float = 60.0
    refused: float = 3.0
    tick: float = 1.0


def reply(status: int, text: str) -> bytes:
    """A whole answer of ours that ends the connection."""
    body = text.encode("ascii")
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        "content-type: text/plain; charset=utf-8\r\n"
        f"content-length: {len(body)}\r\ncache-control: no-store\r\nretry-after: 10\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode("ascii") + body


UNREADABLE = "This is no request that can be read.\n"
BAD = reply(400, UNREADABLE)
TOO_MANY = reply(429, "Too many connections from your network.\n")
TOO_SLOW = reply(408, "Your request did not come in time.\n")
TOO_NEW = reply(505, "This server speaks HTTP/1.1.\n")
TOO_BUSY = reply(503, "Too many are connected just now. Please try again in a moment.\n")
BROKEN = reply(500, "Something went wrong on our side. Please try again in a moment.\n")


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
