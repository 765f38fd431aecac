"""`/metrics`, for programs on this machine: only with `metrics: loopback` in hub.yaml.

A web server in front is a program on this machine, too, so a request that somebody passed on, or
that names another host than this machine, is answered as if nothing were here.
"""

from __future__ import annotations

import asyncio

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from solicomm_build.features.metrics import prometheus
from solicomm_build.features.metrics.measures import measure
from solicomm_build.foundation.hub.config import Config
from solicomm_build.web.healthz import is_here


class Metrics:
    """Answers GET /metrics. One look at the hub at a time."""

    def __init__(self, config: Config) -> None:
        self._config, self._lock = config, asyncio.Lock()

    async def answer(self, request: Request) -> Response:
        """The numbers, without any domain of a member; 404 for everybody who is not here."""
        if not self._config.metrics or not is_here(request):
            return PlainTextResponse("Not found\n", 404)
        async with self._lock:
            found = await run_in_threadpool(measure, self._config)
        headers = {"content-type": prometheus.CONTENT_TYPE, "cache-control": "no-store"}
        return Response(prometheus.text(found), headers=headers)
