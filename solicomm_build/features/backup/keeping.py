"""Which backups stay, so that what was erased from a hub is some day in none of them either.

All of the last day, the newest of each of the last 14 days, and the newest of each of the last 8
weeks (56 days). The newest always stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from solicomm_build.features.backup.place import Snapshot

DAYS, WEEKS = 14, 8


def too_old(snapshots: Sequence[Snapshot], now: datetime) -> list[Snapshot]:
    """Those that go; `snapshots` has the oldest first."""
    staying = set(snapshots[-1:])
    by_day = {one.at.date(): one for one in snapshots}
    by_week = {one.at.isocalendar()[:2]: one for one in snapshots}
    staying |= {one for one in snapshots if now - one.at < timedelta(days=1)}
    staying |= {one for one in by_day.values() if now - one.at < timedelta(days=DAYS)}
    staying |= {one for one in by_week.values() if now - one.at < timedelta(weeks=WEEKS)}
    return [one for one in snapshots if one not in staying]
