"""What the roster remembers about bounces, probes, freezes and notices: a fold over events.

Pure; `people/roster.py` holds one `Ledger` as `returns`.
Times are the events' `at`: UTC as text that sorts. The format is docs/formats/roster.md.

The rules: docs/mail-rules.md#bounces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from solicomm_build.people.ledger import Ledger
from solicomm_build.people.membership import Bounce
from solicomm_build.people.rosterevents import number_in, text_in

MOST_BOUNCES = 64
"""So many bounces are remembered of a member; the score looks at the last weeks only."""


@dataclass
class Returns(Ledger):
    """Copies and probes that came back, domains frozen, notices written. Only `apply` changes it.

    `copies`: what came back from a member, oldest first, at most MOST_BOUNCES.
    `probes`: when a subscription was last asked about. `dead`: the lists whose probes of a member
    came back as gone. `freezes`: for each domain from when to when bounces do not count. `notices`:
    how many notices about a disabled subscription went out. `summaries`: when a list's owners were
    last told. Subscriptions are (conference, number).
    """

    copies: dict[int, tuple[Bounce, ...]] = field(default_factory=dict)
    probes: dict[tuple[str, int], str] = field(default_factory=dict)
    dead: dict[int, frozenset[str]] = field(default_factory=dict)
    freezes: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    notices: dict[tuple[str, int], int] = field(default_factory=dict)
    summaries: dict[str, str] = field(default_factory=dict)
    places: dict[str, set[int]] = field(default_factory=dict, compare=False, repr=False)
    """Of whom anything came back ever, by list."""

    def apply(self, kind: str, data: Mapping[str, Any]) -> None:
        """Takes one event. Raises KeyError, TypeError or ValueError for a malformed one."""
        change = _CHANGES.get(kind)
        if change is not None:
            change(self, data)

    def bounces(self, number: int) -> tuple[Bounce, ...]:
        """What came back from a member, oldest first, at most MOST_BOUNCES."""
        return self.copies.get(number, ())

    def of_list(self, conference: str) -> dict[int, tuple[Bounce, ...]]:
        """What came back from a list, oldest first, by the member's number, in order; nothing of
        whom nothing did. Costs what came back from that list, however many are subscribed, and
        whatever came back from others."""
        found = {
            number: tuple(one for one in self.bounces(number) if one.conference == conference)
            for number in sorted(self.places.get(conference, ()))
        }
        return {number: came for number, came in found.items() if came}

    def is_frozen(self, domain: str, at: str) -> bool:
        """Whether bounces of a domain at a time do not count."""
        return any(since <= at <= until for since, until in self.freezes.get(domain, ()))

    def forget(self, number: int) -> None:
        """A member has another address: what the old one did is over."""
        self.copies.pop(number, None)
        self.dead.pop(number, None)
        for table in (self.probes, self.notices):
            for place in [place for place in table if place[1] == number]:
                del table[place]


def _bounce(ledger: Returns, data: Mapping[str, Any]) -> None:
    number = number_in(data)
    found = Bounce(
        text_in(data, "conference"),
        text_in(data, "class"),
        text_in(data, "day"),
        text_in(data, "at"),
        text_in(data, "diagnostic"),
    )
    ledger.places.setdefault(found.conference, set()).add(number)
    ledger.copies[number] = _thinned((*ledger.copies.get(number, ()), found))


def _thinned(found: tuple[Bounce, ...]) -> tuple[Bounce, ...]:
    """At most MOST_BOUNCES: one goes that another of its day says as well, else the oldest, so that
    a busy list does not push out what happened weeks ago."""
    if len(found) <= MOST_BOUNCES:
        return found
    if _said(found[-1]) == _said(found[-2]):  # nearly always, and quick
        return found[:-2] + found[-1:]
    keys = list(map(_said, found))
    at = next((n for n, key in enumerate(keys) if key in keys[n + 1 :]), 0)
    return found[:at] + found[at + 1 :]


def _said(one: Bounce) -> tuple[str, str, str]:
    """What a bounce says: where, why, and on which day."""
    return one.conference, one.kind, one.at[:10]


def _bounces_forgotten(ledger: Returns, data: Mapping[str, Any]) -> None:
    number, conference = number_in(data), text_in(data, "conference")
    since = text_in(data, "since")
    kept = tuple(
        found
        for found in ledger.copies.get(number, ())
        if (conference and found.conference != conference) or found.at < since
    )
    ledger.copies[number] = kept


def _probe(ledger: Returns, data: Mapping[str, Any]) -> None:
    ledger.probes[data["conference"], int(data["number"])] = str(data["at"])


def _probe_gone(ledger: Returns, data: Mapping[str, Any]) -> None:
    number = int(data["number"])
    ledger.dead[number] = ledger.dead.get(number, frozenset()) | {str(data["conference"])}


def _freeze(ledger: Returns, data: Mapping[str, Any]) -> None:
    kept = ledger.freezes.setdefault(str(data["domain"]), [])
    kept.append((str(data["since"]), str(data["until"])))
    del kept[:-20]


def _notice(ledger: Returns, data: Mapping[str, Any]) -> None:
    ledger.notices[data["conference"], int(data["number"])] = int(data["notice"])


def _summary(ledger: Returns, data: Mapping[str, Any]) -> None:
    ledger.summaries[str(data["conference"])] = str(data["at"])


def _ended(ledger: Returns, data: Mapping[str, Any]) -> None:
    """A subscription that ends, or whose state changes, begins anew."""
    place = (str(data.get("conference", "")), int(data["number"]))
    ledger.notices.pop(place, None)
    if data.get("state", "active") == "active" and place[1] in ledger.dead:
        left = ledger.dead[place[1]] - {place[0]}
        ledger.dead[place[1]] = left if place[0] else frozenset()


_CHANGES = {
    "bounce": _bounce,
    "bounces-forgotten": _bounces_forgotten,
    "probe": _probe,
    "probe-gone": _probe_gone,
    "freeze": _freeze,
    "bounce-notice": _notice,
    "bounce-summary": _summary,
    "unsubscribe": _ended,
    "state": _ended,
}
TYPES = frozenset(_CHANGES)
