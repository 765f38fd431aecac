"""What the lists of a site say of its events and of the documents it shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from solicomm_build.features.sites.rendering.surroundings import Document
from solicomm_build.features.sites.values.site import Event
from solicomm_build.foundation.oneline import shortened


def first_day(event: Event) -> date:
    """The day, where the event takes place, on which it begins."""
    return _starts(event).date()


def last_day(event: Event) -> date:
    """The day after which it is over: where the event takes place, or in UTC, by which pages count
    days, where that is later. An evening in America is on the next day in UTC."""
    there = _ends(event) or _starts(event)
    return max(there.date(), there.astimezone(UTC).date())


def _starts(event: Event) -> datetime:
    return _at(event.starts, event.offset)


def _ends(event: Event) -> datetime | None:
    return _at(event.ends, event.end_offset) if event.ends else None


def _at(moment: datetime, offset: int) -> datetime:
    return moment.astimezone(timezone(timedelta(minutes=offset)))


def event_row(event: Event, url: str) -> dict[str, Any]:
    """What a list says of an event, in the time of its place."""
    starts, ends = _starts(event), _ends(event)
    return {
        "title": event.title,
        "url": url,
        "starts": starts.date(),
        "ends": ends.date() if ends and ends.date() != starts.date() else None,
        "time": "" if event.all_day else f"{starts:%H:%M}",
        "until": f"{ends:%H:%M}" if ends and not event.all_day and not event.ends_day else "",
        "zone": _zone(event.offset),
        "stamp": starts.date().isoformat() if event.all_day else starts.isoformat(),
        "place": event.place,
        "summary": event.summary,
        "lang": event.lang,
    }


def _zone(minutes: int) -> str:
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02d}" if rest else "")


def document_row(document: Document, lang: str) -> dict[str, Any]:
    """What a list says of a document of the libraries."""
    entry = document.entry
    return {
        "url": document.url,
        "title": entry.title_in(lang),
        "lang": lang if lang in entry.title else (entry.languages or ("",))[0],
        "issued": entry.date.issued,
        "kind": entry.type,
        "languages": entry.languages,
        "summary": shortened(entry.abstract_in(lang)),
    }
