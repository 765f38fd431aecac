"""What commits changed of a conference, in the words of those who plan its pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(slots=True)
class Touched:
    """What a set of commits changed, in the words of the page planner.

    `tids` are stored threads whose address may show something else now, `starts` the (time, tid) at
    which topics begin or no longer begin, `months` the earliest time from which a month's list
    moved; `labels` are those (folded) whose topics read otherwise.
    """

    tids: set[str] = field(default_factory=set)
    starts: set[tuple[int, str]] = field(default_factory=set)
    months: dict[str, int] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)

    def month(self, time: int) -> None:
        """Notes that the list of a month changed from `time` on."""
        name = month_of(time)
        self.months[name] = min(time, self.months.get(name, time))

    def as_dict(self) -> dict[str, Any]:
        """For the state's `pending` note."""
        return {
            "tids": self.tids,
            "starts": self.starts,
            "months": self.months,
            "paths": self.paths,
            "labels": self.labels,
        }

    @classmethod
    def of_dict(cls, noted: Mapping[str, Any]) -> Touched:
        """What `as_dict` gave, after JSON."""
        starts = {(int(time), str(tid)) for time, tid in noted["starts"]}
        return cls(
            set(noted["tids"]),
            starts,
            dict(noted["months"]),
            set(noted["paths"]),
            set(noted.get("labels", ())),
        )


def month_of(time: int) -> str:
    """`2026-11` of a moment, in UTC."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m")


def month_bounds(month: str) -> tuple[int, int]:
    """First second of a month (`2026-11`) and of the next, UTC."""
    year, number = int(month[:4]), int(month[5:7])
    low = datetime(year, number, 1, tzinfo=UTC)
    high = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return int(low.timestamp()), int(high.timestamp())
