"""Threads apart from everything else that is served, for who waits until a document is read.

A child reads a document, or compares two, one at a time and within seconds, and whoever waits for
that keeps a thread. A small machine has five or six for all that is served: signing in, My hub,
pages for members, votes. So they wait in threads of their own, a few of each place on the network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.library.reading import answers
from solicomm_build.web.plainpage import wanted_language
from solicomm_build.web.shares import Shares

SEATS = 8
OF_A_PLACE, ALL = 4, 40
"""Requests from one place, and of all, that are answered or wait; one more is told to come again.
Fewer of a place than there are seats, and than may compare at once."""


class ReadingRoom:
    """That of one hub. Close it."""

    def __init__(self, fronts: tuple[str, ...] = ()) -> None:
        self._threads = ThreadPoolExecutor(SEATS, "documents")
        self._shares = Shares(fronts)

    def close(self) -> None:
        """Takes nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def run(self, request: Request, work: Callable[[Request], Response]) -> Response:
        """What `work`, which blocks, answers to a request."""
        if not self._shares.has_room(request, ALL, OF_A_PLACE):
            return answers.busy(wanted_language(request))
        with self._shares.taken(request):
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, work, request)
