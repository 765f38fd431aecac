"""One connection of a client: HTTP/1.1 (RFC 9112) by h11, with an end to everything that a client
may draw out (deadlines.py), and one ASGI application behind it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote

import h11
from starlette.types import ASGIApp, Scope

from solicomm_build.web.serving.deadlines import (
    BAD,
    TOO_BUSY,
    TOO_MANY,
    TOO_NEW,
    TOO_SLOW,
    UNREADABLE,
    Deadlines,
    Reading,
    reply,
)
from solicomm_build.web.serving.doors import Doors
from solicomm_build.web.serving.exchange import MOST_WAITING, Exchange, Flow
from solicomm_build.web.serving.forwarded import Fronts

_OF_GIT = re.compile(r"\.git/git-[a-z-]+$")
_SILENT = (h11.MUST_CLOSE, h11.CLOSED, h11.ERROR)
"""When a client has no more to say; what it says all the same is not kept."""
_VERSIONS = (b"1.0", b"1.1")
_ABSOLUTE = re.compile(rb"https?://([^/]+)", re.IGNORECASE)
_log = logging.getLogger("solicomm.web")
_MOST = 1000  # connections at once; one more gets 503


class Open(Protocol):
    """A connection as the server sees it that is to end."""

    def shutdown(self) -> None:
        """Ends it when what is being answered is out. Safe to call again."""

    def abort(self) -> None:
        """Ends it at once."""

    def look(self, now: float) -> None:
        """Ends it if it is late. Asked every tick."""


@dataclass(eq=False)
class Listening:
    """What all connections of one listener have in common."""

    app: ASGIApp
    doors: Doors
    deadlines: Deadlines
    fronts: Fronts
    scheme: str = "http"
    connections: set[Open] = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _timer: asyncio.TimerHandle | None = field(default=None, init=False)

    def is_crowded(self) -> bool:
        """Whether more than so many are connected or being answered."""
        return max(len(self.connections), len(self.tasks)) >= _MOST

    def add(self, connection: Open) -> None:
        """A client is connected, and looked after until it is discarded: by one clock for all, for
        which nothing has to be done when a connection comes and goes."""
        self.connections.add(connection)
        if self._timer is None:
            self._wait()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self.deadlines.tick, self._look)

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in tuple(self.connections):
            try:
                connection.look(now)
            except Exception:  # noqa: BLE001 - a fault in one; the others are looked after
                _log.exception("a connection could not be looked after, and was ended")
                connection.abort()
        self._timer = None
        if self.connections:
            self._wait()

    def begin(self, task: asyncio.Task[None]) -> None:
        """Keeps a task until it ends."""
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


class Connection(asyncio.Protocol):
    """One connection. Handed over by quick.py, it has a `place`, which was let in."""

    _flow: Flow
    _reading: Reading

    def __init__(self, listening: Listening, place: str | None = None) -> None:
        self._listening, self._place = listening, place
        self._deadlines = listening.deadlines
        self._http = h11.Connection(h11.SERVER)
        self._exchange: Exchange | None = None
        self._is_refused = self._is_used = False
        self._octets = 0
        self._body: tuple[object, float, int] = (None, 0.0, 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a stream
        self._loop = asyncio.get_running_loop()
        self._flow = Flow(transport)
        self._since = self._loop.time()
        self._reading = Reading(self._deadlines.stall, self._since)
        self._listening.add(self)
        if self._place is None:
            self._place = self._listening.doors.enter(transport.get_extra_info("peername"))
            self._is_refused = self._place is None

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._listening.connections.discard(self)
        if self._place is not None:
            self._listening.doors.leave(self._place)
            self._place = None
        if self._exchange is not None:
            self._exchange.lose()
        self._flow.release()

    def data_received(self, data: bytes) -> None:
        """Takes what came, unless the place has too many connections."""
        if self._is_refused:
            self._close_with(TOO_MANY)
            return
        if self._http.their_state in _SILENT:
            return
        if self._is_idle():
            data = data.removeprefix(b"\r\n")  # some send one behind a body (RFC 9112 2.2)
            if not data:
                return
            self._since = self._loop.time()
        self._octets += len(data)
        self._http.receive_data(data)
        self._advance()

    def eof_received(self) -> bool:
        """The client has no more to say. Whether the connection stays: until what it asked for is
        answered (RFC 9112 9.6), but over TLS, which asyncio ends as a whole."""
        self._flow.is_ended = True
        if self._exchange is not None:
            self._exchange.wake()
        return self._is_owed() and not self._flow.transport.get_extra_info("sslcontext")

    def pause_writing(self) -> None:
        """The client does not read."""
        self._flow.hold()

    def resume_writing(self) -> None:
        """It reads again."""
        self._flow.release()

    def shutdown(self) -> None:
        """Ends when what is being answered is out."""
        if self._exchange is None or self._exchange.is_complete:
            self._flow.close()
        else:
            self._exchange.ends = True

    def abort(self) -> None:
        """Ends at once."""
        self._flow.transport.abort()

    def _advance(self) -> None:
        """Takes what is whole of what came; what follows a last request is let go of."""
        transport, http = self._flow.transport, self._http
        while not transport.is_closing() and http.their_state is not h11.MUST_CLOSE:
            try:
                event = http.next_event()
            except h11.RemoteProtocolError as error:
                self._refuse(error)
                return
            if isinstance(event, h11.Request):
                self._begin(event)
            elif isinstance(event, h11.Data) and self._exchange is not None:
                self._exchange.feed(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and self._exchange is not None:
                self._exchange.end()
                self._renew()
            else:
                if event is h11.PAUSED and len(http.trailing_data[0]) > MOST_WAITING:
                    self._flow.pause_reading()
                elif self._flow.is_ended and not self._is_owed():
                    self._flow.close()
                return

    def _is_owed(self) -> bool:
        """Whether a whole request waits for its answer, or for the rest of it."""
        exchange = self._exchange
        return exchange is not None and exchange.is_whole and not exchange.is_complete

    def _begin(self, request: h11.Request) -> None:
        names = {name for name, _ in request.headers}
        if {b"content-length", b"transfer-encoding"} <= names:  # RFC 9112 6.1, 11.2
            self._close_with(BAD)
            return
        if request.http_version not in _VERSIONS:
            self._close_with(TOO_NEW)
            return
        if self._listening.is_crowded():
            self._close_with(TOO_BUSY)
            return
        scope = self._scope(request)
        self._exchange = Exchange(self._http, self._flow, scope, self._is_answered)
        self._is_used = True
        self._listening.begin(self._loop.create_task(self._exchange.run(self._listening.app)))

    def _scope(self, request: h11.Request) -> Scope:
        """The request as ASGI has it."""
        target, _, query = request.target.partition(b"?")
        headers = list(request.headers)
        if absolute := _ABSOLUTE.match(target):  # RFC 9112 3.2.2
            target = target[absolute.end() :] or b"/"
            headers = [field for field in headers if field[0] != b"host"]
            headers.append((b"host", absolute[1]))
        said = self._flow.transport.get_extra_info
        peer, own = said("peername"), said("sockname")
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": request.http_version.decode("ascii"),
            "method": request.method.decode("ascii"),
            "scheme": self._listening.scheme,
            "path": unquote(target.decode("ascii")),
            "raw_path": target,
            "root_path": "",
            "query_string": query,
            "headers": headers,
            "client": (str(peer[0]), peer[1]) if isinstance(peer, tuple) else None,
            "server": (str(own[0]), own[1]) if isinstance(own, tuple) else None,
            "state": {},
        }
        self._listening.fronts.believe(scope)
        return scope

    def _is_answered(self) -> None:
        """From now on the next request is waited for; what came of it meanwhile is taken."""
        self._since = self._loop.time()
        if not self._flow.transport.is_closing():
            self._flow.resume_reading()
            if self._renew():
                self._advance()

    def _renew(self) -> bool:
        """Whether both sides are done, so that a request may follow."""
        is_done = self._http.our_state is self._http.their_state is h11.DONE
        if is_done:
            self._since = self._loop.time()
            self._http.start_next_cycle()
        return is_done

    def _refuse(self, error: h11.RemoteProtocolError) -> None:
        """Says that this is no HTTP, unless an answer has begun."""
        if self._exchange is not None and not self._exchange.is_complete:
            self._exchange.lose()
            if self._exchange.is_started:
                self._flow.close()
                return
        self._close_with(reply(error.error_status_hint, UNREADABLE))

    def _is_idle(self) -> bool:
        """Whether nothing of a request has come."""
        return self._http.their_state is h11.IDLE and not self._http.trailing_data[0]

    def look(self, now: float) -> None:
        """Ends what is late."""
        transport = self._flow.transport
        if self._reading.is_over(transport, now):
            transport.abort()
        elif self._is_refused:
            if now - self._since > self._deadlines.refused:
                self._flow.close()
        elif self._is_idle() and self._is_used:
            if now - self._since > self._deadlines.idle and not transport.get_write_buffer_size():
                self._flow.close()
        elif not transport.is_closing() and self._is_late(now):
            if self._exchange and self._exchange.is_started and not self._exchange.is_complete:
                transport.abort()
            else:
                self._close_with(TOO_SLOW)

    def _is_late(self, now: float) -> bool:
        state = self._http.their_state
        if state is h11.IDLE:
            return now - self._since > self._deadlines.head
        exchange = self._exchange
        if state is not h11.SEND_BODY or exchange is None:
            return False
        if not exchange.is_complete and _OF_GIT.search(exchange.scope["path"]):
            return False
        of, until, before = self._body
        if of is not exchange or self._flow.is_paused:  # a new one, or we do not read
            until = now + self._deadlines.body
        until += (self._octets - before) / self._deadlines.rate
        until = min(until, now + max(self._deadlines.body, self._deadlines.stall))
        self._body = exchange, until, self._octets
        return now > until

    def _close_with(self, octets: bytes) -> None:
        exchange = self._exchange
        is_said = exchange is not None and exchange.is_complete and not exchange.is_whole
        if exchange is not None and not exchange.is_complete:
            exchange.lose()
        if not self._flow.transport.is_closing():
            if not is_said:
                self._flow.transport.write(octets)
            self._flow.close()
