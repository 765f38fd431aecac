"""A mail server that takes everything, keeps nothing and knows when: `tests.bench.mailsink PORT`.

Like Postfix's smtp-sink, with PIPELINING, and it says when the first and the last message of a run
came. A line on its standard input asks for that; the answer is one line of JSON, and the count
begins anew. What is no copy of a list's post, as a hub's own letters, is taken and not counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from solicomm_build.testing.ports import free_port
from tests.bench.corpus import PROJECT
from tests.bench.hub import await_port

_OFFERS = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 0\r\n"
_END = b"\r\n.\r\n"
_OF_LIST = b"-bounces"
"""In the reverse-path of a copy, of ours and of Mailman's."""


@dataclass(frozen=True, slots=True)
class Taken:
    """So many messages, to so many addresses; times in seconds since 1970."""

    messages: int
    addresses: int
    first: float
    last: float


class Sink:
    """The running sink, as its parent sees it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process, self.port = process, port

    def taken(self) -> Taken:
        """What came since the last time."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the sink has no pipes")
        self._process.stdin.write("?\n")
        self._process.stdin.flush()
        return Taken(**json.loads(self._process.stdout.readline()))

    def take(self, messages: int, *, seconds: float = 120) -> Taken:
        """Waits for so many messages. Raises TimeoutError."""
        end, total = time.monotonic() + seconds, Taken(0, 0, 0.0, 0.0)
        while total.messages < messages:
            if time.monotonic() > end:
                raise TimeoutError(f"{total.messages} of {messages} came in {seconds:.0f} s")
            time.sleep(0.05)
            more = self.taken()
            total = Taken(
                total.messages + more.messages,
                total.addresses + more.addresses,
                total.first or more.first,
                more.last or total.last,
            )
        return total


@contextlib.contextmanager
def mailsink() -> Iterator[Sink]:
    """Runs it."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.mailsink", str(port)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        await_port(port, process)
        yield Sink(process, port)
    finally:
        process.terminate()
        process.communicate()


class _Counts:
    def __init__(self) -> None:
        self.messages, self.first, self.last = 0, 0.0, 0.0
        self.addresses: set[bytes] = set()

    def take(self, is_copy: bool) -> None:
        """A message came."""
        if is_copy:
            self.messages += 1
            self.last = time.time()
            self.first = self.first or self.last

    def answer(self) -> None:
        """Says what came, in JSON, and forgets it."""
        if not sys.stdin.readline():
            return
        facts = {
            "messages": self.messages,
            "addresses": len(self.addresses),
            "first": self.first,
            "last": self.last,
        }
        print(json.dumps(facts), flush=True)
        self.__init__()  # type: ignore[misc]


class _Session(asyncio.Protocol):
    def __init__(self, counts: _Counts) -> None:
        self._counts, self._rest, self._in_text = counts, b"", False
        self._is_copy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._rest += data
        answers: list[bytes] = []
        while (end := self._rest.find(_END if self._in_text else b"\r\n")) >= 0:
            if self._in_text:
                self._rest, self._in_text = self._rest[end + len(_END) :], False
                self._counts.take(self._is_copy)
                answers.append(b"250 2.0.0 gone\r\n")
            else:
                line, self._rest = self._rest[:end], self._rest[end + 2 :]
                answers.append(self._command(line))
        self._transport.write(b"".join(answers))
        if answers and answers[-1].startswith(b"221"):
            self._transport.close()

    def _command(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"EHLO":
            return _OFFERS
        if verb == b"DATA":
            self._in_text = True
            return b"354 go\r\n"
        if verb == b"MAIL":
            self._is_copy = _OF_LIST in line
        if verb == b"RCPT" and self._is_copy:
            self._counts.addresses.add(line)
        return b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n"


async def _serve(port: int) -> None:
    counts, loop = _Counts(), asyncio.get_running_loop()
    loop.add_reader(sys.stdin, counts.answer)
    server = await loop.create_server(lambda: _Session(counts), "127.0.0.1", port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
