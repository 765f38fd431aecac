"""Accepting connections until it is time to stop, and ending gently then."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

from solicomm_build.web.serving.connection import Connection, Listening
from solicomm_build.web.serving.keptanswers import Answers
from solicomm_build.web.serving.quick import Quick, QuickConnection

_GRACE = 5  # seconds for open answers to finish after the stop
_LOOK = 0.02  # seconds between two looks at whether they have
_BACKLOG = 2048  # connections that wait to be accepted


async def serve(
    listening: Listening,
    listener: socket.socket,
    stop: asyncio.Event,
    ready: Callable[[], None],
    *,
    context: ssl.SSLContext | None = None,
    answers: Answers | None = None,
) -> None:
    """Serves what comes to `listener`, over TLS with a `context`, until `stop` is set; `ready` is
    called when connections are accepted. With `answers`, pages come from there where they can.
    Answers that are open then get 5 seconds. Closes the listener.
    """
    quick = Quick(answers) if answers is not None else None

    def connection() -> asyncio.Protocol:
        return QuickConnection(listening, quick) if quick else Connection(listening)

    deadlines = listening.deadlines
    server = await asyncio.get_running_loop().create_server(
        connection,
        sock=listener,
        ssl=context,
        backlog=_BACKLOG,
        ssl_handshake_timeout=deadlines.head if context else None,
        ssl_shutdown_timeout=2 * deadlines.stall if context else None,  # a tail is on its way yet
    )
    try:
        ready()
        await stop.wait()
    finally:
        server.close()
        await _end(listening)


async def _end(listening: Listening) -> None:
    """Ends all connections, those too that were accepted a moment ago."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_GRACE):
            while listening.connections or listening.tasks:
                for connection in tuple(listening.connections):
                    connection.shutdown()
                await asyncio.sleep(_LOOK)
    for task in tuple(listening.tasks):
        task.cancel()
    for connection in tuple(listening.connections):
        connection.abort()
