"""Meetings as calendars know them: invitations, changes and cancelling for one member (RFC 5546
3.2), a file for everybody, and what a calendar program answers. Mail has them by RFC 6047.

Times are UTC, so that no program has to know our time zones; UID and SEQUENCE make a change find
what it changes. The library, of 2 MiB, is loaded when a calendar is made or read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from solicomm_build.features.meetings.meeting import MAYBE, NO, YES, Meeting
from solicomm_build.message.values import Message

if TYPE_CHECKING:
    from icalendar import Event

REQUEST, CANCEL, PUBLISH, REPLY = "REQUEST", "CANCEL", "PUBLISH", "REPLY"
_CALENDARS = ("text/calendar", "application/ics")
_LONGEST = 65_536  # octets of a reply; a program sends some kilobytes
_MOST = 5  # of them in a mail; programs send one, some the same twice
_ROWS = re.compile(r"\r\n|\r|\n")
_SAID = {"ACCEPTED": YES, "TENTATIVE": MAYBE, "DECLINED": NO}


@dataclass(frozen=True, slots=True)
class Replied:
    """What a calendar program answered: `choice` is "" for what is no answer that we know, such as
    a wish for another time. `sequence` is of the version that it knows, None when it says none;
    `starts` is when that begins, None where the moment is not known. `comment` is what somebody
    wrote beside the answer."""

    uid: str
    choice: str
    sequence: int | None = None
    starts: datetime | None = None
    comment: str = ""


def uid(meeting: Meeting, conference: str, domain: str) -> str:
    """What a meeting is called in calendars, for good: `conference` is what that was called when
    the meeting was made, so that calendars know it again when the conference gets another name."""
    return f"{meeting.id}@{conference}.meetings.{domain}"


def request(
    meeting: Meeting, conference: str, domain: str, *, url: str, title: str, ours: str, theirs: str
) -> bytes:
    """The invitation of one member, or that it is cancelled: `ours` is the address that answers go
    to, `theirs` the member's, `title` the list's."""
    from icalendar import vCalAddress

    method = CANCEL if meeting.is_cancelled else REQUEST
    event = _event(meeting, conference, domain, url)
    organiser = vCalAddress(f"mailto:{ours}")
    organiser.params["CN"] = title
    event.add("organizer", organiser)
    invited = vCalAddress(f"mailto:{theirs}")
    invited.params["ROLE"] = "REQ-PARTICIPANT"
    if not meeting.is_cancelled:
        invited.params["PARTSTAT"] = "NEEDS-ACTION"
        invited.params["RSVP"] = "TRUE"
    event.add("attendee", invited)
    return _calendar(method, event)


def published(meeting: Meeting, conference: str, domain: str, *, url: str) -> bytes:
    """The file for everybody's calendar: it asks for no answer (RFC 5546 3.2.1)."""
    return _calendar(PUBLISH, _event(meeting, conference, domain, url))


def _event(meeting: Meeting, conference: str, domain: str, url: str) -> Event:
    from icalendar import Event

    found = Event()
    found.add("uid", uid(meeting, conference, domain))
    found.add("sequence", meeting.sequence)
    found.add("dtstamp", meeting.at)
    found.add("dtstart", meeting.starts)
    found.add("dtend", meeting.ends)
    found.add("summary", meeting.title)
    if meeting.place:
        found.add("location", meeting.place)
    found.add("url", url)
    found.add("status", "CANCELLED" if meeting.is_cancelled else "CONFIRMED")
    found.add("transp", "OPAQUE")
    return found


def _calendar(method: str, event: Event) -> bytes:
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", "-//SoliComm//meetings//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", method)
    made.add_component(event)
    octets: bytes = made.to_ical()
    return octets


def replied(message: Message) -> Replied | None:
    """What the calendar in a mail answers; None when there is none, or it answers nothing. The
    first few are looked at."""
    calendars = (
        part.payload
        for part in message.attachments
        if part.type in _CALENDARS and len(part.payload) <= _LONGEST
    )
    return next(filter(None, map(_read, islice(calendars, _MOST))), None)


def _read(octets: bytes) -> Replied | None:
    from icalendar import Event

    method, rows = _parts(octets.decode("utf-8", "replace").lstrip("\ufeff"))
    if method not in (REPLY, "COUNTER"):
        return None
    try:
        event = Event.from_ical("\r\n".join(rows))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None  # what a program sent that is no calendar, or of several events
    choice = _choice(event.get("ATTENDEE")) if method == REPLY else ""
    return Replied(
        str(event.get("UID", "")).strip(),
        choice,
        _number(event.get("SEQUENCE")),
        _moment(event.get("DTSTART")),
        _comment(event.get("COMMENT", "")),
    )


def _parts(text: str) -> tuple[str, list[str]]:
    """The method of a calendar and the rows of its events. What else it has says nothing of an
    answer, and may be such as the library refuses: time zones, or what a mailing list put below."""
    method, found, inside = "", list[str](), False
    for row in _ROWS.split(text):
        mark = row.rstrip().upper()
        inside = inside or mark == "BEGIN:VEVENT"
        if inside:
            found.append(row)
        elif mark.startswith("METHOD:") and not method:
            method = mark.partition(":")[2].strip()
        inside = inside and mark != "END:VEVENT"
    return method, found


def _moment(value: Any) -> datetime | None:
    """When the event begins, as far as that is a moment for everybody."""
    try:
        found = value.dt
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, datetime) and found.tzinfo is not None else None


def _comment(said: Any) -> str:
    """What somebody wrote beside the answer (RFC 5545 3.8.1.4)."""
    return " ".join(map(str, said if isinstance(said, list) else [said])).strip()


def _choice(attendee: Any) -> str:
    """What one attendee says; a reply is of one (RFC 5546 3.2.3)."""
    if isinstance(attendee, list):
        attendee = attendee[0] if len(attendee) == 1 else None
    params = getattr(attendee, "params", {})
    return _SAID.get(str(params.get("PARTSTAT", "")).strip().upper(), "")


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def offset(date_raw: str) -> int | None:
    """How far the clock that a mail was written by is from UTC, in minutes: what its Date says.
    None for `-0000`, which says nothing (RFC 5322 3.3), and for what is no date."""
    from email.utils import parsedate_to_datetime

    try:
        found: datetime = parsedate_to_datetime(date_raw)
    except (ValueError, TypeError, IndexError):
        return None
    shift = found.utcoffset()
    if shift is None:
        return None
    minutes = int(shift.total_seconds() // 60)
    return minutes if abs(minutes) <= 14 * 60 else None
