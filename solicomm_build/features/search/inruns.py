"""Documents read and taken in by several processes, a run of them each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from solicomm_build.builder.apart import children

RUN = 2048
"""Documents that one process makes in one go at most; more than these are made by several."""
MANY = 256
"""So many are made by several processes, where several may be at work."""

T = TypeVar("T")


def in_runs(make: Callable[[int, int], T], count: int, workers: int) -> Iterator[T]:
    """What `make` gives for each run of `count` documents, from one number to before another, in
    their order; made by so many children where there are several runs, by this process where it
    says 0. Raises StoreError when a child dies. Blocking."""
    run = min(RUN, -(-count // workers)) if workers > 1 and count >= MANY else RUN
    works = [partial(make, low, min(low + run, count)) for low in range(0, count, run)]
    if len(works) < 2 or not workers:
        yield from (work() for work in works)
        return
    if workers < 2:  # in little memory: no child waits beside another for being taken in
        for work in works:
            yield from children.end(children.begin([work]))
        return
    under_way: list[children.Child[T]] = []
    for low in range(0, len(works), workers):
        begun = children.begin(works[low : low + workers])
        yield from children.end(under_way)  # taken in while the next ones are at work
        under_way = begun
    yield from children.end(under_way)
