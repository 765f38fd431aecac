"""Octets from a client to commands and messages, by the rules about line ends. Pure, no sockets.

Only CRLF ends a command and only CRLF.CRLF ends a message (RFC 5321 2.3.8, 4.1.1.4); a server that
is lax here lets one mail hide another (SMTP smuggling). Data is searched in big pieces, never line
by line, so that a long line costs what a short one costs.
"""

from __future__ import annotations

_END = b"\r\n.\r\n"


class LineError(Exception):
    """A command line that is none; `last` when the connection should end after the reply."""

    def __init__(self, reply: bytes, *, last: bool) -> None:
        super().__init__(reply.decode("ascii"))
        self.reply, self.last = reply, last


class Wire:
    """What the client has sent and nobody has read yet.

    A command line has at most `limit` octets with its CRLF (RFC 5321 4.5.3.1.4 asks for 512, and
    extensions add to that).
    """

    def __init__(self, limit: int = 2048) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0
        self._overlong = False

    def __len__(self) -> int:
        return len(self._buffer)

    def feed(self, octets: bytes) -> None:
        """Takes what came in."""
        self._buffer += octets

    def clear(self) -> None:
        """Forgets everything, as STARTTLS demands (RFC 3207 4.2)."""
        self.take()

    def take(self) -> bytes:
        """All that is there, as it is; the buffer is empty afterwards."""
        octets = bytes(self._buffer)
        self._buffer.clear()
        self._searched, self._overlong = 0, False
        return octets

    def line(self) -> bytes | None:
        """The next command without its CRLF; None while its end has not come.

        Raises LineError for a line that is too long or does not end in CRLF.
        """
        end = self._buffer.find(b"\n", self._searched)
        if end < 0:
            if len(self._buffer) > self._limit:
                self._overlong = True
                self._buffer.clear()
            self._searched = len(self._buffer)
            return None
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        overlong = self._overlong or len(line) > self._limit
        self._searched, self._overlong = 0, False
        if overlong:
            raise LineError(b"500 5.5.2 command line too long", last=False)
        if not line.endswith(b"\r\n"):
            raise LineError(b"500 5.5.2 bare <LF> received", last=True)
        if line.count(b"\r") > 1 or b"\0" in line:
            raise LineError(b"500 5.5.2 bare <CR> or NUL received", last=True)
        return line[:-2]


class Body:
    """The octets after 354, up to CRLF.CRLF.

    At most `limit` octets of message are kept (counted without the extra dots); of more, only
    the end is looked for.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.octets = 0
        self._buffer = bytearray(b"\r\n")  # so that a dot on the first line is found like any other
        self._searched = 0
        self._dropped = False
        # Every kept line of "." is "..": at most a third more octets come than are kept.
        self._most = limit + limit // 3 + 8

    def feed(self, octets: bytes) -> bytes | None:
        """Takes what came in; once the end is there, what follows it (often b""), else None."""
        self.octets += len(octets)
        self._buffer += octets
        end = self._buffer.find(_END, self._searched)
        if end >= 0:
            rest = bytes(self._buffer[end + len(_END) :])
            del self._buffer[end + 2 :]
            return rest
        if self._dropped or len(self._buffer) > self._most:
            self.drop()
        self._searched = max(0, len(self._buffer) - len(_END) + 1)
        return None

    @property
    def is_dropped(self) -> bool:
        """Whether nothing is kept."""
        return self._dropped

    def drop(self) -> None:
        """Keeps nothing from now on; the end is still looked for."""
        self._dropped, self._searched = True, 0
        del self._buffer[: -len(_END) + 1]

    def message(self) -> bytes | None:
        """The message without the extra dots (RFC 5321 4.5.2), CRLF kept; None if too big."""
        if self._dropped:
            return None
        raw = bytes(memoryview(self._buffer)[2:])
        if raw.startswith(b"."):
            raw = raw[1:]
        if b"\r\n." in raw:
            raw = raw.replace(b"\r\n.", b"\r\n")
        return raw if len(raw) <= self.limit else None
