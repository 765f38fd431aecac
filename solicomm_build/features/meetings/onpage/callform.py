"""The form in which a moderator calls or changes a meeting, as the lines that the mail would have
(bymail/meetingtext.py). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from solicomm_build.features.meetings.bymail.meetingtext import USUAL
from solicomm_build.features.meetings.meeting import LONGEST_PLACE, LONGEST_TITLE, Meeting
from solicomm_build.foundation.i18n import N_, gettext
from solicomm_build.foundation.oneline import one_line
from solicomm_build.web.mine import moments
from solicomm_build.web.mine.forms import line, radios, select

FIELDS = ("title", "when", "until", "where", "zone", "names", "remind")
"""What the form sends."""
NAMES = {
    "hidden": N_("The page shows numbers, and no names."),
    "shown": N_("The page shows who comes, by name."),
}
REMIND = {
    "yes": N_("The day before, people are reminded."),
    "no": N_("No reminder is sent."),
}
_LABELS = {
    "title": "Title",
    "when": "When",
    "until": "Until",
    "where": "Where",
    "zone": "Zone",
    "names": "Names",
    "remind": "Remind",
}
"""As a mail has them."""


def fields(lang: str, sent: Mapping[str, str], place: ZoneInfo, *, hidden: bool = False) -> str:
    """The fields, with what was sent before or holds now. `hidden`: names were promised to stay
    hidden, so they are not asked about."""
    zones = {place.key: place.key} | {"UTC": "UTC"} | moments.zones()
    names = {name: gettext(lang, words) for name, words in NAMES.items()}
    remind = {name: gettext(lang, words) for name, words in REMIND.items()}
    rows = [
        line(
            "title",
            gettext(lang, "What the meeting is called"),
            sent.get("title", ""),
            more=f'maxlength="{LONGEST_TITLE}" required dir="auto"',
        ),
        moments.field("when", gettext(lang, "When it begins"), sent.get("when", "")),
        line(
            "until",
            gettext(lang, "Until when (empty: two hours)"),
            sent.get("until", ""),
            type_="time",
            dir_="ltr",
        ),
        select("zone", gettext(lang, "By the clocks of"), zones, sent.get("zone") or place.key),
        line(
            "where",
            gettext(lang, "Where: a place, or a link"),
            sent.get("where", ""),
            more=f'maxlength="{LONGEST_PLACE}" dir="auto"',
        ),
    ]
    if not hidden:
        legend = gettext(lang, "What others see")
        rows.append(radios("names", legend, names, sent.get("names") or "hidden"))
    legend = gettext(lang, "The day before")
    rows.append(radios("remind", legend, remind, sent.get("remind") or "yes"))
    return "".join(rows)


def now(meeting: Meeting) -> dict[str, str]:
    """What the form has of a meeting."""
    return {
        "title": meeting.title,
        "when": moments.written(meeting.starts, meeting.local),
        "until": f"{meeting.ends.astimezone(meeting.local):%H:%M}",
        "where": meeting.place,
        "zone": meeting.zone,
        "names": "shown" if meeting.names else "hidden",
        "remind": "yes" if meeting.remind else "no",
    }


def rows(sent: Mapping[str, str], known: Meeting | None = None) -> list[str]:
    """The lines of the mail: all that is filled in, or only what differs from a `known` meeting.
    One that lasts for days does so where it only moves: the field has no day. An end that was
    emptied is two hours after the start, as the form says."""
    before = now(known) if known is not None else {}
    if known is not None and not sent.get("until", "-").strip():
        sent = {**sent, "until": _usual_end(sent.get("when", ""))}
    found = []
    for key, label in _LABELS.items():
        value = one_line(sent.get(key, ""), LONGEST_PLACE)
        if key == "when":
            value = value.replace("T", " ")
        if key == "where" and key in sent and not value and before.get(key):
            found.append(f"{label}:")
        elif value and value != before.get(key, "").replace("T", " " if key == "when" else "T"):
            found.append(f"{label}: {value}")
    moved = any(row.startswith(("When:", "Zone:")) for row in found)
    is_short = known is not None and known.ends - known.starts < timedelta(days=1)
    if is_short and moved and not any(row.startswith("Until:") for row in found):
        until = one_line(sent.get("until", ""), 10)
        found += [f"Until: {until}"] if until else []
    return found


def _usual_end(when: str) -> str:
    starts = moments.read(when, ZoneInfo("UTC"))
    return f"{starts + USUAL:%H:%M}" if starts else ""
