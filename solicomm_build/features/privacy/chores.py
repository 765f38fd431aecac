"""What is done unasked: copies elsewhere that have not done an erasure are asked again, and what is
kept for a time only goes when that is over."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from functools import partial

from solicomm_build.desk.chores import Chore, Looked, Step, Steps, Workplace, by_itself
from solicomm_build.features.privacy import overdue
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config

_REST = 30.0  # seconds between two looks whether it is time
_trace = logging.getLogger("solicomm.privacy")


def _steps(config: Config, looked: Looked[threading.Thread]) -> Iterator[Step]:
    """None: it takes minutes where repositories are large, so a thread does it."""
    from solicomm_build.features.privacy import asking

    before = looked.seen.get("asking")
    looked.works = before is not None and before.is_alive()
    if not looked.works:
        looked.seen.clear()
    if looked.rests(_REST) or not asking.is_due(config):
        return
    if not looked.works:
        asked = threading.Thread(target=_ask, args=(config,), name="erasures", daemon=True)
        looked.seen["asking"], looked.works = asked, True
        asked.start()
    yield from ()


def _ask(config: Config) -> None:
    from solicomm_build.features.privacy import asking

    try:
        asking.ask(config, waits=False)
    except (SoliCommError, OSError) as error:
        _trace.warning("copies were not asked to erase: %s", error)


def _hourly(place: Workplace) -> Steps:
    looked = place.looks.of("overdue-hourly")
    return by_itself(partial(overdue.hourly, place.office.config, looked))


def _often(place: Workplace) -> Steps:
    return by_itself(partial(overdue.often, place.office.config, place.looks.of("overdue")))


CHORES = (
    Chore(95, _hourly),
    Chore(95, _often),
    Chore(
        98,
        lambda place: partial(_steps, place.office.config, place.looks.of("erasure-copies")),
        event="erasure-copies",
    ),
)
