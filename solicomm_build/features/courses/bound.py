"""A course as a book: a part for each week that has opened, with what is read and said in it."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.builder.parts import Surroundings
from solicomm_build.features.courses.planned import CoursePages
from solicomm_build.post.books.gathered import Stretch


def weeks(around: Surroundings) -> Iterator[Stretch]:
    """The weeks that are open, in their order."""
    if not around.settings.calendar:
        return
    hub = around.sources.config.url
    for week in CoursePages(around).lines():
        if week.state == "open":
            read = tuple(
                (title, url if not url.startswith("/") else f"{hub}{url}")
                for title, url in week.read
            )
            topic = week.url.rstrip("/").rpartition("/")[2]
            yield Stretch(topic, week.name, (week.task,) if week.task else (), read)
