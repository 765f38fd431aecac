"""What a hub remembers of its backups: `private/backups.json`, by place.

Foundation; imports clock, config, errors and safeio. Whoever changes it holds `.backups.lock`.

{"<place>": {"at": "<time of the last one that was whole>", "every": <seconds>, "restored": true,
             "since": "<time since when backups are waited for>"}}
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config

_FILE = "backups.json"
_UNSAID = timedelta(days=8)
_APART = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """One place: when the last backup there was made, and how often one shall be; None where
    nobody said. `restored` when the hub came back from a backup and made none there since.
    `since` is when the place was first named, or the hub came back; None in notes of before."""

    place: str
    at: datetime | None
    every: timedelta | None
    restored: bool = False
    since: datetime | None = None


def read(config: Config) -> list[Kept]:
    """All places; none where there is no file. Raises StoreError for one that is damaged: nobody
    knows then what is waited for."""
    path = _path(config)
    try:
        found = json.loads(path.read_bytes())
        return [_kept(place, row) for place, row in found.items()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise StoreError(
            f"{path} does not say where backups are. Bring it back from one, or take it away and "
            "back the hub up into each place again: solicomm backup PLACE"
        ) from error


def is_known(config: Config, place: str) -> bool:
    """Whether this hub has made a backup there since it came back from one, if it did. Where the
    file is damaged nobody knows, nor on several machines, each of which has disks of its own."""
    try:
        found = [] if config.cluster.is_shared else read(config)
    except StoreError:
        return False
    return any(one.place == place and one.at is not None and not one.restored for one in found)


def note(config: Config, place: str, *, at: datetime | None, every: timedelta | None) -> None:
    """Writes down what is known anew; None leaves what was there. Durable on return. Raises
    StoreError."""
    with _locked(config):
        rows = {one.place: one for one in read(config)}
        old = rows.get(place, Kept(place, None, None))
        since = old.since if place in rows or at is not None else clock.now()
        is_restored = old.restored and at is None
        rows[place] = Kept(place, at or old.at, every or old.every, is_restored, since)
        _write(config, rows.values())


def restored(config: Config) -> None:
    """Says of each place that the hub made no backup there since it came back from one: what it
    remembers is from before that one was whole. Durable on return. Raises StoreError."""
    with _locked(config):
        if rows := read(config):
            now = clock.now()
            _write(config, [replace(one, restored=True, since=now) for one in rows])


def forget(config: Config, place: str) -> bool:
    """Waits no longer for backups into a place; whether it was known. Raises StoreError."""
    with _locked(config):
        rows = read(config)
        stay = [one for one in rows if one.place != place]
        if len(stay) == len(rows):
            return False
        _write(config, stay)
        return True


def most(one: Kept) -> timedelta:
    """How old a backup may get: two rounds that were missed and an hour; where nobody said how
    often, eight days: one a week, and a day."""
    return _UNSAID if one.every is None else 2 * one.every + timedelta(hours=1)


def is_overdue(one: Kept, now: datetime) -> bool:
    """Whether the last backup is too long ago, or the first has been waited for too long. A time
    that is far ahead, of a clock that was wrong, counts as none."""
    known = [time for time in (one.at, one.since) if time is not None and time <= now + _APART]
    return not known or now - max(known) > most(one)


def _locked(config: Config) -> AbstractContextManager[bool]:
    """Within, nobody else changes the file: a timer may make a backup while somebody makes one."""
    return safeio.locked(config.private / ".backups.lock")


def _kept(place: str, row: dict[str, object]) -> Kept:
    at, every, since = row.get("at"), row.get("every"), row.get("since")
    return Kept(
        place,
        _moment(at) if isinstance(at, str) else None,
        timedelta(seconds=every) if isinstance(every, int) else None,
        row.get("restored") is True,
        _moment(since) if isinstance(since, str) else None,
    )


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found


def _write(config: Config, rows: Iterable[Kept]) -> None:
    octets = json.dumps({one.place: _row(one) for one in rows}, indent=1).encode()
    safeio.write_atomic(_path(config), octets + b"\n", mode=0o600)


def _row(one: Kept) -> dict[str, object]:
    row: dict[str, object] = {
        "at": one.at.isoformat() if one.at else None,
        "every": int(one.every.total_seconds()) if one.every else None,
    }
    if one.since is not None:
        row["since"] = one.since.isoformat()
    return {**row, "restored": True} if one.restored else row


def _path(config: Config) -> Path:
    return config.private / _FILE
