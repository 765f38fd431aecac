"""The meetings of a conference: a page with all of them, and one for each, in every language.

    /conferences/<id>/meetings/                       all, the last one first
    /conferences/<id>/meetings/<mid>/                 what, when, where, and how many come
    /conferences/<id>/meetings/<mid>/meeting.ics      the same for a telephone's calendar

Each is a function of the meeting's files (features/meetings/meetingfiles.py) and of where its
minutes are, and never of the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from solicomm_build.builder.conferences.listed import Listed
from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import LazyFacts, digest
from solicomm_build.features.meetings import meetingfiles
from solicomm_build.features.meetings.bymail import invitations
from solicomm_build.features.meetings.meetingfiles import MeetingFiles
from solicomm_build.features.meetings.rsvpaddress import MEETING_ID
from solicomm_build.foundation import formernames
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import post_id
from solicomm_build.git.reader import Reader
from solicomm_build.post.pages import Page

VERSION = "1"
"""Part of the calendar files' keys: raise it when the same meeting becomes other octets."""


class MeetingPages(Listed):
    """Plans the pages of a conference's meetings."""

    folder, named, one = "meetings", MEETING_ID, "meeting"

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self._rows = around.rows
        config = around.sources.config
        home = config.borrows  # of a hub that is carried, the one that it is made of
        # read here, since who makes pages sees nothing of private/ (builder/apart/walls.py)
        self._renamed = formernames.rows(home / "private" if home else config.private)

    def title(self, lang: str) -> str:
        """What the list is called."""
        return gettext(lang, "Meetings")

    def read(self, reader: Reader, identifier: str) -> MeetingFiles | None:
        """A meeting."""
        return meetingfiles.load(reader, identifier)

    def beside(self, identifier: str) -> Iterable[str]:
        """The same for a telephone's calendar."""
        return (f"{self.url}{identifier}/meeting.ics",)

    def changed_with(self, touched: Touched) -> set[str]:
        """The meetings whose minutes came."""
        tids = touched.tids
        return {one for one in self.trees if self._minutes_tid(one) in tids} if tids else set()

    def _minutes_tid(self, identifier: str) -> str:
        files = self.load(identifier)
        return post_id(files.minutes.message_id) if files and files.minutes else ""

    def _minutes(self, identifier: str) -> str:
        """The address of the post with the minutes; empty while there is none."""
        tid = self._minutes_tid(identifier)
        topic = self._rows.leads_to(tid) if tid else None
        return f"{self.facts.url}t/{topic}/" if topic else ""

    def single(self, identifier: str, tree: str, lang: str) -> Page:
        """What, when, where, and how many come."""
        url, minutes = f"{self.url}{identifier}/", self._minutes(identifier)
        key = digest(self.env, "meeting", lang, self.facts, tree, minutes)
        files = self.load(identifier)
        facts = {
            "conference": self.facts,
            "id": identifier,
            "files": files,
            "list": self.at(self.url, lang),
            "ics": f"{url}meeting.ics",
            "minutes": minutes,
        }
        title = files.meeting.title if files else identifier
        return self.page(self.one, url, lang, title, key, lambda: facts)

    def file(self, url: str, identifier: str, tree: str) -> Page:
        """The meeting as a calendar's file."""
        config, name, files = self.sources.config, self.facts.id, self.load(identifier)
        called = formernames.then(self._renamed, "conferences", name, files.made) if files else ""
        key = digest("meeting.ics", VERSION, config.url, config.domain, name, called, tree)

        def facts() -> Mapping[str, Any]:
            page = f"{config.url}{self.url}{identifier}/"
            if not files:
                return {"octets": b""}
            made = invitations.published(files.meeting, called, config.domain, url=page)
            return {"octets": made}

        return Page(url, "octets", self.section, self.facts.lang, "", key, LazyFacts(facts))
