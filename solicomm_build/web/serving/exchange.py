"""One request and its answer, as an ASGI application sees them (ASGI 3.0, HTTP and WebSocket
message format 2.3): `receive` and `send` on one side, the events of h11 on the other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from http import HTTPMethod, HTTPStatus

import h11
from starlette.types import ASGIApp, Message, Scope

from solicomm_build.web.serving import date
from solicomm_build.web.serving.deadlines import BROKEN

MOST_WAITING = 64 * 1024  # octets of a body that the application has not taken; then nothing more
_PHRASES = {status.value: status.phrase.encode("ascii") for status in HTTPStatus}

_log = logging.getLogger("solicomm.web")


class Flow:
    """What goes to a client and comes from it, held back where one side is slower."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self._free = asyncio.Event()
        self._free.set()
        self.is_paused = False
        """Whether nothing is read from the client."""
        self.is_ended = False
        """Whether it has no more to say. It may be gone, or wait for its answers."""

    def pause_reading(self) -> None:
        """Leaves what the client sends where it is."""
        if not self.is_paused:
            self.is_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Reads on."""
        if self.is_paused:
            self.is_paused = False
            self.transport.resume_reading()

    def close(self) -> None:
        """Ends it when all is out. Once: after a second close() of TLS nothing could abort it."""
        if not self.transport.is_closing():
            self.transport.close()

    def hold(self) -> None:
        """The client does not read."""
        self._free.clear()

    def release(self) -> None:
        """It reads again, or it is gone."""
        self._free.set()

    async def drain(self) -> None:
        """Waits until the client reads."""
        await self._free.wait()


class Exchange:
    """A request that has begun. `done` is called when its answer is out."""

    def __init__(
        self, http: h11.Connection, flow: Flow, scope: Scope, done: Callable[[], None]
    ) -> None:
        self.scope = scope
        self.is_started = self.is_complete = self.ends = False
        """Whether something of the answer is out, all of it is, and it ends the connection."""
        self.is_whole = False
        """Whether all of the request has come."""
        self._http, self._flow, self._done = http, flow, done
        self._head: bytes | None = None
        """Of the answer, until it goes out: with what comes of its body at once."""
        self._body = bytearray()
        self._is_told = self._is_gone = False
        self._changed = asyncio.Event()

    async def run(self, app: ASGIApp) -> None:
        """Has the application answer; what it does not end is broken off. Never raises, but when
        it is cancelled."""
        try:
            await app(self.scope, self._receive, self._send)
        except Exception as error:  # noqa: BLE001 - others are served on; headers.py has the trace
            _log.error("an answer broke off: %r", error)
        finally:
            if not self.is_complete and not self._is_gone:
                self._head = None
                if not self.is_started:
                    self._flow.transport.write(BROKEN)
                self._flow.close()

    def feed(self, octets: bytes) -> None:
        """A part of the request's body has come. It is let go of where the answer is out."""
        if self.is_complete:
            return
        self._body += octets
        if len(self._body) > MOST_WAITING:
            self._flow.pause_reading()
        self._changed.set()

    def end(self) -> None:
        """The request's body is whole."""
        self.is_whole = True
        self._changed.set()

    def lose(self) -> None:
        """The client is gone."""
        self._is_gone = True
        self._changed.set()

    def wake(self) -> None:
        """Who waits for the client looks again whether it may be gone."""
        self._changed.set()

    async def _receive(self) -> Message:
        if self._http.they_are_waiting_for_100_continue and not self.is_started:
            going_on = h11.InformationalResponse(
                status_code=100, headers=[], reason=_PHRASES[HTTPStatus.CONTINUE]
            )
            self._write(self._http.send(going_on))
        while not self._has_news():
            if not self.is_whole:  # else what follows is the next request, which waits
                self._flow.resume_reading()
            self._changed.clear()
            await self._changed.wait()
        if self._is_over():
            return {"type": "http.disconnect"}
        body, self._body = bytes(self._body), bytearray()
        self._is_told = self.is_whole
        return {"type": "http.request", "body": body, "more_body": not self.is_whole}

    def _has_news(self) -> bool:
        is_told = self._is_told or not self.is_whole
        return bool(self._body) or not is_told or self._is_over()

    def _is_over(self) -> bool:
        """Whether nothing more can come. Who has said all that it wanted to say, and says no more
        after that, looks like one who is gone: it gets what is answered all the same."""
        is_silent = self._is_told and self._flow.is_ended
        return self._is_gone or self.is_complete or is_silent

    async def _send(self, message: Message) -> None:
        await self._flow.drain()
        if self._is_gone:
            return
        kind = message["type"]
        is_begun = self.is_started or self._head is not None
        if kind == "http.response.start" and not is_begun:
            self._start(message)
        elif kind == "http.response.body" and is_begun and not self.is_complete:
            self._put(message.get("body", b""), more=message.get("more_body", False))
        else:
            raise RuntimeError(f"{kind} is not expected now")

    def _start(self, message: Message) -> None:
        status: int = message["status"]
        headers = [(b"date", date.now()), *message.get("headers", ())]
        if self.ends:
            headers.append((b"connection", b"close"))
        said = h11.Response(status_code=status, headers=headers, reason=_PHRASES.get(status, b""))
        self._head = self._http.send(said)
        asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        if self._head is not None and not self._is_gone:
            self._write(self._taken())

    def _taken(self) -> bytes:
        """The head, where it is not out yet."""
        octets, self._head = self._head or b"", None
        self.is_started = True
        return octets

    def _put(self, body: bytes, *, more: bool) -> None:
        """Writes a part of the answer, the first one with its head."""
        octets = b""
        if body and self.scope["method"] != HTTPMethod.HEAD:
            octets += self._http.send(h11.Data(data=body)) or b""
        if not more:
            octets += self._http.send(h11.EndOfMessage()) or b""
        self._write(self._taken() + octets)
        if not more:
            self.is_complete = True
            self._changed.set()
            if self._http.our_state is h11.MUST_CLOSE or self.ends:
                self._flow.close()
            self._done()

    def _write(self, octets: bytes | None) -> None:
        if octets:
            self._flow.transport.write(octets)
