"""Runs the web server of one hub with uvicorn, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

import uvicorn
from starlette.applications import Starlette

from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.certificates import Certificates
from solicomm_build.foundation.hub.config import Config, named
from solicomm_build.web import quick, watched
from solicomm_build.web.app import create_app
from solicomm_build.web.doors import Doors, Listener
from solicomm_build.web.hooks import beside
from solicomm_build.web.watched import Deadlines

_GRACE = 5  # seconds for open answers to finish after the stop
_CONNECTIONS = 1000  # at once; one more gets 503
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
    http: tuple[str, int] | None = None,
    stop: asyncio.Event | None = None,
    ready: Callable[[tuple[str, int]], None] | None = None,
    beside_ready: Callable[[tuple[str, int]], None] | None = None,
    tls: Certificates | None = None,
    is_node: bool = False,
    app: Starlette | None = None,
) -> None:
    """Serves `config.public` and git until `stop` is set; running answers get 5 seconds to finish.

    `http` (host, port) overrides the configured listener; port 0 takes a free one. `ready` is
    called with the bound address once connections are accepted. With a certificate in the
    configuration, and not `web: off` beside it, it speaks HTTPS. With a `stop`, signals are the
    caller's affair; without one, SIGTERM and SIGINT end it just as gently. Listeners that
    features want beside it are served until it ends. A machine without cell 0 `is_node`. Another
    `app` is served in place of the hub's, with nothing beside it. Raises HubError when the address
    is not to be had.
    """
    host, port = http or config.http
    context = (tls or Certificates(config)).context if config.tls_on_web else None
    is_hub = app is None
    app = app or _prepared(config, is_node) or create_app(config, is_node=is_node)
    _raise_files()
    doors = Doors(config.limits.connections_per_ip, config.fronts)
    with _bound(config, (host, port), doors) as listener, contextlib.ExitStack() as held:
        for resource in app.state.held:
            held.enter_context(contextlib.closing(resource))
        server = _Server(_settings(config, app, doors, context, pages=is_hub))
        server.handles_signals = stop is None
        server.on_started = partial(_tell, ready, listener)
        stopping = asyncio.create_task(_pass_on(stop, server)) if stop else None
        try:
            more = _beside(config, doors, context, beside_ready)
            async with more if is_hub else contextlib.nullcontext():
                await server.serve(sockets=[listener])
        finally:
            if stopping:
                stopping.cancel()


@contextlib.asynccontextmanager
async def _beside(
    config: Config,
    doors: Doors,
    context: ssl.SSLContext | None,
    ready: Callable[[tuple[str, int]], None] | None,
) -> AsyncIterator[None]:
    """Serves meanwhile what features want to have an origin of its own."""
    servers: list[asyncio.Task[None]] = []
    stopping: list[_Server] = []
    with contextlib.ExitStack() as held:
        for address, app in beside(config):
            listener = held.enter_context(_bound(config, address, doors))
            server = _Server(_settings(config, app, doors, context))
            server.handles_signals = False
            server.on_started = partial(_tell, ready, listener)
            stopping.append(server)
            servers.append(asyncio.create_task(server.serve(sockets=[listener])))
        try:
            yield
        finally:
            for server in stopping:
                server.should_exit = True
            await asyncio.gather(*servers)


def _tell(ready: Callable[[tuple[str, int]], None] | None, listener: socket.socket) -> None:
    if ready is not None:
        ready(listener.getsockname()[:2])


class _Server(uvicorn.Server):
    """uvicorn, with its taking of signals optional and a word when it is up."""

    handles_signals = True
    on_started: Callable[[], None]

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals() if self.handles_signals else contextlib.nullcontext():
            yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.on_started()


def _settings(
    config: Config,
    app: Starlette,
    doors: Doors,
    context: ssl.SSLContext | None,
    *,
    pages: bool = False,
) -> uvicorn.Config:
    """`pages` is whether the application serves `public/` at addresses that need no Host field."""
    certificate, key = config.web_tls or (None, None)
    fronts = ["127.0.0.1", "::1", *config.fronts]
    http: type[asyncio.Protocol] = watched.protocol(doors, DEADLINES)
    if pages and config.pages is None:
        http = quick.protocol(app, config.public, watched.protocol(doors, DEADLINES), fronts)
    found = uvicorn.Config(
        app,
        http=http,
        lifespan="off",
        access_log=False,  # who reads what is nobody's affair
        log_config=None,
        server_header=False,
        # whoever stands in front says who asks; nobody else is believed
        forwarded_allow_ips=fronts,
        ws="none",
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=_GRACE,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    found.load()
    found.ssl = context  # ours, which is renewed while it runs
    return found


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


async def _pass_on(stop: asyncio.Event, server: uvicorn.Server) -> None:
    await stop.wait()
    server.should_exit = True
