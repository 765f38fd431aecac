"""What is kept for a time only goes when that is over, whether anybody comes by or not.

Texts and mails of strangers that wait for a yes, with their addresses, and files that were chosen
on a page lie below `private/`. Whoever came next let go of what was too old before: on a small hub
that may be months later.

What each look needs is loaded then: a desk that begins anew after a rest needs it seldom.
"""

from __future__ import annotations

from solicomm_build.desk.chores import Looked
from solicomm_build.foundation import scratch
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.scratch import halfwritten

_HOUR = 3600.0
"""Seconds between two looks at all that waits for a yes: strangers may leave tens of thousands."""
_OTHER = 600.0
"""The same at what features keep besides, such as for an hour."""


def hourly(config: Config, looked: Looked[None]) -> bool:
    """Lets go of what nobody said yes to in time, of who was signed in, and of what killed
    processes left half-written; there is never more to do. Blocking."""
    if not looked.rests(_HOUR):
        from solicomm_build.people import pending
        from solicomm_build.people.shared import sessions

        pending.sweep(config)
        sessions.sweep(config)
        halfwritten.sweep(config)
    return False


def often(config: Config, looked: Looked[None]) -> bool:
    """The same of all that features keep for a time only, and of what killed processes left of what
    they unpacked."""
    if not looked.rests(_OTHER):
        from solicomm_build.post.store import erasing

        scratch.sweep(config.state, *scratch.UNPACKED)
        erasing.over(config)
    return False
