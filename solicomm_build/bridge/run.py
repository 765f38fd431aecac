"""The bridge as a process: listeners up, mail in, a clean stop.

On the stop no new connection is taken; messages whose last dot has come are written and answered,
everybody else hears 421 4.3.2 (RFC 5321 3.8).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Container, Iterator, Sequence
from pathlib import Path

from solicomm_build.bridge.groupcommit import GroupCommit
from solicomm_build.bridge.handler import Handler
from solicomm_build.bridge.routing import route_of
from solicomm_build.bridge.server import LMTP, SMTP
from solicomm_build.bridge.service import Service
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.certificates import Certificates
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import incoming
from solicomm_build.people.recipients import Directory, HubDirectory

_BACKLOG = 256
_ACCEPT_STEPS = 5  # of the event loop, from accept to connection_made and one to spare
HostPort = tuple[str, int]
Ready = Callable[[Sequence[HostPort | str]], None]


async def serve_bridge(
    config: Config,
    *,
    smtp: HostPort | None,
    lmtp: str | None,
    stop: asyncio.Event,
    mailboxes: Callable[[], Container[str]] = frozenset,
    directory: Directory | None = None,
    log: maillog.MailLog | None = None,
    ready: Ready | None = None,
    tls: Certificates | None = None,
) -> None:
    """Takes mail by SMTP at `smtp` and by LMTP at `lmtp` (HOST:PORT or unix:PATH) until `stop`.

    `mailboxes` gives the local parts of members' mailboxes (see HubDirectory), or `directory`
    knows all addresses. `ready` is called with the addresses once they listen, port 0 resolved;
    the bell of the spool rings for every file. Raises HubError when an address cannot be had.
    """
    log = log or maillog.to_stderr()
    limits = config.limits
    spool = incoming.of(config)
    spool.sweep()
    directory = directory or HubDirectory(config.domain, config.conferences, mailboxes)
    commit = GroupCommit(
        spool,
        log,
        free_percent=limits.free_disk_percent,
        most_files=limits.spool_files,
        route=route_of(config, directory),
        spool_of=lambda cell: incoming.of(config.in_cell(cell)),
    )
    handler = Handler(directory, commit, spool, log, line_octets=limits.line_bytes, bounds=limits)
    service = Service(
        handler, limits, config.domain, (tls or Certificates(config)).context, config.mail_fronts
    )
    servers = await _listen(service, smtp, lmtp)
    try:
        names = [_name(server) for server in servers]
        log.event("bridge-up", listeners=" ".join(map(_shown, names)))
        if ready is not None:
            ready(names)
        await stop.wait()
    finally:
        await _accept_no_more(servers)
        await service.stop()
        await commit.close()
        if lmtp is not None and lmtp.startswith("unix:"):
            Path(lmtp.removeprefix("unix:")).unlink(missing_ok=True)
        log.event("bridge-down")


def run_bridge(
    config: Config,
    *,
    smtp: HostPort | None,
    lmtp: str | None,
    directory: Directory | None = None,
    log: maillog.MailLog | None = None,
    ready: Ready | None = None,
) -> None:
    """`serve_bridge` as the work of this process, until SIGTERM or SIGINT. Blocking."""

    async def work() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await serve_bridge(
            config, smtp=smtp, lmtp=lmtp, stop=stop, directory=directory, log=log, ready=ready
        )

    asyncio.run(work())


async def _listen(
    service: Service, smtp: HostPort | None, lmtp: str | None
) -> list[asyncio.Server]:
    loop = asyncio.get_running_loop()
    servers: list[asyncio.Server] = []
    if smtp is not None:
        with _wanted(f"{smtp[0]}:{smtp[1]}", "smtp"):
            servers.append(await loop.create_server(lambda: SMTP(service), *smtp, backlog=_BACKLOG))
    if lmtp is not None:
        with _wanted(lmtp, "lmtp"):
            servers.append(await _listen_lmtp(service, lmtp))
    return servers


@contextlib.contextmanager
def _wanted(address: str, key: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # asyncio's own words repeat the address
        why = os.strerror(error.errno) if error.errno else str(error)
        raise HubError(
            f"Cannot listen on {address}: {why}. "
            f"Stop what uses it, or choose another address: `{key}:` in hub.yaml, or --{key}."
        ) from error


async def _listen_lmtp(service: Service, lmtp: str) -> asyncio.Server:
    if lmtp.startswith("unix:"):
        return await _listen_unix(service, Path(lmtp.removeprefix("unix:")))
    host, _, port = lmtp.rpartition(":")
    return await asyncio.get_running_loop().create_server(
        lambda: LMTP(service), host.strip("[]"), int(port), backlog=_BACKLOG
    )


async def _accept_no_more(servers: Sequence[asyncio.Server]) -> None:
    """Closes the listeners once asyncio is done with the connections it has just accepted.

    Closed at once, it would lose hold of these (Server._attach fails in Python 3.11).
    """
    loop = asyncio.get_running_loop()
    for server in servers:
        for listener in server.sockets:
            loop.remove_reader(listener.fileno())
    for _ in range(_ACCEPT_STEPS):
        await asyncio.sleep(0)
    for server in servers:
        server.close()


async def _listen_unix(service: Service, path: Path) -> asyncio.Server:
    """The mail server's user must reach the socket, so its mode is 0660 and its folder decides."""
    loop = asyncio.get_running_loop()
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    server = await loop.create_unix_server(lambda: LMTP(service), str(path), backlog=_BACKLOG)
    os.chmod(path, 0o660)
    return server


def _name(server: asyncio.Server) -> HostPort | str:
    name = server.sockets[0].getsockname()
    return name if isinstance(name, str) else (name[0], name[1])


def _shown(name: HostPort | str) -> str:
    return f"unix:{name}" if isinstance(name, str) else f"{name[0]}:{name[1]}"
