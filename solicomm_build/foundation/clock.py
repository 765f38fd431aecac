"""The only source of "now". Tests replace it with `fixed`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

FAST = timedelta(minutes=10)
"""So much may a clock have been fast that was put back since, and nobody notices."""

_source: Callable[[], float] = time.time


def timestamp() -> float:
    """Seconds since 1970-01-01 UTC."""
    return _source()


def now() -> datetime:
    """The present moment, timezone-aware, in UTC."""
    return datetime.fromtimestamp(_source(), UTC)


def coming(text: str) -> str:
    """A text of ours whose example of a day is one that people can still write: `2026-12-01` in it
    becomes the day a week from now (UTC)."""
    return text.replace("2026-12-01", f"{now() + timedelta(days=7):%Y-%m-%d}")


def past_hour() -> int:
    """The full hour that is ten minutes past at least, in seconds since 1970: what belongs to the
    time before it has come in by now, as a rule."""
    return int(_source() - 600) // 3600 * 3600


def is_early(until: datetime, wait: timedelta) -> bool:
    """Whether it is too early still for something that was to wait so long, until then. What is
    further ahead was said by a clock that was put back since, and nobody waits for that."""
    return now() < until <= now() + wait


def is_good(until: datetime, span: timedelta, at: datetime) -> bool:
    """Whether something is good `at` a moment that lasts for a span, until then. What would last
    longer was made by a clock that was ahead, and has been put back since: it is not good."""
    return at < until <= at + span + FAST


def is_fixed() -> bool:
    """Whether a test says what time it is."""
    return _source is not time.time


@contextlib.contextmanager
def fixed(moment: datetime) -> Iterator[None]:
    """Makes every "now" of this process the given aware moment; for tests."""
    global _source  # noqa: PLW0603 - the one replaceable source of time is the point of this module
    before, seconds = _source, moment.timestamp()
    _source = lambda: seconds  # noqa: E731
    try:
        yield
    finally:
        _source = before
