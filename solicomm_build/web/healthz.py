"""`/healthz`, for a program that watches the hub: 200 and `ok`, or 503 and what is wrong.

It says nothing of people, so anybody may ask. Looked at once in a second at most, however many ask.
"""

from __future__ import annotations

import time

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from solicomm_build.foundation.hub import health
from solicomm_build.foundation.hub.config import Config

_KEPT = 1.0  # seconds


class Health:
    """Answers for one hub."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._at = float("-inf")
        self._said: list[str] = []

    async def answer(self, _request: Request) -> PlainTextResponse:
        """GET and HEAD."""
        if time.monotonic() - self._at >= _KEPT:
            self._at = time.monotonic()
            self._said = await run_in_threadpool(self._look)
        text = "\n".join(self._said or ["ok"])
        return PlainTextResponse(
            f"{text}\n", 503 if self._said else 200, {"Cache-Control": "no-store"}
        )

    def _look(self) -> list[str]:
        try:
            return health.troubles(self._config)
        except OSError as error:
            return [f"the hub's folder cannot be read: {error.strerror}"]
