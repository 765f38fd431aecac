"""A time limit for work that may not end, such as reading Markdown that was made to be slow."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


class TooSlow(Exception):
    """The time is over."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises TooSlow inside the block when it takes longer. For the main thread, not nested."""

    def over(_number: int, _frame: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
