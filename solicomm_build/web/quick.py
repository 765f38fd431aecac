"""Pages that many ask for, answered before a request becomes an object: kept answers of `public/`.

A protocol in front of uvicorn's. Of each connection it looks at requests that are plain in every
way (`GET /path HTTP/1.1`, header fields that change nothing) and answers them at once when the
application answered the same question before and the file is still the same one, which is looked
at each time: a page that was written anew or taken away is never shown as it was. Anything else
goes to uvicorn, which has the connection from then on.

What is kept is the head of what the application itself said, for a question that differs in address
and accepted coding only; an answer whose body is not a file of `public/` is not kept. Members'
pages are no files of `public/`, and answers of a hub of many origins (`pages: domain`) depend on
the Host field: neither comes from here.

Measured: 270 microseconds of processor time a page without it, about 20 with it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from solicomm_build.web.keptanswers import CODINGS, Answers, AtHand, Key
from solicomm_build.web.watched import TOO_MANY, Reading, WatchedProtocol

_MOST_ASKED = 1 << 18  # octets of fields
_IDLE = 15.0  # seconds without a request until a connection is closed
_TARGET = re.compile(rb"(?:/[A-Za-z0-9_.-]+)*/?")
_FIELD = re.compile(rb"([A-Za-z0-9-]+):[ \t]*+([\x20-\x7e\t]*+)")
_PLAIN = frozenset(
    {
        b"host",
        b"user-agent",
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"connection",
        b"referer",
        b"dnt",
        b"cookie",
        b"cache-control",
        b"pragma",
        b"priority",
        b"te",
        b"upgrade-insecure-requests",
        b"sec-fetch-dest",
        b"sec-fetch-mode",
        b"sec-fetch-site",
        b"sec-fetch-user",
        b"sec-ch-ua",
        b"sec-ch-ua-mobile",
        b"sec-ch-ua-platform",
        b"sec-gpc",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-forwarded-host",
        b"x-real-ip",
    }
)
"""Fields that change no answer of a file, but for the codings."""

_KNOWN = frozenset({b"", b"br", b"gzip", b"deflate", b"zstd", b"identity"})


class Asked(NamedTuple):
    """What header fields ask for: the suffix of the best coding that they accept, None when they
    ask for more than a file; whether the connection ends; the scheme that a server in front names.
    """

    suffix: str | None = None
    ends: bool = False
    scheme: bytes = b""


def _read(fields: bytes) -> Asked:
    accepted, hosts, ends, scheme = b"", 0, False, b""
    for line in fields[:-4].split(b"\r\n"):
        match = _FIELD.fullmatch(line)
        if match is None or (name := match[1].lower()) not in _PLAIN:
            return Asked()
        if name == b"accept" and b"json" in match[2]:
            return Asked()  # what no file answers: features may know
        if name == b"accept-encoding":
            accepted += b"," + match[2].lower()
        elif name == b"connection":
            value = match[2].strip().lower()
            if value not in (b"close", b"keep-alive"):
                return Asked()
            ends = value == b"close"
        elif name == b"x-forwarded-proto":
            scheme = match[2].strip() or b"nothing"
        hosts += name == b"host"
    words = {word.strip() for word in accepted.split(b",")}
    if hosts != 1 or not words <= _KNOWN:
        return Asked()
    suffix = next((suffix for name, suffix in CODINGS if name in words), "")
    return Asked(suffix, ends, scheme)


class QuickProtocol(asyncio.Protocol):
    """One connection: quick answers until something else is asked, then uvicorn's own protocol."""

    answers: Answers
    asked: AtHand[bytes, Asked]
    """What the fields ask for that came within the second: pages of one reader say the same."""
    watched: type[WatchedProtocol]
    fronts: frozenset[str]
    """The addresses that are believed when they name a scheme."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._loop = _loop or asyncio.get_running_loop()
        self._state, self._config = server_state, config
        self._make = partial(self.watched, config, server_state, app_state, self._loop)
        self._inner: WatchedProtocol | None = None
        self._transport: asyncio.Transport | None = None
        self._fields = b""  # of the request before: a client sends the same ones again
        self._suffix: str | None = None  # of the best coding that they accept
        self._own_scheme = self._scheme = "https" if config.is_ssl else "http"
        self._is_front = False
        self._ends = False
        self._since = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._is_full = False
        self._place: str | None = None
        self._reading = Reading(self.watched.deadlines.stall, self._since)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a stream
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._is_front = isinstance(peer, tuple) and peer[0] in self.fronts
        self._place = self.watched.doors.enter(peer)
        self._state.connections.add(self)  # type: ignore[arg-type]
        deadlines = self.watched.deadlines
        wait = deadlines.tick if self._place is not None else deadlines.refused
        self._timer = self._loop.call_later(wait, self._look_at_the_clock)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._leave()
        if self._inner is not None:
            self._inner.connection_lost(exc)
        elif self._place is not None:
            self.watched.doors.leave(self._place)

    def data_received(self, data: bytes) -> None:
        """Answers, or hands over."""
        if self._inner is not None:
            self._inner.data_received(data)
            return
        if self._place is None:
            self._refuse()
            return
        key = self._asked(data)
        limit = self._config.limit_concurrency
        is_crowded = limit is not None and len(self._state.connections) >= limit
        if key is None or is_crowded or self._is_full:
            self._hand_over(data)
        elif (answer := self.answers.of(key, ends=self._ends)) is not None:
            self._write(answer)
        else:
            assert self._transport is not None  # noqa: S101 - made before data comes
            self._transport.pause_reading()
            task = self._loop.create_task(self._learn(key, data))
            self._state.tasks.add(task)
            task.add_done_callback(self._state.tasks.discard)

    async def _learn(self, key: Key, data: bytes) -> None:
        """Answers what was not asked before; nothing more is read meanwhile."""
        answer = await self.answers.learnt(key, ends=self._ends)
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.resume_reading()
        if answer is None:
            self._hand_over(data)
        else:
            self._write(answer)

    def _write(self, answer: bytes) -> None:
        assert self._transport is not None  # noqa: S101 - made before data comes
        self._since = self._loop.time()
        self._transport.write(answer)
        if self._ends:
            self._transport.close()

    def eof_received(self) -> bool | None:
        """The client says nothing more."""
        return None  # close, as uvicorn's own does

    def pause_writing(self) -> None:
        """The client does not read: nothing more is answered quickly."""
        self._is_full = True
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """It reads again."""
        self._is_full = False
        if self._inner is not None:
            self._inner.resume_writing()

    def shutdown(self) -> None:
        """The server ends: what was written goes out, nothing more is answered."""
        if self._transport is not None:
            self._transport.close()

    def _asked(self, data: bytes) -> Key | None:
        """What a plain request asks for; None for any other."""
        if not data.startswith(b"GET /") or not data.endswith(b"\r\n\r\n"):
            return None
        end = data.find(b"\r\n")
        line = data[4:end]
        if not line.endswith(b" HTTP/1.1"):
            return None
        fields = data[end + 2 :]
        if fields != self._fields:
            self._take(fields)
        target = line[:-9]
        if self._suffix is None or b"/." in target or not _TARGET.fullmatch(target):
            return None
        return target, self._suffix, self._scheme

    def _take(self, fields: bytes) -> None:
        """Remembers what these fields ask for."""
        asked = self.asked.get(fields)
        if asked is None:
            asked = _read(fields)
            self.asked.put(fields, asked, len(fields))
        self._fields, self._suffix, self._ends = fields, asked.suffix, asked.ends
        self._scheme = self._own_scheme
        if self._is_front and asked.scheme:
            if asked.scheme not in (b"http", b"https"):
                self._suffix = None
            self._scheme = asked.scheme.decode("ascii", "replace")

    def _hand_over(self, data: bytes) -> None:
        assert self._transport is not None  # noqa: S101 - made before data comes
        self._leave()
        self._inner = self._make()
        self._inner.place = self._place
        self._transport.set_protocol(self._inner)
        self._inner.connection_made(self._transport)
        self._inner.data_received(data)

    def _leave(self) -> None:
        self._state.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self) -> None:
        """Says that the place has too many connections."""
        assert self._transport is not None  # noqa: S101 - made before data comes
        self._transport.write(TOO_MANY)
        self._transport.close()

    def _look_at_the_clock(self) -> None:
        """Ends a connection that asked for nothing for a while, or reads nothing."""
        assert self._transport is not None  # noqa: S101 - made before
        now = self._loop.time()
        if self._reading.is_over(self._transport, now):
            self._transport.abort()
            return
        waits = self._transport.get_write_buffer_size() > 0
        if self._place is None or (now - self._since >= _IDLE and not waits):
            self._transport.close()
        self._timer = self._loop.call_later(self.watched.deadlines.tick, self._look_at_the_clock)


def protocol(
    app: ASGIApp, root: Path, inner: type[WatchedProtocol], fronts: Iterable[str] = ()
) -> type[asyncio.Protocol]:
    """The protocol class for one application, as uvicorn takes it (`http=`); what it does not
    answer goes to `inner`. `fronts` are the addresses of servers in front."""
    facts: dict[str, Any] = {"answers": Answers(app, root), "asked": AtHand(_MOST_ASKED)}
    facts |= {"watched": inner, "fronts": frozenset(fronts)}
    return type("QuickProtocol", (QuickProtocol,), facts)
