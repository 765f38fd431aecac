"""What the roster knows of meetings: who wants no invitations of a list. Pure.

`meetings`  conference, number, wanted (`yes`, `no`)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from solicomm_build.people import rosterevents
from solicomm_build.people.ledger import Ledger
from solicomm_build.people.rosterevents import Event

TYPE = "meetings"


@dataclass
class MeetingWork(Ledger):
    """The fold. Only `apply` changes it."""

    _unwanted: set[tuple[str, int]] = field(default_factory=set)

    def is_wanted(self, conference: str, number: int) -> bool:
        """Whether a member gets invitations of a conference."""
        return (conference, number) not in self._unwanted

    def apply(self, kind: str, data: Mapping[str, Any]) -> None:
        """Takes one event. Raises KeyError, TypeError or ValueError for a malformed one."""
        key = str(data["conference"]), int(data["number"])
        if data["wanted"] == "no":
            self._unwanted.add(key)
        else:
            self._unwanted.discard(key)


def wish(conference: str, number: int, *, wanted: bool, at: datetime) -> Event:
    """A member wants no more invitations of a conference, or wants them again."""
    data = {"conference": conference, "number": number, "wanted": "yes" if wanted else "no"}
    return Event(TYPE, rosterevents.moment(at), data)
