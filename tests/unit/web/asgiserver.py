"""A server of HTTP at work on a loopback port, with an application of the tests' own, in the tests'
own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from solicomm_build.web.serving import server
from solicomm_build.web.serving.connection import Listening
from solicomm_build.web.serving.deadlines import Deadlines
from solicomm_build.web.serving.doors import Doors
from solicomm_build.web.serving.forwarded import Fronts
from solicomm_build.web.serving.keptanswers import Answers

START: Message = {"type": "http.response.start", "status": 200, "headers": []}


def body(octets: bytes, *, more: bool = False) -> Message:
    """A part of an answer's body."""
    return {"type": "http.response.body", "body": octets, "more_body": more}


async def say(send: Send, octets: bytes) -> None:
    """A whole answer."""
    length = [(b"content-length", b"%d" % len(octets))]
    await send({**START, "headers": length})
    await send(body(octets))


class Flooding:
    """An application that answers with 64 MiB; how many of them it has `sent`."""

    sent = 0

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send(START)
        for _ in range(64):
            await send(body(b"x" * (1 << 20), more=True))
            self.sent += 1
        await send(body(b""))


@dataclass
class Served:
    """A server at work; what its applications were asked."""

    port: int
    listening: Listening
    stop: asyncio.Event
    work: asyncio.Task[None]
    scopes: list[Scope] = field(default_factory=list)

    async def exchange(self, *parts: bytes) -> bytes:
        """All that is answered to these octets until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.05)
        with contextlib.suppress(ConnectionError):
            return await everything(reader, writer)
        return b""


async def everything(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """What comes until the server closes."""
    try:
        return await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def _served(
    app: ASGIApp, deadlines: Deadlines | None = None, *, quickly: bool = False
) -> AsyncIterator[Served]:
    """With `quickly`, what the page at `/` says may be answered from what is kept."""
    made: asyncio.Future[Served] = asyncio.get_running_loop().create_future()

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        (await made).scopes.append(scope)
        await app(scope, receive, send)

    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listening = Listening(noted, Doors(100), deadlines or Deadlines(), Fronts())
    stop, ready = asyncio.Event(), asyncio.Event()
    with tempfile.TemporaryDirectory() as root:
        Path(root, "index.html").write_bytes(b"answered")
        answers = Answers(noted, Path(root)) if quickly else None
        serving = server.serve(listening, listener, stop, ready.set, answers=answers)
        work = asyncio.create_task(serving)
        await ready.wait()
        found = Served(port, listening, stop, work)
        made.set_result(found)
        try:
            yield found
        finally:
            stop.set()
            await work


def run(app: ASGIApp, test: Callable[[Served], Coroutine[Any, Any, None]], **more: Any) -> None:
    """Serves the application while the test runs."""

    async def main() -> None:
        async with _served(app, **more) as found:
            await test(found)

    asyncio.run(main())


@contextlib.asynccontextmanager
async def connected(
    hub: Served,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Somebody who is connected and asks for nothing."""
    before = len(hub.listening.connections)
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    await until(lambda: len(hub.listening.connections) > before)
    try:
        yield reader, writer
    finally:
        writer.close()


async def until(holds: Callable[[], bool]) -> None:
    """Waits for it, a minute at most."""
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)
