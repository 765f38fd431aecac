"""Runs the web server of one hub, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

from starlette.applications import Starlette

from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.certificates import Certificates
from solicomm_build.foundation.hub.config import Config, named
from solicomm_build.web.app import create_app
from solicomm_build.web.hooks import beside
from solicomm_build.web.serving.connection import Listening
from solicomm_build.web.serving.deadlines import Deadlines
from solicomm_build.web.serving.doors import Doors, Listener
from solicomm_build.web.serving.forwarded import Fronts
from solicomm_build.web.serving.keptanswers import Answers
from solicomm_build.web.serving.server import serve

_FILES = 4096
DEADLINES = Deadlines()


_made: list[tuple[Config, Starlette]] = []


def prepare(config: Config) -> None:
    """Makes the hub's application for a process that is forked from here and serves it: to make it
    there would copy 7 MiB of what processes share, where Python counts references to all it looks
    at. It has nothing open yet."""
    _made[:] = [(config, create_app(config))]


def _prepared(config: Config, is_node: bool) -> Starlette | None:
    return next((app for whose, app in _made if whose is config and not is_node), None)


async def serve_web(
    config: Config,
    *,
    stop: asyncio.Event,
    http: tuple[str, int] | None = None,
    ready: Callable[[tuple[str, int]], None] | None = None,
    beside_ready: Callable[[tuple[str, int]], None] | None = None,
    tls: Certificates | None = None,
    is_node: bool = False,
    app: Starlette | None = None,
) -> None:
    """Serves `config.public` and git until `stop` is set; running answers get 5 seconds to finish.

    `http` (host, port) overrides the configured listener; port 0 takes a free one. `ready` is
    called with the bound address once connections are accepted. With a certificate in the
    configuration, and not `web: off` beside it, it speaks HTTPS. Listeners that features want
    beside it are served until it ends. A machine without cell 0 `is_node`. Another `app` is served
    in place of the hub's, with nothing beside it. Raises HubError when the address is not to be
    had.
    """
    context = (tls or Certificates(config)).context if config.tls_on_web else None
    is_hub = app is None
    app = app or _prepared(config, is_node) or create_app(config, is_node=is_node)
    _raise_files()
    doors = Doors(config.limits.connections_per_ip, config.fronts)
    is_kept = is_hub and config.pages is None  # else addresses need the Host field, too
    answers = Answers(app, config.public) if is_kept else None
    with _bound(config, http or config.http, doors) as listener, contextlib.ExitStack() as held:
        for resource in app.state.held:
            held.enter_context(contextlib.closing(resource))
        more = _beside(config, doors, context, beside_ready)
        async with more if is_hub else contextlib.nullcontext():
            await serve(
                _listening(config, app, doors, context),
                listener,
                stop,
                partial(_tell, ready, listener),
                context=context,
                answers=answers,
            )


@contextlib.asynccontextmanager
async def _beside(
    config: Config,
    doors: Doors,
    context: ssl.SSLContext | None,
    ready: Callable[[tuple[str, int]], None] | None,
) -> AsyncIterator[None]:
    """Serves meanwhile what features want to have an origin of its own."""
    stop, servers = asyncio.Event(), list[asyncio.Task[None]]()
    with contextlib.ExitStack() as held:
        for address, app in beside(config):
            listener = held.enter_context(_bound(config, address, doors))
            listening = _listening(config, app, doors, context)
            told = partial(_tell, ready, listener)
            work = serve(listening, listener, stop, told, context=context)
            servers.append(asyncio.create_task(work))
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*servers)


def _tell(ready: Callable[[tuple[str, int]], None] | None, listener: socket.socket) -> None:
    if ready is not None:
        ready(listener.getsockname()[:2])


def _listening(
    config: Config, app: Starlette, doors: Doors, context: ssl.SSLContext | None
) -> Listening:
    scheme = "https" if context is not None else "http"
    return Listening(app, doors, DEADLINES, Fronts(config.fronts), scheme)


@contextlib.contextmanager
def _bound(config: Config, address: tuple[str, int], doors: Doors) -> Iterator[socket.socket]:
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named so that asyncio knows the sockets for TCP and sets TCP_NODELAY: without
    # it an answer on a kept connection waits 40 ms for the client's acknowledgement.
    with Listener(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.doors = doors
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if config.cluster.divided:  # the server of cell 0 listens before the other one here ends
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise HubError(
                f"Cannot listen on {named((host, port))}: {error.strerror}. "
                "Stop what uses it, or choose another address: `http:` in hub.yaml, or --http."
            ) from error
        yield listener


def _raise_files() -> None:
    """As many open files as the system lets us have: each connection is one (getrlimit(2))."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
