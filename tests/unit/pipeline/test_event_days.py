"""When an event is, by the clocks of its place: on pages, and as calendars take it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar

from solicomm_build.features.sites.rendering.rows import event_row, first_day, last_day
from solicomm_build.features.sites.values.site import Event, decode_event
from solicomm_build.post.editorial.calendar import Entry, calendar


def event(starts: str, ends: str = "") -> Event:
    head = f"title: Assembly\nstarts: {starts}\n" + (f"ends: {ends}\n" if ends else "")
    return decode_event(f"---\n{head}---\n".encode(), "events/x.md", default_lang="en")


def test_an_event_ends_with_the_day_that_its_end_names() -> None:
    """It ended at midnight in UTC: in America on the evening before, in Asia in the morning."""
    for zone in ("-05:00", "+00:00", "+10:30"):
        found = event(f"2026-12-05T18:30:00{zone}", "2026-12-06")
        row = event_row(found, "/")
        assert (row["starts"], row["time"]) == (date(2026, 12, 5), "18:30")
        assert (row["ends"], row["until"]) == (date(2026, 12, 6), "")
        assert last_day(found) >= date(2026, 12, 6)
        made: Any = icalendar.Calendar.from_ical(calendar("X", "en", [Entry(found, "/", "x@y")]))
        (entry,) = made.walk("VEVENT")
        begin, end = (
            datetime.strptime(entry[name].to_ical().decode(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            for name in ("dtstart", "dtend")
        )
        assert timedelta(hours=29) < end - begin < timedelta(hours=30)
    same = event("2026-12-05T18:30:00-05:00", "2026-12-05")
    assert event_row(same, "/")["ends"] is None


def test_the_end_is_shown_by_the_clocks_of_its_own_day() -> None:
    row = event_row(event("2026-10-24T10:00:00+02:00", "2026-10-25T16:00:00+01:00"), "/")
    assert (row["time"], row["until"]) == ("10:00", "16:00")
    for end in ("2026-12-05T15:00:00Z", "2026-12-05T10:00:00-05:00"):
        row = event_row(event("2026-12-05T14:00:00+03:00", end), "/")
        assert (row["time"], row["until"]) == ("14:00", "18:00")


def test_an_evening_in_america_is_not_over_before_it_begins() -> None:
    """Pages count days in UTC, where the next one has begun by then."""
    found = event("2026-12-05T20:00:00-05:00", "2026-12-05T22:00:00-05:00")
    assert (first_day(found), last_day(found)) == (date(2026, 12, 5), date(2026, 12, 6))
    found = event("2026-12-05T08:00:00+13:00")
    assert (first_day(found), last_day(found)) == (date(2026, 12, 5), date(2026, 12, 5))


def test_a_calendar_has_the_place_of_an_event_and_its_link() -> None:
    """Of an event in a hall and online, the link was left out of calendars."""
    found = decode_event(
        b"---\ntitle: Assembly\nstarts: 2026-12-05T18:30:00Z\nplace: Union house\n"
        b"online: https://meet.example/docks\n---\n",
        "events/x.md",
        default_lang="en",
    )
    made: Any = icalendar.Calendar.from_ical(calendar("X", "en", [Entry(found, "/", "x@y")]))
    (entry,) = made.walk("VEVENT")
    assert str(entry["location"]) == "Union house, https://meet.example/docks"
