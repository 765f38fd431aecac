"""Machines that help with full builds, found by Dask. The only module that knows `distributed`.

    solicomm build --full ─TLS─→ scheduler ─TLS─→ a worker on each machine ─pipe─→ helper.py

Whoever reaches a scheduler of Dask can have programs run. So all of them speak TLS alone, and each
shows the one certificate in `private/keys/build.pem`, which the machines of a hub share and no
other one is signed by. Dask is asked for little: who is there, and to run one function on one
machine. Who does what is decided here, so that a machine which died, is slow or has another version
can be named, and its work given to another.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from solicomm_build.builder.hands import bench
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config

CERTIFICATE = "build.pem"
"""In the hub's keys: what its machines show each other."""
CONNECT = 10.0
"""Seconds until a scheduler that does not answer is thought away."""
_CLOSE = 5.0
"""Seconds that a worker has to say goodbye."""
AT_ONCE = 2
"""Pieces that a machine has: the second comes while the first is being made."""


def work(config: Config, stop: Callable[[], bool]) -> None:
    """Helps until it is asked to stop. Raises HubError. Blocking."""
    configure()
    helped = bench.begin(config.root)
    helped.ask("code", ())  # all is loaded before somebody waits for it

    async def run() -> None:
        worker = dask().Worker(
            address(config),
            name=config.cluster.node or None,
            nthreads=AT_ONCE,
            memory_limit=0,
            security=security(config),
            host=None,
            dashboard=False,
            dashboard_address="127.0.0.1:0",
            local_directory=str(config.state / "dask"),
            death_timeout=None,
        )
        starting = asyncio.ensure_future(worker.start())  # it waits for who is not there yet
        ended = (dask().Status.closed, dask().Status.failed)
        while not stop() and worker.status not in ended:
            if starting.done() and (fault := starting.exception()):
                raise HubError(f"nobody answers at {address(config)}: {fault}") from fault
            await asyncio.sleep(0.2)
        starting.cancel()
        if worker.status == dask().Status.running:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(worker.close(timeout=_CLOSE), 2 * _CLOSE)

    try:  # asyncio.run would wait for what of Dask asks a scheduler that is gone, without end
        asyncio.new_event_loop().run_until_complete(run())
    finally:
        helped.close()


def schedule(config: Config, stop: Callable[[], bool]) -> None:
    """Brings those that help and those that build together, until it is asked to stop. Raises
    HubError. Blocking."""
    configure()
    host, _, port = address(config).removeprefix("tls://").rpartition(":")

    async def run() -> None:
        scheduler = dask().Scheduler(
            host=host,
            port=int(port),
            protocol="tls",
            security=security(config),
            dashboard=False,
            dashboard_address="127.0.0.1:0",
        )
        async with scheduler:
            while not stop():
                await asyncio.sleep(0.2)

    asyncio.run(run())


def dask() -> Any:
    """The library, which is an extra of the program."""
    import distributed

    return distributed


def configure() -> None:
    """Nothing answers but for Dask itself, and pickles are of our own machines. It looks at itself
    seldom: as it comes, whoever waits for work takes a twentieth of a processor."""
    from dask import config

    config.set(
        {
            "distributed.scheduler.http.routes": [],
            "distributed.worker.http.routes": [],
            "distributed.admin.large-graph-warning-threshold": "1GB",
            "distributed.comm.timeouts.connect": f"{CONNECT:.0f}s",
            "distributed.worker.profile.enabled": False,
            "distributed.admin.tick.interval": "1s",
            "distributed.admin.system-monitor.interval": "10s",
            "distributed.admin.system-monitor.disk": False,
        }
    )


def address(config: Config) -> str:
    """Where they meet. Raises HubError when hub.yaml does not say."""
    if not config.cluster.dask:
        raise HubError(
            "hub.yaml names no machine where those that help meet. "
            "Add `build: {dask: tls://n1.example:8786}` to `cluster`"
        )
    return config.cluster.dask


def security(config: Config) -> Any:
    """What Dask needs to trust the hub's machines alone. Raises HubError."""
    file = config.keys / CERTIFICATE
    if not file.exists():
        raise HubError(f"{file} is not there. Run `solicomm workers key`, and copy it to each")
    if file.stat().st_mode & 0o077:
        raise HubError(f"others may read {file}. Say `chmod 600 {file}`")
    roles = ("client", "scheduler", "worker")
    return dask().Security(
        require_encryption=True,
        tls_ca_file=str(file),
        **{f"tls_{role}_cert": str(file) for role in roles},
    )
