"""The next meetings of public conferences, for the hub's front page."""

from __future__ import annotations

from solicomm_build.builder.conferences.conferences import front_url
from solicomm_build.builder.contents import conference_facts
from solicomm_build.builder.front.offered import Around, Block, Offered, Row
from solicomm_build.features.meetings import meetingfiles
from solicomm_build.features.meetings.meeting import Meeting
from solicomm_build.features.meetings.rsvpaddress import MEETING_ID
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN

_MOST = 4


def front(around: Around) -> Offered:
    """Those that end today or later, the first first."""
    rows = []
    for name, place in around.found.conferences.items():
        if place.settings.visibility != "public":
            continue
        for one in around.sources.remember("meetings", place.repo, place.commit, _all):
            if one.ends.date() >= around.today and not one.is_cancelled:
                facts = conference_facts(around.config, name, place.settings)
                title = place.settings.title_in(around.lang)
                url = front_url(f"{facts.url}meetings/{one.id}/", around.lang, facts.lang)
                words = tuple(filter(None, (one.place, title)))
                day = one.starts.astimezone(one.local).date()
                rows.append(Row(one.title, url, words=words, when=one.starts, day=day))
    label = gettext(around.lang, "Coming up")
    return Offered((Block("events", 20, label, tuple(rows), coming=_MOST),))


def _all(reader: Reader) -> tuple[Meeting, ...]:
    """Every meeting of a conference as it is now."""
    found = []
    for item in reader.tree(MAIN, "meetings"):
        if MEETING_ID.fullmatch(item.path):
            try:
                found.append(meetingfiles.load(reader, item.path).meeting)
            except (SoliCommError, IndexError):  # its own page says what is wrong with it
                continue
    return tuple(found)
