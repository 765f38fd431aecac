"""What the roster remembers about probes, freezes and notices: a fold over events (mail.md E8).

Pure. The bounces themselves are folded by model/roster.py, which holds one `Ledger` as `returns`.
Times are the events' `at`: UTC as text that sorts. The format is docs/formats/roster.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Ledger:
    """Probes sent and come back, domains frozen, notices written. Only `apply` changes it.

    `probes`: when a subscription was last asked about. `dead`: the lists whose probes of a member
    came back as gone. `freezes`: for each domain from when to when bounces do not count. `notices`:
    how many notices about a disabled subscription went out. `summaries`: when a list's owners were
    last told. Subscriptions are (conference, number).
    """

    probes: dict[tuple[str, int], str] = field(default_factory=dict)
    dead: dict[int, frozenset[str]] = field(default_factory=dict)
    freezes: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    notices: dict[tuple[str, int], int] = field(default_factory=dict)
    summaries: dict[str, str] = field(default_factory=dict)

    def apply(self, kind: str, data: Mapping[str, Any]) -> None:
        """Takes one event. Raises KeyError, TypeError or ValueError for a malformed one."""
        change = _CHANGES.get(kind)
        if change is not None:
            change(self, data)

    def is_frozen(self, domain: str, at: str) -> bool:
        """Whether bounces of a domain at a time do not count."""
        return any(since <= at <= until for since, until in self.freezes.get(domain, ()))

    def forget(self, number: int) -> None:
        """A member has another address: what the old one did is over."""
        self.dead.pop(number, None)
        for table in (self.probes, self.notices):
            for place in [place for place in table if place[1] == number]:
                del table[place]


def _probe(ledger: Ledger, data: Mapping[str, Any]) -> None:
    ledger.probes[data["conference"], int(data["number"])] = str(data["at"])


def _probe_gone(ledger: Ledger, data: Mapping[str, Any]) -> None:
    number = int(data["number"])
    ledger.dead[number] = ledger.dead.get(number, frozenset()) | {str(data["conference"])}


def _freeze(ledger: Ledger, data: Mapping[str, Any]) -> None:
    kept = ledger.freezes.setdefault(str(data["domain"]), [])
    kept.append((str(data["since"]), str(data["until"])))
    del kept[:-20]


def _notice(ledger: Ledger, data: Mapping[str, Any]) -> None:
    ledger.notices[data["conference"], int(data["number"])] = int(data["notice"])


def _summary(ledger: Ledger, data: Mapping[str, Any]) -> None:
    ledger.summaries[str(data["conference"])] = str(data["at"])


def _ended(ledger: Ledger, data: Mapping[str, Any]) -> None:
    """A subscription that ends, or whose state changes, begins anew."""
    place = (str(data.get("conference", "")), int(data["number"]))
    ledger.notices.pop(place, None)
    if data.get("state", "active") == "active" and place[1] in ledger.dead:
        left = ledger.dead[place[1]] - {place[0]}
        ledger.dead[place[1]] = left if place[0] else frozenset()


_CHANGES = {
    "probe": _probe,
    "probe-gone": _probe_gone,
    "freeze": _freeze,
    "bounce-notice": _notice,
    "bounce-summary": _summary,
    "unsubscribe": _ended,
    "state": _ended,
}
TYPES = frozenset(_CHANGES)
