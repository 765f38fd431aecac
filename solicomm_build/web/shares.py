"""Who waits for what is made one at a time, and has few places to wait: so many of all, and fewer
of one place on the network, so that nobody keeps all others away."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator

from starlette.requests import HTTPConnection

from solicomm_build.foundation import network


class Shares:
    """Requests that wait or are answered, by place. For one event loop."""

    def __init__(self, fronts: tuple[str, ...] = ()) -> None:
        self._fronts = fronts
        self._there: Counter[str] = Counter()

    def has_room(self, request: HTTPConnection, most: int, of_a_place: int | None = None) -> bool:
        """Whether one more may come, where `most` may of all, and half as many of one place unless
        it is said how many. This machine is no place."""
        place = self._place(request)
        own = most // 2 if of_a_place is None else of_a_place
        own = most if place == network.HERE else own
        return self._there.total() < most and self._there[place] < own

    @contextlib.contextmanager
    def taken(self, request: HTTPConnection) -> Iterator[None]:
        """Counts a request until it is answered."""
        place = self._place(request)
        self._there[place] += 1
        try:
            yield
        finally:
            self._there[place] -= 1
            if not self._there[place]:
                del self._there[place]

    def _place(self, request: HTTPConnection) -> str:
        return network.place(request.client.host if request.client else "", self._fronts)
