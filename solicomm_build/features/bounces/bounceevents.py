"""The roster's events about bounces that features/bounces/bounceledger.py folds. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from solicomm_build.features.bounces import bounce as rules
from solicomm_build.features.bounces.bounce import Bounce, Trip, time_text
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Event

_EPOCH = date(1970, 1, 1)


def bounce(found: Bounce) -> Event:
    """A failure of one subscription (features/bounces/bounceledger.py folds it); `at` is when it
    came in."""
    day = (_EPOCH + timedelta(days=found.sent)).isoformat()
    event = rosterevents.bounce(
        found.number,
        found.conference,
        str(found.kind),
        day,
        at=found.at,
        diagnostic=found.diagnostic,
    )
    return Event(event.type, event.at, {**event.data, "status": found.status})


def probe(conference: str, number: int, *, at: datetime) -> Event:
    """A probe sent."""
    return _event("probe", at, conference=conference, number=number)


def probe_gone(conference: str, number: int, *, at: datetime) -> Event:
    """A probe came back: the address is no more."""
    return _event("probe-gone", at, conference=conference, number=number)


def freeze(domain: str, trip: Trip, *, at: datetime) -> Event:
    """Counting for a domain stops for a day; what made the breaker trip does not count either."""
    since, until = time_text(rules.frozen_from(at)), time_text(at + rules.FREEZE)
    facts = {"domain": domain, "since": since, "until": until}
    return _event("freeze", at, **facts, **{"class": str(trip.kind)}, members=trip.members)


def notice(conference: str, number: int, count: int, *, at: datetime) -> Event:
    """The `count`-th notice about a disabled subscription was written."""
    return _event("bounce-notice", at, conference=conference, number=number, notice=count)


def summary(conference: str, *, at: datetime) -> Event:
    """A list's owners were told about the week."""
    return _event("bounce-summary", at, conference=conference)


def _event(kind: str, at: datetime, **data: Any) -> Event:
    return Event(kind, time_text(at), data)
