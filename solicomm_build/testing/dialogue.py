r"""Plays an SMTP or LMTP dialogue, written as a text file, against a real listener.

One step a line; empty lines and lines that start with `#` are for the reader.

    C: text         send the text and CRLF
    C> text         send the text as it is, without CRLF
    C+ text         like `C:`, but hold it back and send it together with the next step (pipelining)
    C* 3000 text    send the text 3000 times, without CRLF
    S: 250 2.1.0    read one reply; its last line must start with this
    S= PIPELINING   the reply read last has this line (without its code)
    S! STARTTLS     the reply read last does not have this line
    TLS             do the TLS handshake now
    HALF            send nothing more, but go on reading
    LEAVE           close the connection
    RESET           break the connection
    CLOSED          the server must have closed, with nothing more to say
    KEPT 2          so many messages are in the spool (waits for them)
    RAW text        the message kept last is exactly this
    FROM -          the sender of the message kept last (`-` is the null sender)
    TO a@x b@x      the recipients of the message kept last

A step that starts with `@N ` is played N times.
Text may have \r \n \0 \t \s (space) \\ and \xNN; everything else is UTF-8.
"""

from __future__ import annotations

import re
import socket
import ssl
import struct
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from solicomm_build.foundation.spool import Item

_SECONDS = 10.0
_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))")
_NAMED = {b"r": b"\r", b"n": b"\n", b"0": b"\0", b"t": b"\t", b"s": b" ", b"\\": b"\\"}


class DialogueError(AssertionError):
    """The other side said or did something else; names file, line and what came."""


def play(
    script: Path, address: tuple[str, int], kept: Callable[[], Sequence[Item]] = tuple
) -> None:
    """Plays `script` against the listener at `address`. Raises DialogueError at the first miss.

    `kept` gives the messages in the spool, oldest first.
    """
    player = _Player(address, kept)
    try:
        for number, line in enumerate(script.read_text("utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                try:
                    player.step(line)
                except (AssertionError, OSError) as error:
                    raise DialogueError(f"{script.name}:{number}: {line}\n  {error}") from error
    finally:
        player.close()


def octets(text: str) -> bytes:
    """The text of a step with its escapes undone."""

    def undo(found: re.Match[bytes]) -> bytes:
        return bytes([int(found[1], 16)]) if found[1] else _NAMED[found[2]]

    return _ESCAPE.sub(undo, text.encode("utf-8"))


class _Player:
    def __init__(self, address: tuple[str, int], kept: Callable[[], Sequence[Item]]) -> None:
        self._socket = socket.create_connection(address, timeout=_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._kept = kept
        self._held = self._read = b""
        self._reply: list[bytes] = []

    def close(self) -> None:
        self._socket.close()

    def step(self, line: str) -> None:
        if line.startswith("@"):
            times, _, line = line[1:].partition(" ")
            for _ in range(int(times)):
                self.step(line)
            return
        word, _, text = line.partition(" ")
        match word:
            case "C:" | "C>":
                self._send(octets(text) + (b"\r\n" if word == "C:" else b""))
            case "C+":
                self._held += octets(text) + b"\r\n"
            case "C*":
                times, _, text = text.partition(" ")
                self._send(octets(text) * int(times))
            case "S:" | "S=" | "S!":
                self._expect(word, octets(text))
            case "TLS":
                context = ssl._create_unverified_context()  # noqa: S323 - a test's certificate
                self._socket = context.wrap_socket(self._socket)
            case "HALF":
                self._socket.shutdown(socket.SHUT_WR)
            case "LEAVE":
                self.close()
            case "RESET":
                now = struct.pack("ii", 1, 0)
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
                self.close()
            case "CLOSED":
                self._expect_close()
            case "KEPT":
                self._expect_kept(int(text))
            case "RAW" | "FROM" | "TO":
                self._expect_last(word, text)
            case _:
                raise AssertionError(f"no such step: {word}")

    def _send(self, data: bytes) -> None:
        held, self._held = self._held, b""
        self._socket.sendall(held + data)

    def _line(self) -> bytes:
        while b"\r\n" not in self._read:
            more = self._socket.recv(65536)
            if not more:
                raise AssertionError(f"closed; unfinished: {self._read!r}")
            self._read += more
        line, _, self._read = self._read.partition(b"\r\n")
        return line

    def _expect(self, word: str, text: bytes) -> None:
        if word == "S:":
            self._reply = [self._line()]
            while self._reply[-1][3:4] == b"-":
                self._reply.append(self._line())
            assert self._reply[-1].startswith(text), f"came: {self._reply}"  # noqa: S101
        else:
            found = text in [line[4:] for line in self._reply]
            assert found == (word == "S="), f"came: {self._reply}"  # noqa: S101

    def _expect_close(self) -> None:
        try:
            rest = self._read + self._socket.recv(65536)
        except ConnectionResetError:
            rest = self._read
        assert not rest, f"came: {rest!r}"  # noqa: S101

    def _expect_kept(self, number: int) -> None:
        end = time.monotonic() + _SECONDS
        while (found := len(self._kept())) < number and time.monotonic() < end:
            time.sleep(0.005)
        assert found == number, f"kept: {found}"  # noqa: S101

    def _expect_last(self, word: str, text: str) -> None:
        item = self._kept()[-1]
        if word == "RAW":
            assert item.raw == octets(text), f"kept: {item.raw[:300]!r}"  # noqa: S101
        elif word == "FROM":
            sender = item.envelope.mail_from
            assert sender == (None if text == "-" else text), f"kept: {sender}"  # noqa: S101
        else:
            rcpt_tos = list(item.envelope.rcpt_tos)
            assert rcpt_tos == text.split(), f"kept: {rcpt_tos}"  # noqa: S101
