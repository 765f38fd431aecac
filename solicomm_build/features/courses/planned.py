"""The calendar of a course: its weeks, those that have opened with their topics.

    /conferences/<id>/calendar/               all weeks
    /conferences/<id>/calendar/course.ics     the same for a telephone's calendar

A week is linked when its post is there. Which weeks have opened says `calendar/` in the repository
(features/courses/course.py), which the desk writes; here nothing is opened. A week of the past
that never opened is shown without a link.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import LazyFacts, Planned, digest
from solicomm_build.features.courses import course
from solicomm_build.features.courses.course import Opened
from solicomm_build.features.courses.facts import CourseFacts, WeekFacts
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.git.repo import MAIN
from solicomm_build.post.conference import Week
from solicomm_build.post.editorial import calendar as icalendar
from solicomm_build.post.editorial.sitepage import Event
from solicomm_build.post.pages import Page
from solicomm_build.post.store.hooks import named

VERSION = "1"
"""Part of the file's key: raise it when the same weeks become other octets."""


class CoursePages:
    """Plans a conference's calendar: a part of its pages (parts.py)."""

    def __init__(self, around: Surroundings) -> None:
        self.sources, self.repo, self.facts = around.sources, around.repo, around.facts
        self.env, self.section = around.env, around.section
        self._settings, self._rows, self._today = around.settings, around.rows, around.today

    @property
    def url(self) -> str:
        """Where the calendar is."""
        return f"{self.facts.url}calendar/"

    def links(self, lang: str) -> Iterator[tuple[str, str]]:
        """The way there from the front page."""
        if self._settings.calendar:
            yield gettext(lang, "The course, week by week"), self.url

    def period(self) -> str:
        """The day, since weeks to come become weeks of the past; and what is to be read, since a
        document may get another title, or go with its library."""
        if not self._settings.calendar:
            return ""
        read = [self._reading(one) for week in self._weeks() for one in week.read]
        return self._today.isoformat() + (f" {digest(*read)}" if read else "")

    def everything(self) -> Iterator[Planned | str]:
        """The page and the file."""
        if self._settings.calendar:
            yield Planned(self.url, self.section, 1, self._page)
            ics = f"{self.url}course.ics"
            yield Planned(ics, self.section, 0, partial(self._ics, ics))

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """The page, when a week opened or its topic changed."""
        if not self._settings.calendar:
            return
        posts = {str(one.post) for one in self._opened().values()}
        if posts & touched.tids or any(map(course.parse_path, touched.paths)):
            yield Planned(self.url, self.section, 1, self._page)

    def renewed(self) -> Iterator[Planned | str]:
        """Another day."""
        yield from self.everything()

    def _opened(self) -> dict[int, Opened]:
        reader, found = self.sources.reader(self.repo), []
        for entry in reader.tree(MAIN, "calendar"):
            where = f"calendar/{entry.path}"
            if course.parse_path(where) is None:
                continue
            try:
                found.append(course.decode(reader.blob(entry.oid), where))
            except SoliCommError:
                continue  # the desk writes it anew
        return course.newest(found)

    def lines(self) -> tuple[WeekFacts, ...]:
        """All weeks as they are shown."""
        opened, today = self._opened(), self._today.isoformat()
        return tuple(self._line(week, opened.get(week.week), today) for week in self._weeks())

    def _since(self, opened: Opened) -> date:
        """The day on which a week opened, where the course is; the calendar may name another since,
        and a clock may have been ahead."""
        return min(opened.at.astimezone(ZoneInfo(self._settings.zone or "UTC")).date(), self._today)

    def _page(self) -> Page:
        lines = self.lines()
        facts = CourseFacts(self.facts, lines, f"{self.url}course.ics")
        key = digest(self.env, "course", self.facts, lines)
        return Page(
            self.url,
            "course",
            self.section,
            self.facts.lang,
            self.facts.title,
            key,
            facts,
            indexed=self.facts.indexed,
        )

    def _weeks(self) -> list[Week]:
        return course.weeks(self._settings)

    def _line(self, week: Week, opened: Opened | None, today: str) -> WeekFacts:
        topic = self._rows.leads_to(str(opened.post)) if opened else None
        shown = self._rows.topic(topic) if topic else None
        state = "open" if shown else "coming" if week.opens >= today else "past"
        return WeekFacts(
            week.week,
            self._since(opened) if shown and opened else date.fromisoformat(week.opens),
            _name(week, self._title(week), self.facts.lang),
            state,
            f"{self.facts.url}t/{shown.tid}/" if shown else "",
            shown.posts if shown else 0,
            tuple(self._reading(reference) for reference in week.read),
            "" if week.task == "topic" else week.task,
        )

    def _title(self, week: Week) -> str:
        texts = (week.title.get(tag) for tag in (*self._settings.languages, *week.title))
        return next((text for text in texts if text), "")

    def _reading(self, reference: str) -> tuple[str, str]:
        """(title, address) of a card of a public library, or of what else is named."""
        found = named(self.sources.config, reference, self.sources.reader)
        if found is not None:
            return found
        return reference, reference if reference.startswith(("https://", "http://")) else ""

    def _ics(self, url: str) -> Page:
        weeks, zone = self._weeks(), self._settings.zone
        key = digest("course.ics", VERSION, self.facts.title, self.facts.url, weeks, zone)

        def facts() -> Mapping[str, Any]:
            config = self.sources.config
            found = [
                icalendar.Entry(
                    _event(week, self._title(week), self.facts.lang, zone),
                    f"{config.url}{self.url}",
                    f"week{week.week}@{self.facts.id}.course.{config.domain}",
                )
                for week in weeks
            ]
            return {"octets": icalendar.calendar(self.facts.title, self.facts.lang, found)}

        return Page(url, "octets", self.section, self.facts.lang, "", key, LazyFacts(facts))


def _event(week: Week, title: str, lang: str, zone: str) -> Event:
    starts = course.opens_at(week, zone)
    return Event(
        slug=f"week{week.week}",
        lang=lang,
        title=_name(week, title, lang),
        starts=starts,
        ends=None,
        all_day=False,
        place="",
        online="",
        summary="" if week.task == "topic" else week.task,
        image=None,
        status="published",
        body="",
    )


def _name(week: Week, title: str, lang: str) -> str:
    number = str(week.week)
    if not title:
        return gettext(lang, "Week %(number)s", number=number)
    return gettext(lang, "Week %(number)s: %(title)s", number=number, title=title)
