"""Who answers readers on a machine of several whose pages are not known to be those of the hub, as
when etcd does not answer, or the machine has just begun: a child that shows what may be shown still
(web/nodes/apart.py), until the hub's own server is about to listen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from solicomm_build.cli.serving.children import Child
from solicomm_build.foundation.hub.cluster import lease, nodes
from solicomm_build.foundation.hub.config import Config

_PAUSE = 10.0  # seconds before one that failed is begun again, as where the address is taken
_LOOK = 0.2


class Apart:
    """That child of a machine. `start` begins one, and gives its number."""

    def __init__(self, config: Config, start: Callable[[], int]) -> None:
        self._config, self._child, self._due = config, Child(start), 0.0

    def look(self, *, is_away: bool) -> None:
        """Begins it where nobody else serves and there is something to show, or to say since etcd
        `is_away`; sees when it has ended."""
        if self._child.runs():
            self._due = lease.now() + _PAUSE
            return
        if lease.now() < self._due or _is_served(self._config):
            return
        if is_away or nodes.may_show(self._config):
            self._due = lease.now() + _PAUSE
            self._child.begin()

    def end(self) -> None:
        """At once. Safe to call again."""
        self._child.end()


def serve(config: Config) -> int:
    """Until it is asked to stop, or pages are made again of what this machine has followed; the
    exit code. Raises HubError. Blocking."""
    from solicomm_build.cli.stages import renewing, until_asked
    from solicomm_build.foundation.hub.certificates import Certificates
    from solicomm_build.web.nodes.apart import create_apart
    from solicomm_build.web.run import serve_web

    tls = Certificates(config)

    async def work(stop: asyncio.Event) -> None:
        renewing(tls)
        looking = asyncio.create_task(_look(config, stop))
        try:
            await serve_web(config, stop=stop, tls=tls, app=create_apart(config))
        finally:
            looking.cancel()

    asyncio.run(until_asked(work))
    return 0


async def _look(config: Config, stop: asyncio.Event) -> None:
    while not _is_served(config):
        await asyncio.sleep(_LOOK)
    stop.set()


def _is_served(config: Config) -> bool:
    """Whether the hub's own server listens, or is about to."""
    return nodes.has_pages(config) or nodes.has_web(config)
