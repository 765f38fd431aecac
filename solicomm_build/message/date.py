"""Dates of mail to UTC (RFC 5322 3.3, 4.3), as forgiving as public-inbox: extra commas and
comments, two-digit years, obsolete zones, `--500`. Pure: what lies in the future is the caller's
question, since only it has a clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EARLIEST = 1990
"""A Date before this year is a broken clock (docs/mail-rules.md#reading)."""

_MONTHS = {"janfebmaraprmayjunjulaugsepoctnovdec"[3 * n : 3 * n + 3]: n + 1 for n in range(12)}
# RFC 5322 4.3; military letters mean nothing reliable and count as +0000.
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}

_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:\.\d{1,9})?"
_ZONE = r"(?:[ ,]*(?P<zone>[-+]{1,2}\d{3,4}|[A-Za-z]{1,5})\b)?"
_RFC5322 = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})[ ,-]+(?P<month>[A-Za-z]{3})[a-z]{0,6}\.?[ ,-]+(?P<year>\d{2,4})[ ,]+"
    + _TIME
    + _ZONE
)
_ASCTIME = re.compile(
    r"(?P<month>[A-Za-z]{3}) +(?P<day>\d{1,2}),? +"
    + _TIME
    + r"(?: +(?P<zone>[-+]\d{4}|[A-Z]{1,5}))? +(?P<year>\d{4})"
)
_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})[T ]"
    + _TIME
    + r" *(?P<zone>Z|[-+]\d{2}:?\d{2})?"
)
_COMMENT = re.compile(r"\([^()]*\)")
_SPACES = re.compile(r"\s+")


def parse(value: str) -> datetime | None:
    """The moment in UTC, or None when `value` names none, or one before 1990."""
    value = value[:500]
    if "  " in value or not value.isprintable():
        value = _SPACES.sub(" ", value)
    value = value.strip()
    match = _RFC5322.search(value)
    if match is None and "(" in value:
        match = _RFC5322.search(value := _COMMENT.sub(" ", value))
    match = match or _ASCTIME.search(value) or _ISO.search(value)
    if match is None:
        return None
    try:
        moment = _local(match) - _offset(match["zone"])
    except (ValueError, OverflowError, KeyError):
        return None
    return moment if moment.year >= EARLIEST else None


def of_received(value: str) -> datetime | None:
    """The moment of a trace field: what follows its last semicolon (RFC 5321 4.4)."""
    _, semicolon, tail = value.rpartition(";")
    return parse(tail) if semicolon else None


def _local(match: re.Match[str]) -> datetime:
    month = match["month"]
    return datetime(
        _year(match["year"]),
        int(month) if month.isdecimal() else _MONTHS[month.lower()],
        int(match["day"]),
        int(match["hour"]),
        int(match["minute"]),
        59 if match["second"] == "60" else int(match["second"] or 0),  # a leap second
        tzinfo=UTC,
    )


def _year(text: str) -> int:
    """RFC 5322 4.3: 00 to 49 is 20xx, 50 to 99 is 19xx, three digits count from 1900."""
    year = int(text)
    if len(text) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(text) == 3 else year


def _offset(zone: str | None) -> timedelta:
    """A zone beyond ±1400 is taken as +0000 (docs/mail-rules.md#reading)."""
    if not zone:
        return timedelta()
    if zone[0].isalpha():
        return timedelta(hours=_ZONES.get(zone.upper(), 0))
    digits = zone.lstrip("+-").replace(":", "").zfill(4)
    minutes = int(digits[:-2]) * 60 + int(digits[-2:])
    if minutes > 14 * 60:
        return timedelta()
    return timedelta(minutes=-minutes if "-" in zone else minutes)
