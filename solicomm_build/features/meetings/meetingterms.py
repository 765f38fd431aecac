"""Meetings in words: when, as people read it in their own time zone; how many come. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo

from solicomm_build.features.meetings.meeting import CHOICES, MAYBE, NO, YES, Meeting
from solicomm_build.features.meetings.meetingfiles import MeetingFiles
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import N_, gettext

_COUNTED = {
    YES: N_("Coming: %(num)s"),
    MAYBE: N_("Maybe: %(num)s"),
    NO: N_("Not coming: %(num)s"),
}
_SAID = {
    YES: N_("You are coming."),
    MAYBE: N_("Maybe you are coming."),
    NO: N_("You are not coming."),
}


def when(meeting: Meeting, lang: str, zone: tzinfo) -> str:
    """Day and times by the clocks of a zone, which is named. Times keep their order where text goes
    from the right, too."""
    starts, ends = meeting.starts.astimezone(zone), meeting.ends.astimezone(zone)
    name, comma = zone_name(zone, starts), "،" if lang == "ar" else ","
    first, last = _day(starts, lang) + comma, _day(ends, lang) + comma
    if ends.date() != starts.date():
        return f"{first} {starts:%H:%M} – {last} {ends:%H:%M} ({name})"
    times = f"{starts:%H:%M}–{ends:%H:%M}"
    if i18n.direction(lang) == "rtl":
        times = f"\u2066{times}\u2069"
    return f"{first} {times} ({name})"


def times(meeting: Meeting, lang: str, zone: tzinfo) -> list[str]:
    """The same, and by the clocks where the meeting is, if they show another time."""
    there = meeting.local
    rows = [when(meeting, lang, zone)]
    if meeting.starts.astimezone(zone).utcoffset() != meeting.starts.astimezone(there).utcoffset():
        rows.append(when(meeting, lang, there))
    return rows


def _day(at: datetime, lang: str) -> str:
    return i18n.format_date(lang, at.date(), "long")


def zone_name(zone: tzinfo, at: datetime) -> str:
    """`Africa/Nairobi`, or `UTC+03:00` where only that is known."""
    return getattr(zone, "key", "") or at.astimezone(zone).tzname() or "UTC"


def of_offset(minutes: int) -> tzinfo:
    """The zone of a clock that is so far from UTC."""
    return timezone(timedelta(minutes=minutes))


def counts(files: MeetingFiles, lang: str) -> list[str]:
    """How many say what."""
    return [
        *(counted(choice, files.count(choice), lang) for choice in CHOICES),
        gettext(lang, "No answer: %(num)s", num=i18n.format_number(lang, files.silent)),
    ]


def counted(choice: str, number: int, lang: str) -> str:
    """How many say so."""
    return gettext(lang, _COUNTED[choice], num=i18n.format_number(lang, number))


def said(choice: str, lang: str) -> str:
    """An answer as it was understood."""
    return gettext(lang, _SAID[choice])


def label(choice: str, lang: str) -> str:
    """A choice in a table."""
    return gettext(lang, {YES: N_("Coming"), MAYBE: N_("Maybe"), NO: N_("Not coming")}[choice])


def seen(meeting: Meeting, lang: str, name: str) -> str:
    """Who will know of an answer."""
    if meeting.names and name:
        return gettext(
            lang,
            "Everybody can read on the page what “%(name)s” answers, and the moderators have a "
            "list for the door.",
            name=name,
        )
    return gettext(
        lang,
        "The page shows numbers only. The moderators can see who comes: they have a list for the "
        "door.",
    )
