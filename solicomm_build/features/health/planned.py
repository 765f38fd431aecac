"""The health of a conference, for everybody: `/conferences/<id>/health/`, in each hub language.

It tells of days that have ended, and says so: it is made once a day, and again when something of
those days changes (mail that comes late, an event about a topic that waits). So no post waits for
it. It reads the posts of twelve months then, some tens of milliseconds for ten thousand.
`health.publish: false` in conference.yaml takes the page away.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cached_property, partial

from solicomm_build.builder.conferences.lookup import moment
from solicomm_build.builder.conferences.touched import Touched, month_bounds, month_of
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.features.health import health as counting
from solicomm_build.features.health.health import Health, Started
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.git.repo import MAIN
from solicomm_build.post.pages import Page

NAME = "health"


class _Voices:
    """The rows that health is counted from; `end` is when the day that has not ended began."""

    def __init__(self, around: Surroundings) -> None:
        self._db, self._conf = around.sources.db, around.facts.id
        self._rows, self._end = around.rows, around.day_start

    def posts(self, low: int) -> Iterator[tuple[str, int, str, str]]:
        """(topic, time, name, language) of the posts since `low`, oldest first, but hidden ones."""
        yield from self._db.execute(
            "SELECT topic, time, name, lang FROM post"
            " WHERE conf=? AND time>=? AND time<? AND hidden=0 ORDER BY time, mid",
            (self._conf, low, self._end),
        )

    def started(self, low: int) -> Iterator[Started]:
        """The topics that began since `low`."""
        rows = self._db.execute(
            "SELECT tid, title, starter, started, closed, lang FROM topic"
            " WHERE conf=? AND started>=? AND started<?",
            (self._conf, low, self._end),
        )
        for tid, title, starter, started, closed, lang in rows:
            yield Started(tid, title, starter, started, bool(closed), lang)

    def any_waits(self, tids: Iterable[str]) -> bool:
        """Whether a topic that holds one of these stored threads had no answer by anybody but who
        began it when the last day ended."""
        for topic in {self._rows.leads_to(tid) for tid in tids}:
            names = self._db.execute(
                "SELECT name FROM post WHERE conf=? AND topic=? AND time<? AND hidden=0"
                " ORDER BY time, mid",
                (self._conf, topic, self._end),
            )
            first = next(names, None)
            if first and all(name.casefold() == first[0].casefold() for (name,) in names):
                return True
        return False


class HealthPages:
    """Plans the health pages of one conference: a part of its pages (parts.py)."""

    def __init__(self, around: Surroundings) -> None:
        self.sources, self.repo, self.facts = around.sources, around.repo, around.facts
        self.env, self.section, self._around = around.env, around.section, around
        self._languages, self._settings = around.languages, around.settings
        self._today, self._end, self._voices = around.today, around.day_start, _Voices(around)

    @property
    def url(self) -> str:
        """Where the page is in the conference's language."""
        return f"{self.facts.url}health/"

    def period(self) -> str:
        """The day that has not ended."""
        return self._today.isoformat()

    def links(self, lang: str) -> Iterator[tuple[str, str]]:
        """The page, if the conference shows it."""
        if self._settings.publish_health:
            yield gettext(lang, "How we are doing"), self._address(lang)

    def everything(self) -> Iterator[Planned | str]:
        """The page in every language."""
        for lang in self._languages:
            url = self._address(lang)
            if self._settings.publish_health:
                yield Planned(url, self.section, 1, partial(self._page, lang, url))
            else:
                yield url

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """The pages, when days that have ended are others now."""
        late = any(time < self._end for time in touched.months.values())
        filed = any(counting.parse_path(path) for path in touched.paths)
        if late or filed or self._voices.any_waits(touched.tids):
            yield from self.everything()

    def renewed(self) -> Iterator[Planned | str]:
        """A day has ended."""
        yield from self.everything()

    def _address(self, lang: str) -> str:
        return self.url if lang == self._languages[0] else f"/{lang}{self.url}"

    @cached_property
    def _found(self) -> Health:
        """Counted once, for all languages."""
        months = counting.last_months(month_of(self._end - 1))
        low = month_bounds(months[0])[0]
        return counting.health(
            months,
            self._voices.started(low),
            self._voices.posts(low),
            target=self._settings.answer_target_hours * 3600,
            decided=self._decided(),
        )

    def _decided(self) -> dict[str, int]:
        """How long moderators took, by month, as the desk filed it."""
        reader, found = self.sources.reader(self.repo), {}
        for entry in reader.tree(MAIN, "health"):
            month = counting.parse_path(f"health/{entry.path}")
            with contextlib.suppress(SoliCommError):  # a file that says nothing
                if month:
                    found[month] = counting.decode(reader.blob(entry.oid))
        return found

    def _page(self, lang: str, url: str) -> Page:
        found, target = self._found, self._settings.answer_target_hours
        day = moment(self._end) - timedelta(days=1)
        about = self._around.called(lang)
        key = digest(self.env, "health", lang, about, day, found, target)
        facts = {
            "conference": about,
            "called_in": self._around.called_in(lang),
            "day": day,
            "target": target,
            "answers": self.facts.posting != "announce",
            "months": [(month_first(month.month), month) for month in found.months],
            "waiting": found.waiting,
            "waits": found.waits,
            "languages": found.languages,
        }
        alternates = tuple((code, self._address(code)) for code in self._languages)
        title = gettext(lang, "How we are doing")
        return Page(
            url,
            "health",
            self.section,
            lang,
            f"{title} · {about.title}",
            key,
            facts,
            alternates=alternates,
            indexed=self.facts.indexed,
        )


def month_first(month: str) -> datetime:
    """The first moment of `2026-11`, UTC."""
    return moment(month_bounds(month)[0])
