"""Volume and number of digests: a roster event for each, folded by `Issues` (roster.py).

Pure. A volume is a year of one group of one list (features/digests/digest.py); numbers begin with
1.

The rules: docs/mail-rules.md#digests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from solicomm_build.people.ledger import Ledger
from solicomm_build.people.rosterevents import Event, moment

TYPES = frozenset({"digest-issue"})


@dataclass(frozen=True, slots=True)
class Issue:
    """A digest that went out; `until` is the last commit in it."""

    volume: int
    number: int
    year: int
    until: str

    @property
    def place(self) -> tuple[int, int]:
        """Its place in the series."""
        return self.volume, self.number


def next_issue(last: Issue | None, now: datetime, until: str) -> Issue:
    """The issue after `last`: a new year is a new volume. The same commit is the same issue."""
    if last is None:
        return Issue(1, 1, now.year, until)
    if last.until == until:
        return last
    if now.year > last.year:
        return Issue(last.volume + 1, 1, now.year, until)
    return Issue(last.volume, last.number + 1, last.year, until)


def event_data(conference: str, group: str, issue: Issue, posts: int) -> dict[str, Any]:
    """The keys of a `digest-issue` event."""
    return {
        "conference": conference,
        "group": group,
        "volume": issue.volume,
        "issue": issue.number,
        "year": issue.year,
        "until": issue.until,
        "posts": posts,
    }


def of_event(data: Mapping[str, Any]) -> tuple[tuple[str, str], Issue]:
    """(conference, group) and issue of an event. Raises KeyError, TypeError or ValueError."""
    place = (str(data["conference"]), str(data["group"]))
    volume, issue, year = (int(data[name]) for name in ("volume", "issue", "year"))
    return place, Issue(volume, issue, year, str(data["until"]))


@dataclass
class Issues(Ledger):
    """The last issue of each group of each list."""

    last: dict[tuple[str, str], Issue] = field(default_factory=dict)

    def apply(self, kind: str, data: Mapping[str, Any]) -> None:
        """Takes a `digest-issue`; an older one than is known changes nothing."""
        place, issue = of_event(data)
        before = self.last.get(place)
        if before is None or issue.place > before.place:
            self.last[place] = issue


def event(conference: str, group: str, issue: Issue, posts: int, *, at: datetime) -> Event:
    """A digest went out to a group of a list's members."""
    return Event("digest-issue", moment(at), event_data(conference, group, issue, posts))
