"""Pages that many ask for, answered before a request becomes an object: kept answers of `public/`.

A protocol in front of connection.py's. Of each connection it looks at requests that are plain in
every way (`GET /path HTTP/1.1`, header fields that change nothing) and answers them at once when
the application answered the same question before and the file is still the same one, which is
looked at each time: a page that was written anew or taken away is never shown as it was. Anything
else goes to connection.py, which has the connection from then on.

What is kept is the head of what the application itself said, for a question that differs in address
and accepted coding only; an answer whose body is not a file of `public/` is not kept. Members'
pages are no files of `public/`, and answers of a hub of many origins (`pages: domain`) depend on
the Host field: neither comes from here.

Measured: 270 microseconds of processor time a page without it, about 20 with it.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import NamedTuple

from solicomm_build.web.serving.connection import Connection, Listening
from solicomm_build.web.serving.deadlines import TOO_MANY, Reading
from solicomm_build.web.serving.keptanswers import CODINGS, Answers, AtHand, Key

_MOST_ASKED = 1 << 18  # octets of fields
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
            ends = ends or value == b"close"
        elif name == b"x-forwarded-proto":
            scheme = match[2].strip() or b"nothing"
        hosts += name == b"host"
    words = {word.strip() for word in accepted.split(b",")}
    if hosts != 1 or not words <= _KNOWN:
        return Asked()
    suffix = next((suffix for name, suffix in CODINGS if name in words), "")
    return Asked(suffix, ends, scheme)


class Quick:
    """What the quick connections of one listener have in common: `answers`, and what was `asked`
    within the second, since the pages of one reader are asked for with the same fields."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: AtHand[bytes, Asked] = AtHand(_MOST_ASKED)


class QuickConnection(asyncio.Protocol):
    """One connection: quick answers until something else is asked, then as any other."""

    def __init__(self, listening: Listening, quick: Quick) -> None:
        self._loop = asyncio.get_running_loop()
        self._listening, self._quick = listening, quick
        self._answers = quick.answers
        self._inner: Connection | None = None
        self._transport: asyncio.Transport | None = None
        self._fields = b""  # of the request before: a client sends the same ones again
        self._suffix: str | None = None  # of the best coding that they accept
        self._scheme = listening.scheme
        self._is_front: bool | None = None  # whoever is connected; None when nobody asked
        self._ends = False
        self._since = self._loop.time()
        self._is_full = False  # too many are connected
        self._is_held = False  # the client does not read
        self._is_learning = False  # the application is being asked
        self._place: str | None = None
        self._reading = Reading(listening.deadlines.stall, self._since)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a stream
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._place = self._listening.doors.enter(peer)
        self._listening.add(self)
        self._is_full = self._listening.is_crowded()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._leave()
        if self._inner is not None:
            self._inner.connection_lost(exc)
        elif self._place is not None:
            self._listening.doors.leave(self._place)

    def data_received(self, data: bytes) -> None:
        """Answers, or hands over."""
        if self._inner is not None:
            self._inner.data_received(data)
            return
        if self._place is None:
            self._refuse()
            return
        self._since = self._loop.time()
        key = self._asked(data)
        if key is None or self._is_full or self._is_held:
            self._hand_over(data)
        elif (answer := self._answers.of(key, ends=self._ends)) is not None:
            self._write(answer)
        else:
            assert self._transport is not None  # noqa: S101 - made before data comes
            self._transport.pause_reading()
            self._listening.begin(self._loop.create_task(self._learn(key, data)))

    async def _learn(self, key: Key, data: bytes) -> None:
        """Answers what was not asked before; nothing more is read meanwhile."""
        self._is_learning = True
        with suppress(Exception):  # the application is asked once more, and answers for it
            await self._answers.learnt(key, ends=False)
        self._is_learning = False
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.resume_reading()
        answer = self._answers.of(key, ends=self._ends)
        if answer is None:
            self._hand_over(data)
        else:
            self._write(answer)

    def _write(self, answer: bytes) -> None:
        assert self._transport is not None  # noqa: S101 - made before data comes
        self._since = self._loop.time()
        self._transport.write(answer)
        if self._ends:
            self._close()

    def eof_received(self) -> bool | None:
        """The client says nothing more."""
        return None  # close

    def pause_writing(self) -> None:
        """The client does not read: nothing more is answered quickly."""
        self._is_held = True
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """It reads again."""
        self._is_held = False
        if self._inner is not None:
            self._inner.resume_writing()

    def shutdown(self) -> None:
        """The server ends: what was asked and written goes out, nothing more is answered."""
        self._ends = True
        if not self._is_learning:
            self._close()

    def _close(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()

    def abort(self) -> None:
        """Ends at once."""
        if self._transport is not None:
            self._transport.abort()

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
        asked = self._quick.asked.get(fields)
        if asked is None:
            asked = _read(fields)
            self._quick.asked.put(fields, asked, len(fields))
        self._fields, self._suffix, self._ends = fields, asked.suffix, asked.ends
        self._scheme = self._listening.scheme
        if asked.scheme and self._is_believed():
            if asked.scheme not in (b"http", b"https"):
                self._suffix = None
            self._scheme = asked.scheme.decode("ascii", "replace")

    def _is_believed(self) -> bool:
        """Whether a server in front is connected, which says how it was asked."""
        if self._is_front is None and self._transport is not None:
            self._is_front = self._listening.fronts.has(self._transport.get_extra_info("peername"))
        return bool(self._is_front)

    def _hand_over(self, data: bytes) -> None:
        assert self._transport is not None  # noqa: S101 - made before data comes
        self._leave()
        self._inner = Connection(self._listening, self._place)
        self._transport.set_protocol(self._inner)
        self._inner.connection_made(self._transport)
        if self._is_held:
            self._inner.pause_writing()
        self._inner.data_received(data)

    def _leave(self) -> None:
        self._listening.connections.discard(self)

    def _refuse(self) -> None:
        """Says that the place has too many connections."""
        assert self._transport is not None  # noqa: S101 - made before data comes
        self._transport.write(TOO_MANY)
        self._close()

    def look(self, now: float) -> None:
        """Ends a connection that asked for nothing for a while, or reads nothing."""
        assert self._transport is not None  # noqa: S101 - made before
        deadlines = self._listening.deadlines
        if self._reading.is_over(self._transport, now):
            self._transport.abort()
            return
        most = deadlines.idle if self._place is not None else deadlines.refused
        if now - self._since >= most and not self._transport.get_write_buffer_size():
            self._close()
