"""Courses open their weeks: on its day each week of `calendar` becomes a topic
(features/courses/course.py).

    due and not opened ─→ calendar/<week>-<version>.yaml in the conference ─→ its post in spool/in

The file comes first and stays: it says for good that the week has opened. The post is sent as long
as nothing has come of it, always under the same Message-ID, so that a kill in between, a clock that
jumps, or two desks make one post of it.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

from solicomm_build.desk import hubpost
from solicomm_build.desk.chores import Looked
from solicomm_build.desk.office import Office
from solicomm_build.desk.words import paragraphs
from solicomm_build.features.courses import course
from solicomm_build.features.courses.course import Opened
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post import conference as settings
from solicomm_build.post.conference import Conference, Week
from solicomm_build.post.store import knownids
from solicomm_build.post.store.hooks import named

_REST = 20.0  # seconds between two looks at all calendars
_SPOKEN = frozenset({"en", "fr", "es", "pt", "ar", "ru"})


@dataclass(slots=True)
class Courses:
    """What was looked at. Not for several threads."""

    office: Office
    log: MailLog
    looked: Looked[tuple[Oid | None, datetime]] = field(default_factory=Looked)
    sent: set[str] = field(default_factory=set)

    def run(self) -> bool:
        """Opens what is due; whether there was anything. Nothing opens by a clock that may be far
        ahead. Blocking; a look costs a `stat` a conference."""
        if self.looked.rests(_REST) or not timekeeping.is_sure(self.office.config.state):
            return False
        done = False
        courses = {name: one for name, one in self.office.conferences().items() if one.calendar}
        for name in self.office.watch.each("course", courses):
            done = self._conference(courses[name]) or done
        return done

    def _conference(self, found: Conference) -> bool:
        repo, now = self.office.repo(found.id), clock.now()
        weeks = [week for week in course.weeks(found) if course.opens_at(week, found.zone) <= now]
        items: list[Item] = []
        with Reader(repo) as reader:
            for week in weeks:
                opened = _opened(reader, week)
                if opened is None and course.is_due(week, found.zone, now, self._planned(repo)):
                    opened = self._open(repo, found, week, now)
                if opened is not None and self._is_missing(found.id, opened, now):
                    items.append(self._post(found, week, opened))
        if items:
            hubpost.send(self.office.config, items)
            self.log.event("course-week", conference=found.id, posts=len(items))
        return bool(items)

    def _open(self, repo: Repo, found: Conference, week: Week, now: datetime) -> Opened:
        """Writes down that a week has opened; whoever was first has opened it."""
        config = self.office.config
        own = course.message_id(self.office.key, found.id, week, config.domain)
        own = knownids.made(config, found, own)
        made = Opened(week.week, week.version, own, now)
        where = course.path(week.week, week.version)
        message = compose(f"Open week {week.week}", Source="desk")
        write_once(repo, [Change(where, course.encode(made))], message=message, when=now)
        point("course.after-opened")
        return made

    def _is_missing(self, conference: str, opened: Opened, now: datetime) -> bool:
        """Whether nothing has come of a week's post, looked at once by a desk, and not for ever: a
        week of long ago may have been moved or copied without its post."""
        if opened.message_id in self.sent or now - opened.at > course.LATE:
            return False
        self.sent.add(opened.message_id)
        return not hubpost.has_come(self.office, conference, opened.message_id)

    def _planned(self, repo: Repo) -> datetime:
        """When the settings were changed last."""
        tip, known = repo.ref(), self.looked.seen.get(repo.path.name)
        if known is None or known[0] != tip:
            told = repo.git("log", "-1", "--format=%ct", MAIN, "--", settings.FILE)
            when = min(log.moment(told.decode("ascii").strip()), clock.now())
            known = self.looked.seen[repo.path.name] = (tip, when)
        return known[1]

    def _post(self, found: Conference, week: Week, opened: Opened) -> Item:
        lang = found.languages[0]
        spoken = lang if lang in _SPOKEN else "en"
        url = f"{self.office.config.url}/conferences/{found.id}/calendar/"
        reading = [resolved(self.office, reference) for reference in week.read]
        rows = [f"{title}\n{where}" if title else where for title, where in reading]
        parts = [
            gettext(spoken, "Week %(number)s of the course begins.", number=str(week.week)),
            *([gettext(spoken, "To read:"), *rows] if rows else []),
            gettext(spoken, "To do:") + f" {week.task}" if week.task not in ("", "topic") else "",
            gettext(spoken, "Answer here: what you think, what you tried, what you want to ask."),
            gettext(spoken, "All weeks:") + f" {url}" if found.has_pages else "",
        ]
        return hubpost.item(
            self.office.config,
            found,
            subject=title_of(found, week),
            text=paragraphs(parts),
            message_id=opened.message_id,
            lang=lang,
            now=opened.at,
        )


def title_of(found: Conference, week: Week) -> str:
    """What a week's topic is called."""
    lang = found.languages[0]
    spoken = lang if lang in _SPOKEN else "en"
    texts = (week.title.get(tag) for tag in (*found.languages, *week.title))
    title = next((text for text in texts if text), "")
    number = str(week.week)
    if not title:
        return gettext(spoken, "Week %(number)s", number=number)
    return gettext(spoken, "Week %(number)s: %(title)s", number=number, title=title)


def resolved(office: Office, reference: str) -> tuple[str, str]:
    """(title, address) of something to read: a card of a public library, or an address as it is."""
    with ExitStack() as stack:
        config = office.config
        found = named(config, reference, lambda path: stack.enter_context(Reader(open_repo(path))))
    return (found[0], f"{config.url}{found[1]}") if found else ("", reference)


def _opened(reader: Reader, week: Week) -> Opened | None:
    where = course.path(week.week, week.version)
    blob = reader.at(MAIN, where)
    if blob is None:
        return None
    try:
        return course.decode(blob, where)
    except SoliCommError:
        return None
