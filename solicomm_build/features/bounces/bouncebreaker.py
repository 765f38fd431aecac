"""The failures of the last hour, by which counting for a domain stops (docs/mail-rules.md#bounces).

They are kept in memory; after a start those of the roster take their place.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from solicomm_build.features.bounces import bounce as rules
from solicomm_build.features.bounces.bounce import Bounce, Hour, Trip
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.features.bounces.kind import Kind
from solicomm_build.foundation import clock
from solicomm_build.foundation.types import Oid
from solicomm_build.people.membership import Bounce as Noted
from solicomm_build.people.membership import Member
from solicomm_build.people.roster import Roster

_SWEEP = timedelta(hours=1)
_NEAR = 0.15
"""The share of the members of a domain from which on it matters who has come or gone meanwhile:
counting them takes longer than all else about a bounce."""

KINDS = frozenset(str(kind) for kind in Kind)
"""The classes as the roster writes them."""


class Breaker:
    """Sees every failure of the hub's lists. What it asks the roster it asks once for all failures
    that come while that is the same."""

    def __init__(self) -> None:
        self._recent: dict[str, Hour] | None = None  # by domain
        self._swept: datetime | None = None
        self._known = _Known()
        self._people: Counter[str] | None = None  # members by domain
        self._counted: Oid | None = None  # the commit of the roster that they are of

    def look(self, folded: Roster, found: Bounce, tip: Oid | None) -> Trip | None:
        """Takes a failure in; why counting for its domain has to stop, if so. `tip` is the commit
        of the roster."""
        if self._recent is None:
            self._recent = {}
            for one in _of_roster(folded, rules.frozen_from(found.at)):
                self._recent.setdefault(one.domain, Hour()).add(one)
        self._sweep(self._recent, found.at)
        if tip is None or tip != self._known.tip:
            self._known = _Known(tip)
        # what lies ahead is no failure of this hour
        named = self._recent.setdefault(found.domain, Hour()).take(found, clock.FAST)
        known, before = self._known, rules.frozen_from(found.at)

        def usual(kind: Kind) -> int:
            return known.usual(folded, found.domain, kind, before)

        def members() -> int:
            people = self._people
            if people is None or (self._counted != tip and named > _NEAR * people[found.domain]):
                people = Counter(rules.domain_of(one.address) for one in folded.members.values())
                self._people, self._counted = people, tip
            return people[found.domain]

        return rules.breaker(found, named, members, usual)

    def _sweep(self, recent: dict[str, Hour], now: datetime) -> None:
        """Once in an hour forgets the domains of which nothing came back, and how many members each
        has."""
        if self._swept is not None and abs(now - self._swept) < _SWEEP:
            return
        self._swept, self._people = now, None
        for domain, hour in [*recent.items()]:
            hour.forget(rules.frozen_from(now), now + clock.FAST)
            if not hour:
                del recent[domain]


class _Known:
    """What the roster says at one commit, asked for once."""

    def __init__(self, tip: Oid | None = None) -> None:
        self.tip = tip
        self._past: dict[tuple[str, str], list[tuple[str, int]]] | None = None
        self._usual: dict[tuple[str, str, int, int], int] = {}

    def usual(self, folded: Roster, domain: str, kind: Kind, before: datetime) -> int:
        """How many members of a domain usually fail so on a day before a moment, as far back as
        counts."""
        if self._past is None:
            self._past = _by_domain(folded)
        past = self._past.get((domain, str(kind)), [])
        first, end = (
            bisect_left(past, (rules.time_text(at), 0)) for at in (before - rules.PAST, before)
        )
        key = domain, str(kind), first, end
        if key not in self._usual:
            days = ((datetime.fromisoformat(at), number) for at, number in past[first:end])
            found = rules.usual_failures((rules.epoch_day(at), number) for at, number in days)
            self._usual[key] = found
        return self._usual[key]


def _of_roster(folded: Roster, since: datetime) -> Iterator[Bounce]:
    text = rules.time_text(since)
    for member, bounces in _returned(folded):
        number = member.number
        for one in bounces:
            if one.at >= text and one.kind in KINDS:
                at = datetime.fromisoformat(one.at)
                domain = rules.domain_of(member.address)
                yield Bounce(number, one.conference, Kind(one.kind), at, domain)


def _by_domain(folded: Roster) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """When failures were of each domain and class, and of whom, the earliest first."""
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for member, bounces in _returned(folded):
        domain = rules.domain_of(member.address)
        for one in bounces:
            found.setdefault((domain, one.kind), []).append((one.at, member.number))
    for rows in found.values():
        rows.sort()
    return found


def _returned(folded: Roster) -> Iterator[tuple[Member, tuple[Noted, ...]]]:
    """The members of whom something came back, by number, and what."""
    for number, bounces in sorted(folded.ledger(Returns).copies.items()):
        if (member := folded.members.get(number)) is not None:
            yield member, bounces
