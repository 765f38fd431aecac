"""Mail at the fastest: 20 connections at once, 4 KB a message, each message on a connection of its
own or many on one.

Postfix's smtp-source does it where it is installed, because it costs the machine least; else this
module, as a process of its own: `python -m tests.bench.smtpload HOST:PORT RECIPIENT MESSAGES [-d]`.
All servers of a run get the same one.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time

from tests.bench.corpus import PROJECT

CONNECTIONS = 20
OCTETS = 4096
_SENDER = "ana@union.example"


def tool() -> str:
    """What makes the load on this machine."""
    return "smtp-source" if shutil.which("smtp-source") else "tests.bench.smtpload"


def load(port: int, recipient: str, messages: int, *, reuse: bool) -> float:
    """Seconds until the last message has its 250. Raises CalledProcessError when one is refused."""
    more = ["-d"] if reuse else []
    if shutil.which("smtp-source"):
        command = [
            "smtp-source",
            *more,
            "-s",
            str(CONNECTIONS),
            "-l",
            str(OCTETS),
            "-m",
            str(messages),
            "-f",
            _SENDER,
            "-t",
            recipient,
            f"inet:127.0.0.1:{port}",
        ]
    else:
        command = [
            sys.executable,
            "-m",
            "tests.bench.smtpload",
            f"127.0.0.1:{port}",
            recipient,
            str(messages),
            *more,
        ]
    started = time.perf_counter()
    subprocess.run(command, check=True, cwd=PROJECT, stdin=subprocess.DEVNULL)
    return time.perf_counter() - started


class _Client:
    """One connection at a time, from a shared count of messages to send."""

    def __init__(self, address: tuple[str, int], recipient: str, reuse: bool) -> None:
        self._address, self._recipient, self._reuse = address, recipient, reuse
        line = b"X" * 76 + b"\r\n"
        self._body = line * (OCTETS // len(line))

    async def send(self, left: list[int]) -> None:
        while left:
            reader, writer = await asyncio.open_connection(*self._address)
            await _answer(reader, b"220")
            await self._say(reader, writer, b"HELO bench.example", b"250")
            while left:
                await self._message(reader, writer, left.pop())
                if not self._reuse:
                    break
            await self._say(reader, writer, b"QUIT", b"221")
            writer.close()

    async def _message(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        await self._say(reader, writer, f"MAIL FROM:<{_SENDER}>".encode(), b"250")
        await self._say(reader, writer, f"RCPT TO:<{self._recipient}>".encode(), b"250")
        await self._say(reader, writer, b"DATA", b"354")
        head = (
            f"From: <{_SENDER}>\r\nTo: <{self._recipient}>\r\nSubject: load {number}\r\n"
            f"Message-ID: <{number}.{os.getpid()}.{time.time_ns()}@bench.example>\r\n\r\n"
        )
        writer.write(head.encode() + self._body)
        await self._say(reader, writer, b".", b"250")

    async def _say(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes, wanted: bytes
    ) -> None:
        writer.write(line + b"\r\n")
        await _answer(reader, wanted)


async def _answer(reader: asyncio.StreamReader, wanted: bytes) -> None:
    line = await reader.readline()
    while line[3:4] == b"-":
        line = await reader.readline()
    if not line.startswith(wanted):
        raise SystemExit(f"expected {wanted.decode()}, got {line.decode(errors='replace')}")


async def _all(host_port: str, recipient: str, messages: int, reuse: bool) -> None:
    host, _, port = host_port.rpartition(":")
    client = _Client((host, int(port)), recipient, reuse)
    left = list(range(messages))
    await asyncio.gather(*(client.send(left) for _ in range(CONNECTIONS)))


if __name__ == "__main__":
    asyncio.run(_all(sys.argv[1], sys.argv[2], int(sys.argv[3]), "-d" in sys.argv[4:]))
