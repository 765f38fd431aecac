"""Processes that make the tops of copies, one a core (docs/adr/0073-copies-made-apart.md).

Each is a copy of this process, begun before it has threads, and holds nothing else of it open. What
it is asked and what it answers goes through a socket (pickle, both ends are ours). It ends with
whoever began it. What one cannot make, or had in hand when it died, is told (`Gone`) and made
elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import pickle
import signal
import socket
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import IO, cast

from solicomm_build.courier.making.tops import Facts, Means, Top, Tops

_LENGTH = 4
"""Octets of the number before an answer: how long it is."""


class Gone(Exception):
    """No process makes it."""


class Children:
    """The processes of one hub. For a loop of asyncio; close it there."""

    def __init__(self, means: Means, count: int) -> None:
        """Begins them, or as many as the machine lets it. For a process without threads."""
        self._children: list[_Child] = []
        with contextlib.suppress(OSError):  # no room for another: what none makes is told
            for _ in range(count):
                self._children.append(_Child(means, [one.line for one in self._children]))

    async def connect(self) -> None:
        """Has the loop listen to them."""
        loop = asyncio.get_running_loop()
        for child in self._children:
            await loop.create_connection(partial(_itself, child), sock=child.line)

    def ask(self, of: Facts, numbers: Sequence[int]) -> asyncio.Future[list[Top]]:
        """Asks the one with the least in hand for the tops of a letter's copies. The future fails
        with Gone where it does not make them."""
        alive = [child for child in self._children if child.is_there]
        if not alive:
            future: asyncio.Future[list[Top]] = asyncio.get_running_loop().create_future()
            future.set_exception(Gone)
            return future
        return min(alive, key=lambda one: len(one.waiting)).ask(of, numbers)

    def close(self) -> None:
        """Ends them; what they have in hand is never made."""
        for child in self._children:
            child.close()
        self._children.clear()


class _Child(asyncio.Protocol):
    """One process, and this end of its line."""

    def __init__(self, means: Means, others: Sequence[socket.socket]) -> None:
        self.line, its = socket.socketpair()
        self.waiting: deque[asyncio.Future[list[Top]]] = deque()
        self._of: Facts | None = None
        self._answers = bytearray()
        self._transport: asyncio.Transport | None = None
        try:
            self._pid = os.fork()
        except OSError:
            self.line.close()
            its.close()
            raise
        if not self._pid:
            _live(means, its, [self.line, *others])
        its.close()
        self.is_there = True

    def ask(self, of: Facts, numbers: Sequence[int]) -> asyncio.Future[list[Top]]:
        if self._of is not of:
            self._of = of
            self._say(of)
        self._say(list(numbers))
        future: asyncio.Future[list[Top]] = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        return future

    def close(self) -> None:
        """Ends it. Whoever waits hears nothing more."""
        self.is_there = False
        self.waiting.clear()
        if self._transport is not None:
            self._transport.abort()
        self.line.close()
        if self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._pid, 0)
            self._pid = 0

    def _say(self, what: Facts | list[int]) -> None:
        assert self._transport is not None  # connect() was awaited  # noqa: S101
        self._transport.write(pickle.dumps(what, pickle.HIGHEST_PROTOCOL))

    # -- called by asyncio --------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._answers += data
        while len(self._answers) >= _LENGTH:
            end = _LENGTH + int.from_bytes(self._answers[:_LENGTH], "big")
            if len(self._answers) < end:
                return
            made = pickle.loads(self._answers[_LENGTH:end])  # noqa: S301 - from our own process
            del self._answers[:end]
            _settle(self.waiting.popleft(), made)

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self.is_there = False
        while self.waiting:
            _settle(self.waiting.popleft(), None)


def _itself(child: _Child) -> _Child:
    return child


def _settle(future: asyncio.Future[list[Top]], made: list[Top] | None) -> None:
    if future.done():
        return  # nobody waits for it any more
    if made is None:
        future.set_exception(Gone)
    else:
        future.set_result(made)


# -- in the other process ---------------------------------------------------------------------


def _live(means: Means, line: socket.socket, not_its: Sequence[socket.socket]) -> None:
    """Its whole life."""
    status = 1
    try:
        for one in not_its:
            one.detach()  # closed below, and not once more by their names here
        os.dup2(line.detach(), 0)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the courier decides when it ends
        gc.freeze()  # a collection would copy the pages that we share with our parent
        with os.fdopen(0, "rb", closefd=False) as asked:
            _serve(means, asked)
        status = 0
    except (BrokenPipeError, ConnectionResetError):
        status = 0  # nobody waits for it any more
    finally:
        os._exit(status)


def _serve(means: Means, asked: IO[bytes]) -> None:
    """Answers until the line ends. What it cannot make, whoever asked makes, and hears why."""
    of: Facts | None = None
    tops: Tops | None = None
    while True:
        try:
            what: Facts | list[int] = pickle.load(asked)  # noqa: S301 - from our own process
        except EOFError:
            return
        if isinstance(what, Facts):
            of, tops = what, None
            continue
        assert of is not None  # a letter's facts come before its numbers  # noqa: S101
        made: list[Top] | None = None
        with contextlib.suppress(Exception):
            tops = tops or Tops(means, of)
            made = tops.made(what)
        answer = pickle.dumps(made, pickle.HIGHEST_PROTOCOL)
        _write(len(answer).to_bytes(_LENGTH, "big") + answer)


def _write(octets: bytes) -> None:
    view = memoryview(octets)
    while view:
        view = view[os.write(0, view) :]
