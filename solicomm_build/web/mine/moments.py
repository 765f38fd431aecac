"""A day and a time in a form of My hub, by the clocks of a place. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from solicomm_build.web.mine.forms import line

_WRITTEN = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[T ]+(\d{1,2}):(\d{2})(?::\d{2})?")


def zone(*names: str) -> ZoneInfo:
    """The first of these that is a time zone; UTC for none."""
    for name in filter(None, names):
        try:
            return ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            continue
    return ZoneInfo("UTC")


def zones() -> dict[str, str]:
    """The time zones that are called after places."""
    names = sorted(available_timezones())
    return {zone: zone for zone in names if "/" in zone and not zone.startswith("Etc/")}


def of(options: Mapping[str, str], place: str) -> ZoneInfo:
    """The zone of a list or conference, whose settings say `place`; else what a member chose among
    the options of it."""
    return zone(place, options.get("zone", ""))


def field(name: str, label: str, value: str, *, required: bool = True) -> str:
    """A field for `read`, in which browsers offer a calendar."""
    more = "required" if required else ""
    return line(name, label, value, type_="datetime-local", more=more, dir_="ltr")


def written(at: datetime, place: ZoneInfo) -> str:
    """A moment as the field has it."""
    return f"{at.astimezone(place):%Y-%m-%dT%H:%M}"


def read(text: str, place: ZoneInfo) -> datetime | None:
    """The moment that was chosen (UTC-aware); None for what is none. A browser that has no calendar
    sends what was typed: `2026-12-01 18:00`."""
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        return None
    try:
        year, month, day, hour, minute = map(int, match.groups())
        return datetime(year, month, day, hour, minute, tzinfo=place).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
