"""When a copy that was not taken is offered again (docs/mail-rules.md#handing-over). Pure.

After 1, 5, 15 and 60 minutes, then every hour, until three days after the first offer was due
(RFC 5321 4.5.4.1 asks for 4 to 5 days where mail has no other copy; a list post has its page).
"""

from __future__ import annotations

from datetime import datetime, timedelta

_FIRST = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
_HOURLY = timedelta(hours=1)
GIVE_UP = timedelta(days=3)


def next_offer(queued: datetime, tried: datetime, attempts: int) -> datetime | None:
    """When to offer again after `attempts` failed offers, the last at `tried`; None to give up.

    `queued` is when the copy came into the queue. All times are aware.
    """
    wait = _FIRST[attempts - 1] if attempts <= len(_FIRST) else _HOURLY
    due = tried + wait
    return due if due <= queued + GIVE_UP else None
