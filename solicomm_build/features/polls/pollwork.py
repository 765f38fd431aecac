"""What the roster knows of polls: whom the desk has written to, what moderators want done, and who
casts a union's votes. Pure; people/roster.py holds one `PollWork` (roster.py).

`poll-asked`  conference, poll, round (0: the question, 1 and on: reminders), upto: so many of the
              voters, in the order of their numbers, have their letter of this round
`poll-told`   conference, poll, reports: a mail told the result with what so many hubs reported
`poll-wish`   conference, poll, wish (`close`, `remind`), by
`delegate`    conference, number, union (empty: of none any more), by
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from solicomm_build.people.ledger import Ledger

TYPES = frozenset({"poll-asked", "poll-told", "poll-wish", "delegate"})

Key = tuple[str, str]
"""A conference and a poll."""


@dataclass
class PollWork(Ledger):
    """The fold. Only `apply` changes it."""

    _asked: dict[tuple[str, str, int], int] = field(default_factory=dict)
    told: dict[Key, int] = field(default_factory=dict)
    reminders: dict[Key, int] = field(default_factory=dict)
    ends: dict[Key, tuple[str, str]] = field(default_factory=dict)
    delegates: dict[tuple[str, int], str] = field(default_factory=dict)

    def asked(self, conference: str, poll: str, turn: int) -> int:
        """How many voters have their letter of a round."""
        return self._asked.get((conference, poll, turn), 0)

    def unions(self, conference: str) -> dict[int, str]:
        """Who casts the votes of which union in a conference, by member number."""
        return {who: union for (where, who), union in self.delegates.items() if where == conference}

    def apply(self, kind: str, data: Mapping[str, Any]) -> None:
        """Takes one event. Raises KeyError, TypeError or ValueError for a malformed one."""
        if kind not in TYPES:
            return
        conference = str(data["conference"])
        if kind == "delegate":
            number, union = int(data["number"]), str(data.get("union", ""))
            self.delegates.pop((conference, number), None)
            if union:
                self.delegates[conference, number] = union
            return
        key = conference, str(data["poll"])
        if kind == "poll-asked":
            turn, upto = int(data["round"]), int(data["upto"])
            self._asked[*key, turn] = max(upto, self._asked.get((*key, turn), 0))
        elif kind == "poll-told":
            self.told[key] = max(int(data["reports"]), self.told.get(key, 0))
        elif data["wish"] == "remind":
            self.reminders[key] = self.reminders.get(key, 0) + 1
        elif data["wish"] == "close":
            self.ends.setdefault(key, (str(data["at"]), str(data.get("by", ""))))
        else:
            raise ValueError(data["wish"])
