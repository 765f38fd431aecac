"""Days and hours of an event as the fields of a form, and as its file says them. Pure.

A form has a day, an hour and the difference from UTC; the file has one value, `2026-12-05` or
`2026-12-05T14:00:00+03:00` (RFC 3339 5.6). For a new event the form may name a zone instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from solicomm_build.people.wishes import is_zone

MOMENTS = ("starts", "ends")
_WHOLE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::00)?(Z|[+-]\d\d:\d\d)?)?")
_ZONE = re.compile(r"[+-]\d\d:\d\d", re.ASCII)
OFFSETS = tuple(
    f"{sign}{hour:02}:{minute}"
    for sign, hour, minute in (
        *(("-", hour, "00") for hour in range(11, 0, -1)),
        ("+", 0, "00"),
        *(("+", hour, "00") for hour in range(1, 15)),
    )
)
_ODD = (
    *("-12:00", "-09:30", "-03:30", "-02:30", "+03:30", "+04:30", "+05:30", "+05:45", "+06:30"),
    *("+08:45", "+09:30", "+10:30", "+12:45", "+13:45"),
)


def offsets(*more: str) -> list[str]:
    """All differences from UTC that there are, from west to east; and what `more` a file has. In
    front of them zones that `more` names."""
    odd = [one for one in more if _ZONE.fullmatch(one)]
    named = [one for one in more if is_zone(one)]
    return named + sorted({*OFFSETS, *_ODD, *odd}, key=_minutes)


def apart(values: Mapping[str, str]) -> dict[str, str]:
    """The fields with moments taken apart: `starts`, `starts_time`, and one `zone` for all. What
    is none stays whole, to be mended; so does an end that has another zone than the beginning, as
    where clocks change in between."""
    found = dict(values)
    for name in MOMENTS:
        match = _WHOLE.fullmatch(values.get(name, ""))
        own = (match[3] or "").replace("Z", "+00:00") if match else ""
        if match and own in ("", found.get("zone", own)):
            found[name] = match[1]
            found[f"{name}_time"] = match[2] or ""
            if own:
                found["zone"] = own
    return found


def together(name: str, fields: Mapping[str, str]) -> str:
    """One value of the file. Where a zone is named, its clock on that day counts."""
    day, hour = fields.get(name, "").strip(), fields.get(f"{name}_time", "").strip()
    if not day or not hour or "T" in day:
        return day
    zone = fields.get("zone", "")
    own = zone if _ZONE.fullmatch(zone) else _on_day(zone, f"{day}T{hour[:5]}")
    return f"{day}T{hour[:5]}:00{own}"


def zone(name: str, now: datetime) -> str:
    """What the form of a new event has: the difference of a zone (`Europe/Madrid`) from UTC; its
    name where clocks change in a year, since the day of the event decides there."""
    year = {offset(name, datetime(now.year, month, 1, tzinfo=UTC)) for month in range(1, 13)}
    return name if len(year) > 1 else offset(name, now)


def _on_day(zone: str, local: str) -> str:
    """The difference from UTC by the clocks of a place, at a day and hour there."""
    try:
        at = datetime.fromisoformat(local)
    except ValueError:  # no day: the fault is said of the whole
        return "+00:00"
    return offset(zone, at.replace(tzinfo=ZoneInfo(zone))) if is_zone(zone) else "+00:00"


def offset(zone: str, at: datetime) -> str:
    """The difference from UTC of a zone (`Europe/Madrid`) at a moment."""
    text = at.replace(tzinfo=at.tzinfo or UTC).astimezone(ZoneInfo(zone)).strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def _minutes(text: str) -> int:
    minutes = int(text[1:3]) * 60 + int(text[4:])
    return -minutes if text[0] == "-" else minutes
