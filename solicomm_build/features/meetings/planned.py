"""The meetings of a conference: a page with all of them, and one for each, in every language.

    /conferences/<id>/meetings/                       all, the last one first
    /conferences/<id>/meetings/<mid>/                 what, when, where, and how many come
    /conferences/<id>/meetings/<mid>/meeting.ics      the same for a telephone's calendar

Each is a function of the meeting's files (features/meetings/meetingfiles.py) and of where its
minutes are, and never of the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, partial
from typing import Any

from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import LazyFacts, Planned, digest
from solicomm_build.features.meetings import meetingfiles
from solicomm_build.features.meetings.bymail import invitations
from solicomm_build.features.meetings.meetingfiles import MeetingFiles
from solicomm_build.features.meetings.rsvpaddress import MEETING_ID
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import post_id
from solicomm_build.git.repo import MAIN
from solicomm_build.post.pages import Page

VERSION = "1"
"""Part of the calendar files' keys: raise it when the same meeting becomes other octets."""


class MeetingPages:
    """Plans the pages of a conference's meetings: a part of its pages (parts.py)."""

    def __init__(self, around: Surroundings) -> None:
        self.sources, self.repo, self.facts = around.sources, around.repo, around.facts
        self.languages, self.env, self.section = around.languages, around.env, around.section
        self.rows = around.rows

    @property
    def url(self) -> str:
        """Where the meetings are listed."""
        return f"{self.facts.url}meetings/"

    def period(self) -> str:
        """Pages of meetings depend on no calendar of ours."""
        return ""

    def renewed(self) -> Iterator[Planned | str]:
        """Nothing."""
        return iter(())

    def links(self, lang: str) -> Iterable[tuple[str, str]]:
        """The list, once there is a meeting."""
        if self._trees:
            yield gettext(lang, "Meetings"), self._at(self.url, lang)

    def everything(self) -> Iterator[Planned | str]:
        """All of them."""
        yield from self._pages(self._trees)

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """The meetings that new commits touched, those whose minutes came, and the list."""
        named = {path.split("/")[1] for path in touched.paths if path.startswith("meetings/")}
        trees = self._trees
        for identifier in sorted(filter(MEETING_ID.fullmatch, named - trees.keys())):
            yield f"{self.url}{identifier}/meeting.ics"
            for lang in self.languages:
                yield self._at(f"{self.url}{identifier}/", lang)
        if touched.tids and trees:
            named |= {one for one in trees if self._minutes_tid(one) in touched.tids}
        if named:
            yield from self._pages({one: trees[one] for one in sorted(named & trees.keys())})

    def _pages(self, trees: Mapping[str, str]) -> Iterator[Planned | str]:
        for identifier, tree in trees.items():
            ics = f"{self.url}{identifier}/meeting.ics"
            yield Planned(ics, self.section, 0, partial(self._ics, identifier, tree, ics))
        for lang in self.languages:
            for identifier, tree in trees.items():
                url = self._at(f"{self.url}{identifier}/", lang)
                make = partial(self._page, identifier, tree, lang, url)
                yield Planned(url, self.section, 0, make)
            if self._trees:
                url = self._at(self.url, lang)
                yield Planned(url, self.section, 1, partial(self._list, lang, url))
            else:
                yield self._at(self.url, lang)

    @cached_property
    def _trees(self) -> dict[str, str]:
        """The meetings there are, by id, with the object ids of their folders: asked once a
        build."""
        entries = self.sources.reader(self.repo).tree(MAIN, "meetings")
        return {item.path: str(item.oid) for item in entries if MEETING_ID.fullmatch(item.path)}

    def _load(self, identifier: str) -> MeetingFiles | None:
        try:
            return meetingfiles.load(self.sources.reader(self.repo), identifier)
        except SoliCommError:
            return None

    def _minutes_tid(self, identifier: str) -> str:
        files = self._load(identifier)
        return post_id(files.minutes.message_id) if files and files.minutes else ""

    def _minutes(self, identifier: str) -> str:
        """The address of the post with the minutes; empty while there is none."""
        tid = self._minutes_tid(identifier)
        topic = self.rows.leads_to(tid) if tid else None
        return f"{self.facts.url}t/{topic}/" if topic else ""

    def _page(self, identifier: str, tree: str, lang: str, url: str) -> Page:
        minutes = self._minutes(identifier)
        key = digest(self.env, "meeting", lang, self.facts, tree, minutes)
        files = self._load(identifier)

        def facts() -> Mapping[str, Any]:
            return {
                "conference": self.facts,
                "id": identifier,
                "files": files,
                "list": self._at(self.url, lang),
                "ics": f"{self.url}{identifier}/meeting.ics",
                "minutes": minutes,
            }

        return Page(
            url,
            "meeting",
            self.section,
            lang,
            files.meeting.title if files else identifier,
            key,
            LazyFacts(facts),
            alternates=self._alternates(f"{self.url}{identifier}/"),
            indexed=self.facts.indexed,
        )

    def _list(self, lang: str, url: str) -> Page:
        trees = self._trees
        key = digest(self.env, "meetings", lang, self.facts, trees)

        def facts() -> Mapping[str, Any]:
            found = ((one, self._load(one)) for one in trees)
            return {
                "conference": self.facts,
                "meetings": [
                    (self._at(f"{self.url}{one}/", lang), files) for one, files in found if files
                ],
            }

        return Page(
            url,
            "meetings",
            self.section,
            lang,
            gettext(lang, "Meetings"),
            key,
            LazyFacts(facts),
            alternates=self._alternates(self.url),
            indexed=self.facts.indexed,
        )

    def _ics(self, identifier: str, tree: str, url: str) -> Page:
        config = self.sources.config
        key = digest("meeting.ics", VERSION, config.url, config.domain, self.facts.id, tree)

        def facts() -> Mapping[str, Any]:
            files = self._load(identifier)
            page = f"{config.url}{self.url}{identifier}/"
            octets = (
                invitations.published(files.meeting, self.facts.id, config.domain, url=page)
                if files
                else b""
            )
            return {"octets": octets}

        return Page(url, "octets", self.section, self.facts.lang, "", key, LazyFacts(facts))

    def _at(self, url: str, lang: str) -> str:
        """The address of a page's version in `lang`; the first language has no prefix."""
        return url if lang == self.languages[0] else f"/{lang}{url}"

    def _alternates(self, url: str) -> tuple[tuple[str, str], ...]:
        return tuple((lang, self._at(url, lang)) for lang in self.languages)
