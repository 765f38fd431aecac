"""One connection on aiosmtpd: its life, reading commands, sending replies, time and faults.

aiosmtpd keeps what it does well: the protocol's life on asyncio, STARTTLS, the reset of a session.
The commands are in server.py, which also lists the gaps that the two close together. Replies wait
until the client's pipelined commands are all read (RFC 2920 3.2), so a group of commands gets its
replies in one packet.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import Any, AnyStr, ClassVar, cast

import aiosmtpd.smtp

from solicomm_build.bridge.service import Service
from solicomm_build.bridge.wire import LineError, Wire
from solicomm_build.foundation import network
from solicomm_build.foundation.errors import AddressError

CHUNK_OCTETS = 64 * 1024
"""The most that is read from a client at once."""

_LIVES = 2  # time-outs that a connection lives without a message
_HURRY = 20.0  # seconds of silence while connections run short
_LOOK = 5.0  # seconds between two looks at the clock
_FAULTS = 50  # refused commands before the connection ends
_TOO_MANY = b"421 4.7.0 too many connections, try later"
_OUR_FAULT = b"451 4.3.0 our mistake, try later"
_GOING_DOWN = b"421 4.3.2 going down, try later"

# Its INFO lines name addresses and its DEBUG lines quote mail; ours go through maillog instead.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class Refused(Exception):
    """A command is answered with `reply` and changes nothing."""

    def __init__(self, reply: bytes) -> None:
        super().__init__(reply)
        self.reply = reply


class Connection(aiosmtpd.smtp.SMTP):
    """The dialogue with one client; a subclass says which commands there are.

    `edge` tells a client from the world from our own mail server; `greeting` is said in the 220
    reply; `verbs` maps each command to the method that takes its argument.
    """

    edge: ClassVar[bool]
    greeting: ClassVar[bytes]
    verbs: ClassVar[dict[bytes, str]]

    def __init__(self, service: Service) -> None:
        # The inherited __init__ looks through all methods for each connection (0.23 ms). This
        # sets what the inherited methods that we keep use; a test compares.
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=CHUNK_OCTETS, loop=loop)
        asyncio.StreamReaderProtocol.__init__(self, reader, self._cb_client_connected, loop=loop)
        self.loop = loop
        self.tls_context = service.tls
        self.session: Any = None
        self.envelope = None
        self.transport: asyncio.Transport | None = None
        self._timeout_duration = service.limits.timeout
        self._timeout_handle: asyncio.TimerHandle | None = None
        self._tls_protocol = None
        self._tls_handshake_okay = True
        self._original_transport: asyncio.Transport | None = None
        self._handler_coroutine: asyncio.Task[None] | None = None
        self._handle_hooks: dict[str, Any] = {}

        self.peer = ""
        self._service = service
        self._wire = Wire(service.limits.command_bytes)
        self._replies: list[bytes] = []
        self._faults = 0
        self._deadline = 0.0
        self._since = self._granted = 0.0
        self._entered = False
        self._last = False  # the connection ends once the replies are out
        self._keeping = False  # a message is complete and being kept
        self._going_down = False

    # The life of a connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came, or (after STARTTLS) came again over TLS."""
        if self._original_transport is None:
            name = transport.get_extra_info("peername")
            self.peer = name[0] if isinstance(name, tuple) else ""
            self._entered = self._service.enter(self)
            if not self._entered:
                cast(asyncio.Transport, transport).write(_TOO_MANY + b"\r\n")
                transport.close()
                return
        self._wire.clear()  # what came in plaintext after STARTTLS does not count (RFC 3207 4.2)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone. What is being kept goes on without this task."""
        if self._entered:
            self._entered = False
            self._service.leave(self)
            super().connection_lost(error)

    def eof_received(self) -> bool:
        """The client sends no more; what it has sent is still dealt with and answered."""
        if not self._entered:
            return False
        self._reader.feed_eof()
        return self._original_transport is None

    def go_down(self) -> None:
        """Ends the connection with 421 4.3.2, after the reply to a message that is being kept."""
        self._going_down = True
        if not self._keeping:
            self._close_with(_GOING_DOWN)

    def abort(self) -> None:
        """Ends the connection at once."""
        if self.transport is not None:
            self.transport.abort()

    def _reset_timeout(self, duration: float | None = None) -> None:
        # RFC 5321 4.5.3.2.7: at least 5 minutes. Only the deadline moves; the timer runs on.
        self._since = self.loop.time()
        if not self._granted:
            self.grant()
        self._deadline = self._since + (duration or self._timeout_duration)
        if self._timeout_handle is None:
            self._timeout_handle = self.loop.call_at(self._next(), self._timeout_cb)

    def grant(self) -> None:
        """Lets the connection live on: a message has begun or come. Without one it ends, whatever
        else is said meanwhile."""
        self._granted = self.loop.time() + _LIVES * self._timeout_duration

    def lengthen(self, seconds: float) -> None:
        """Lets it live so much longer, since some of a message has come; of what came quickly no
        more is kept than a message has at its beginning."""
        most = self.loop.time() + _LIVES * self._timeout_duration
        self._granted = min(self._granted + seconds, most)

    def _ends(self) -> float:
        """When the connection ends if nothing more is said."""
        if not self.edge or self._service.place(self.peer) == network.HERE:
            return self._deadline
        ends = min(self._deadline, self._granted)
        return min(ends, self._since + _HURRY) if self._service.is_stressed() else ends

    def _next(self) -> float:
        """When to look at the clock again."""
        return min(max(self._ends(), self.loop.time()), self.loop.time() + _LOOK)

    def _timeout_cb(self) -> None:
        if self._keeping or self.loop.time() < self._ends():
            later = max(self._next(), self.loop.time() + 0.2)
            self._timeout_handle = self.loop.call_at(later, self._timeout_cb)
        else:
            self._service.log.event("timeout", peer=self.peer)
            self._close_with(b"421 4.4.2 no command came in time")

    def _close_with(self, reply: bytes) -> None:
        self._last = True
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(reply + b"\r\n")
            self.transport.close()

    # Reading and answering

    async def _handle_client(self) -> None:
        """The dialogue, from the greeting until somebody has enough."""
        try:
            self.say(b"220 %s %s" % (self._service.hostname.encode(), self.greeting))
            while not self._last:
                line = await self._line()
                if line is None:
                    break
                self._reset_timeout()
                await self._obey(line)
                if self._going_down and not self._last:
                    self.say(_GOING_DOWN)
                    self._last = True
            await self.flush()
        except OSError:
            pass  # the connection broke: nobody is there to be told
        finally:
            if self.transport is not None:
                self.transport.close()
            if self._tls_protocol is not None and self.session.ssl is None:
                # asyncio says nothing of a connection whose handshake failed.
                self.connection_lost(None)

    async def _line(self) -> bytes | None:
        """The next command, None when the client has left. Sends the replies before it waits."""
        while True:
            try:
                line = self._wire.line()
            except LineError as error:
                self.refuse(error.reply)
                self._last = self._last or error.last
                if self._last:
                    return None
                continue
            if line is not None:
                return line
            await self.flush()
            octets = await self._reader.read(CHUNK_OCTETS)
            if not octets:
                return None
            self._wire.feed(octets)

    async def _obey(self, line: bytes) -> None:
        word, _, rest = line.partition(b" ")
        verb = self.verbs.get(word.upper())
        try:
            if verb is None:
                raise Refused(b"500 5.5.1 no such command")
            await getattr(self, verb)(rest.strip().decode("utf-8"))
        except UnicodeDecodeError:
            self.refuse(b"501 5.5.2 this is not UTF-8")
        except Refused as refused:
            self.refuse(refused.reply)
        except AddressError as error:
            self.refuse(error.reply.encode())
        except (ConnectionError, aiosmtpd.smtp.TLSSetupException) as error:
            raise ConnectionResetError from error
        except Exception as error:  # noqa: BLE001 - the edge of the stage
            self.say(self.our_fault(error))

    def our_fault(self, error: Exception) -> bytes:
        """Logs the error and returns the reply to it, which tells nothing but where to look."""
        mark = secrets.token_hex(4)
        self._service.log.event("bridge-fault", mark=mark, error=repr(error), peer=self.peer)
        return _OUR_FAULT + b" (" + mark.encode() + b")"

    def say(self, reply: bytes) -> None:
        self._replies.append(reply)

    def refuse(self, reply: bytes) -> None:
        self.say(reply)
        self._faults += 1
        if self._faults >= _FAULTS and self.edge:
            self.say(b"421 4.7.0 too many faults")
            self._last = True

    async def flush(self) -> None:
        if self._replies:
            octets = b"\r\n".join(self._replies) + b"\r\n"
            self._replies.clear()
            self._writer.write(octets)
            await self._writer.drain()

    async def push(self, status: AnyStr) -> None:
        """What the inherited smtp_STARTTLS answers goes out at once, with an enhanced code."""
        octets = status.encode() if isinstance(status, str) else status
        self.say(octets.replace(b" ", b" 2.0.0 ", 1))
        await self.flush()
