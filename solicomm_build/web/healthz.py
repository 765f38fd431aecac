"""`/healthz`, for a program that watches the hub: 200 and `ok`, or 503 and what is wrong.

It says nothing of people, so anybody may ask; `/healthz?all` adds numbers for who asks from this
machine, and for nobody else. Looked at once in a second at most, however many ask.
`/healthz?home` is for a proxy that looks for the machine of a divided hub that has cell 0: the
others answer 404.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import time
from collections.abc import Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from solicomm_build.foundation.hub import health
from solicomm_build.foundation.hub.cluster import nodes
from solicomm_build.foundation.hub.config import Config

_KEPT = 1.0  # seconds


class Health:
    """Answers for one hub."""

    def __init__(self, config: Config, *, is_node: bool = False) -> None:
        self._config, self._is_node = config, is_node
        self._at, self._looking = float("-inf"), asyncio.Lock()
        self._said: list[str] = []
        self._numbers: list[str] = []

    async def answer(self, request: Request) -> PlainTextResponse:
        """GET and HEAD."""
        if self._is_node and request.url.query == "home":
            nothing = {"Cache-Control": "no-store"}
            return PlainTextResponse("cell 0 is another machine's\n", 404, nothing)
        await self._look_again()
        lines = self._said or ["ok"]
        if request.url.query == "all" and is_here(request):
            lines = [*lines, *self._numbers]
        text = "\n".join(lines)
        return PlainTextResponse(
            f"{text}\n", 503 if self._said else 200, {"Cache-Control": "no-store"}
        )

    async def _look_again(self) -> None:
        """Looks when it is time. Who asks meanwhile hears what was found before; of the first look
        everybody waits for the end."""
        is_first = self._at == float("-inf")
        if time.monotonic() - self._at < _KEPT or (self._looking.locked() and not is_first):
            return
        async with self._looking:
            if time.monotonic() - self._at >= _KEPT:
                self._said, self._numbers = await run_in_threadpool(self._look)
                self._at = time.monotonic()

    def _look(self) -> tuple[list[str], list[str]]:
        try:
            found = health.figures(self._config)
            troubles = [*health.troubles(self._config), *health.overdue(found)]
        except OSError as error:
            return [f"the hub's folder cannot be read: {error.strerror}"], []
        return troubles, [*health.in_numbers(found), *self._of_node()]

    def _of_node(self) -> Iterator[str]:
        """What a machine says of itself where each cell has an owner of its own."""
        if not self._config.cluster.divided:
            return
        yield f"web: {self._config.cluster.node}, {'without' if self._is_node else 'with'} cell 0"
        if self._is_node:
            is_current = nodes.is_current(self._config)
            yield f"roster: {'' if is_current else 'not known to be '}as where cell 0 is"


_PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def is_here(request: Request) -> bool:
    """Whether a program on this machine asks for itself: a web server in front is a program on this
    machine, too, so nobody for whom a request was passed on, or who names another host, is here."""
    if request.client is None or any(name in request.headers for name in _PASSED_ON):
        return False
    return _is_loopback(request.client.host) and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
