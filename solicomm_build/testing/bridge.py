"""A real bridge on free loopback ports, in a thread of this process, over a folder of one's own."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.bridge.run import serve_bridge
from solicomm_build.foundation.hub.config import Config, Limits
from solicomm_build.foundation.maillog import MailLog, to_nobody
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.people.recipients import Directory

DOMAIN = "hub.example"


@dataclass(frozen=True, slots=True)
class RunningBridge:
    """Where it listens (host and port) and where it keeps; `stop` lets it finish and joins it."""

    config: Config
    smtp: tuple[str, int]
    lmtp: tuple[str, int]
    log: MailLog
    stop: Callable[[], None]

    @property
    def spool(self) -> Spool:
        return Spool(self.config.spool_in)

    def kept(self) -> list[Item]:
        """What the bridge has kept so far, in order."""
        spool = self.spool
        return [item for path in spool.pending() for item in spool.read(path)]


def hub_config(
    root: Path,
    *,
    conferences: Sequence[str] = ("organising",),
    limits: Limits | None = None,
    tls: tuple[Path, Path] | None = None,
) -> Config:
    """The Config of a hub in `root` with (empty) conferences, enough for the bridge."""
    config = Config(
        root=root,
        name="Test hub",
        domain=DOMAIN,
        url=f"https://{DOMAIN}",
        tls=tls,
        limits=limits or Limits(),
    )
    for conference in conferences:
        config.conference_repo(conference).mkdir(parents=True, exist_ok=True)
    return config


@contextlib.contextmanager
def running_bridge(
    config: Config,
    *,
    mailboxes: Callable[[], Container[str]] = frozenset,
    directory: Directory | None = None,
    log: MailLog | None = None,
) -> Iterator[RunningBridge]:
    """Serves SMTP and LMTP until the block ends; an error of the bridge is raised at the end."""
    up: queue.SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Event, list[tuple[str, int]]]]
    up, log, failed = queue.SimpleQueue(), log or to_nobody(), []

    async def serve() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        await serve_bridge(
            config,
            smtp=("127.0.0.1", 0),
            lmtp="127.0.0.1:0",
            stop=stop,
            mailboxes=mailboxes,
            directory=directory,
            log=log,
            ready=lambda names: up.put((loop, stop, [n for n in names if isinstance(n, tuple)])),
        )

    def work() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 - handed to the one who waits
            failed.append(error)

    thread = threading.Thread(target=work, name="bridge")
    thread.start()
    loop, event, (smtp, lmtp) = up.get(timeout=10)

    def stop() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(event.set)
        thread.join()

    try:
        yield RunningBridge(config, smtp, lmtp, log, stop)
    finally:
        stop()
    if failed:
        raise failed[0]
