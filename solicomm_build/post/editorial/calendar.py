"""Events as iCalendar (RFC 5545), so that one touch puts a meeting into a telephone's calendar.

Times are UTC; `DTSTAMP` says when the event was last revised (3.8.7.2), which the history of its
file knows, and `SEQUENCE` how often it was before: a calendar takes over a meeting that was moved.
The library, of 2 MiB, is loaded when a calendar is made: few pages have one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from solicomm_build.git.log import Revised
from solicomm_build.post.editorial.sitepage import Event

if TYPE_CHECKING:
    from icalendar import Event as Component


@dataclass(frozen=True, slots=True)
class Entry:
    """An event with the address of its page and a name that no other event of the hub has.
    `revised` is None for what has no file of its own: it is stamped with its start."""

    event: Event
    url: str
    uid: str
    revised: Revised | None = None


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
    found.add("dtstamp", entry.revised.at if entry.revised else event.starts)
    if entry.revised:
        found.add("last-modified", entry.revised.at)
        found.add("sequence", entry.revised.before)
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
    place = ", ".join(filter(None, (event.place, event.online)))
    if place:
        found.add("location", place)
    found.add("url", entry.url)
    return found


def _when(event: Event, moment: datetime) -> date:
    return moment.date() if event.all_day else moment
