"""When a copy that was not taken is offered again (docs/mail-rules.md#handing-over). Pure.

After 1, 5, 15 and 60 minutes, then every hour, until three days after the first offer was due
(RFC 5321 4.5.4.1 asks for 4 to 5 days where mail has no other copy; a list post has its page). As
many offers as those days have room for are made in any case: a clock that was far ahead for a
moment, or a hub that was off, gives nobody up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

_FIRST = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
_HOURLY = timedelta(hours=1)
GIVE_UP = timedelta(days=3)
_OFFERS = 72


def next_offer(queued: datetime, tried: datetime, attempts: int) -> datetime | None:
    """When to offer again after `attempts` failed offers, the last at `tried`; None to give up.

    `queued` is when the copy came into the queue. All times are aware.
    """
    wait = _FIRST[attempts - 1] if attempts <= len(_FIRST) else _HOURLY
    due = tried + wait
    is_late = due > queued + GIVE_UP or queued > tried  # that clock was put back since
    return None if is_late and attempts >= _OFFERS else due


def is_due(due: datetime, now: datetime) -> bool:
    """Whether it is time for an offer. Nobody waits longer than an hour: what is further ahead was
    said by a clock that has been put back since."""
    return not now < due <= now + _HOURLY
