"""What the page of a course shows, as its template gets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from solicomm_build.post.pages import ConferenceFacts, Facts


@dataclass(frozen=True)
class WeekFacts:
    """A week: its number, day and name, what is read (title and address each, which may be empty)
    and done. `state` is `open`, `coming` or `past`; one that is open has a topic at `url`."""

    week: int
    opens: date
    name: str
    state: str
    url: str
    posts: int
    read: tuple[tuple[str, str], ...]
    task: str


@dataclass(frozen=True)
class CourseFacts(Facts):
    """All weeks; `ics` is the address of the calendar."""

    conference: ConferenceFacts
    weeks: tuple[WeekFacts, ...]
    ics: str
