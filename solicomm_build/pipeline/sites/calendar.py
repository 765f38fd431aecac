"""Events as iCalendar (RFC 5545), so that one touch puts a meeting into a telephone's calendar.

Times are UTC; `DTSTAMP` is the event's own start, because a file must be a function of what the
repository says. The library, of 2 MiB, is loaded when a calendar is made: few pages have one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from solicomm_build.model.site import Event

if TYPE_CHECKING:
    from icalendar import Event as Component


@dataclass(frozen=True, slots=True)
class Entry:
    """An event with the address of its page and a name that no other event of the hub has."""

    event: Event
    url: str
    uid: str


def load() -> None:
    """Loads the library, for processes forked later that are going to make calendars."""
    import icalendar  # noqa: F401


def calendar(title: str, lang: str, entries: Iterable[Entry]) -> bytes:
    """A calendar of these events."""
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", "-//SoliComm//union sites//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", title, parameters={"language": lang})
    for entry in entries:
        made.add_component(_component(entry))
    octets: bytes = made.to_ical()
    return octets


def _component(entry: Entry) -> Component:
    from icalendar import Event as Component

    event = entry.event
    found = Component()
    found.add("uid", entry.uid)
    found.add("dtstamp", event.starts)
    found.add("dtstart", _when(event, event.starts))
    last = event.ends or event.starts
    if event.all_day:
        found.add("dtend", last.date() + timedelta(days=1))  # the day after the last (3.6.1)
    elif event.ends:
        found.add("dtend", last)
    language = {"language": event.lang}
    found.add("summary", event.title, parameters=language)
    if event.summary:
        found.add("description", event.summary, parameters=language)
    place = event.place or event.online
    if place:
        found.add("location", place)
    found.add("url", entry.url)
    return found


def _when(event: Event, moment: datetime) -> date:
    return moment.date() if event.all_day else moment
