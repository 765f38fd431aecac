"""The line to a mail server: octets out, replies in, and one way to fail.

A protocol of asyncio without streams on top, because each copy of each post passes here and streams
cost more than the signature's share of Python. Everything that ends a line, the network, a reply
that breaks the protocol, silence, raises `Lost` from what waits for it.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple, cast

_LONGEST = 64 * 1024  # octets of a reply's line; RFC 5321 4.5.3.1.5 asks for 512
_HEAD_START = 1.0  # seconds of an address before the next is tried beside it (RFC 8305 5)
_LINES = 200  # of one reply
_UNREAD = 100  # replies that nobody asked for
_PIECE = 256 * 1024  # octets written before the other side must have taken some
_REPLY = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait at each step, at least those of RFC 5321 4.5.3.2."""

    greeting: float = 300
    command: float = 300
    data: float = 120
    block: float = 180
    end: float = 600

    @classmethod
    def all(cls, seconds: float) -> Timeouts:
        """The same everywhere; for tests."""
        return cls(seconds, seconds, seconds, seconds, seconds)


class Lost(Exception):
    """The line is of no more use; the text says why, in one line."""


class Reply(NamedTuple):
    """What the server said, the texts of its lines joined by LF (RFC 5321 4.2)."""

    code: int
    text: str

    @property
    def good(self) -> bool:
        return 200 <= self.code < 300

    def __str__(self) -> str:
        return " ".join(f"{self.code} {self.text}".split())


class Line(asyncio.Protocol):
    """One TCP connection, with or without TLS. Made by `open_line`."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._rest = b""
        self._texts: list[str] = []
        self._ready: deque[Reply] = deque()
        self._lost = ""
        self._waiting: tuple[int, asyncio.Future[None]] | None = None
        self._blocked: asyncio.Future[None] | None = None

    @property
    def quiet(self) -> bool:
        """Whether the line is up and the server has said nothing unasked."""
        return not (self._lost or self._ready or self._rest or self._transport.is_closing())

    async def reply(self, seconds: float) -> Reply:
        """The next reply. Raises Lost when there is none in time."""
        if not self._ready:
            await self._wait(1, seconds)
        return self._ready.popleft()

    async def replies(self, count: int, seconds: float) -> list[Reply]:
        """The next replies, or those up to a 421, after which there are none (RFC 5321 3.8)."""
        if len(self._ready) < count:
            await self._wait(count, seconds)
        taken: list[Reply] = []
        while self._ready and len(taken) < count and not (taken and taken[-1].code == 421):
            taken.append(self._ready.popleft())
        return taken

    async def write(self, seconds: float, *parts: bytes) -> None:
        """Sends octets; waits while the other side takes too few. Raises Lost after `seconds`
        without any taken."""
        if self._lost:
            raise Lost(self._lost)
        if sum(map(len, parts)) <= _PIECE:
            self._transport.write(b"".join(parts))
            if self._blocked is not None:
                await self._taken(seconds)
            return
        for part in parts:  # piece by piece, so that no line holds all of a large text
            for at in range(0, len(part), _PIECE):
                self._transport.write(part[at : at + _PIECE])
                await self._taken(seconds)

    async def start_tls(self, context: ssl.SSLContext, host: str, seconds: float) -> None:
        """Encrypts from here on. Raises Lost, also when the server said more than it should have
        before, which would then pass as said under TLS."""
        if not self.quiet:
            raise Lost("the server speaks before TLS has begun")
        try:
            transport = await asyncio.get_running_loop().start_tls(
                self._transport, self, context, server_hostname=host, ssl_handshake_timeout=seconds
            )
        except OSError as error:
            raise Lost(f"{type(error).__name__}: {error}") from error
        if transport is None:
            raise Lost("the server hung up")
        self._transport = transport

    def hang_up(self) -> None:
        """Ends the line at once."""
        self._transport.abort()

    # -- called by asyncio --------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line.rstrip(b"\r"))
        if len(self._rest) > _LONGEST or len(self._texts) > _LINES or len(self._ready) > _UNREAD:
            self._fail("the server says more than was asked")
        if self._waiting is not None and not self._waiting[1].done() and self._enough():
            self._waiting[1].set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(f"{type(error).__name__}: {error}" if error else "the server hung up")

    def pause_writing(self) -> None:
        self._blocked = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        blocked, self._blocked = self._blocked, None
        if blocked is not None and not blocked.done():
            blocked.set_result(None)

    # -- inside -------------------------------------------------------------------------------

    def _take(self, line: bytes) -> None:
        match = _REPLY.fullmatch(line)
        if match is None:
            self._fail("what the server said is no reply")
            return
        self._texts.append((match[3] or b"").decode("utf-8", "replace"))
        if match[2] != b"-":
            self._ready.append(Reply(int(match[1]), "\n".join(self._texts)))
            self._texts = []

    def _enough(self) -> bool:
        """Whether what is waited for is there, or will not come."""
        wanted = self._waiting[0] if self._waiting else 0
        return len(self._ready) >= wanted or any(one.code == 421 for one in self._ready)

    async def _wait(self, count: int, seconds: float) -> None:
        """Until so many replies are there. Raises Lost."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiting = count, waiter
        if self._enough():
            self._waiting = None
            return
        if self._lost:
            raise Lost(self._lost)
        timer = loop.call_later(seconds, self._fail, f"nothing came for {seconds:g} s")
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiting = None

    async def _taken(self, seconds: float) -> None:
        """Until the other side has taken enough. Raises Lost."""
        if self._blocked is None or self._lost:
            return
        loop = asyncio.get_running_loop()
        timer = loop.call_later(seconds, self._fail, f"nothing was taken for {seconds:g} s")
        try:
            await self._blocked
        finally:
            timer.cancel()

    def _fail(self, why: str) -> None:
        """Ends the line; whoever waits for it is told."""
        if self._lost:
            return
        self._lost = " ".join(why.split())[:300]
        self._transport.abort()
        for waiter in (self._waiting[1] if self._waiting else None, self._blocked):
            if waiter is not None and not waiter.done():
                waiter.set_exception(Lost(self._lost))


async def open_line(address: tuple[str, int], seconds: float) -> Line:
    """A line to a server that has not been greeted. Raises Lost."""
    host, port = address
    try:
        async with asyncio.timeout(seconds):
            _, line = await asyncio.get_running_loop().create_connection(
                Line, host, port, happy_eyeballs_delay=_HEAD_START
            )
    except OSError as error:  # TimeoutError is one
        raise Lost(f"{type(error).__name__}: {error}") from error
    return line
