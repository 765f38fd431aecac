"""aiosmtpd with an empty handler, the least a server on it can do: `-m tests.bench.blackhole PORT`.

It takes every message, keeps none and says 250.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from solicomm_build.testing.ports import free_port
from tests.bench.corpus import PROJECT
from tests.bench.hub import await_port


class _Empty:
    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:
        return "250 2.0.0 gone"


@contextlib.contextmanager
def blackhole() -> Iterator[int]:
    """Runs it; gives its port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.blackhole", str(port)], cwd=PROJECT
    )
    try:
        await_port(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


async def _serve(port: int) -> None:
    from aiosmtpd.smtp import SMTP

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(_Empty(), hostname="bench.example", loop=loop), "127.0.0.1", port, backlog=512
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
