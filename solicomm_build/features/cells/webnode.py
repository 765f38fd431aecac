"""Serves the web on a machine without cell 0, until that comes here: then the web server of cell 0
does, which may write to the hub's files."""

from __future__ import annotations

import asyncio
import contextlib
import time

from solicomm_build.cli.stages import renewing, until_asked
from solicomm_build.foundation.hub import privatefile
from solicomm_build.foundation.hub.certificates import Certificates
from solicomm_build.foundation.hub.cluster import nodes
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.liveness import NODE, Pulse
from solicomm_build.web.run import serve_web

_LOOK = 1.0  # seconds between looks
_SOON = 0.2  # seconds between looks whether pages are made
_LATE = 30.0  # seconds after which a server that has begun here is believed without a ring


def serve(config: Config) -> None:
    """Until it is asked to stop, or the other one serves here; once pages are made of what this
    machine has followed. Raises HubError. Blocking."""
    pulse = Pulse(config.state, NODE)
    if nodes.has_web(config):
        return
    privatefile.only_look()
    tls = Certificates(config)

    async def work(stop: asyncio.Event) -> None:
        renewing(tls)
        looking = asyncio.create_task(_look(config, stop))
        try:
            while not (stop.is_set() or nodes.has_pages(config)):
                await asyncio.sleep(_SOON)
            if not stop.is_set():
                await serve_web(config, stop=stop, tls=tls, is_node=True)
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking

    asyncio.run(until_asked(work, pulse))


async def _look(config: Config, stop: asyncio.Event) -> None:
    """Has this server end when the other one listens."""
    bell, since = nodes.bell(config.state), float("inf")
    while not stop.is_set():
        rang = await asyncio.to_thread(bell.wait, _LOOK)
        if not nodes.has_web(config):
            since = float("inf")
            continue
        since = min(since, time.monotonic())
        if rang or time.monotonic() - since > _LATE:
            stop.set()
