"""The failures of the last hour, by which counting for a domain stops (docs/mail-rules.md#bounces).

They are kept in memory; after a start those of the roster take their place.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from solicomm_build.features.bounces import bounce as rules
from solicomm_build.features.bounces.bounce import Bounce, Trip
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.features.bounces.kind import Kind
from solicomm_build.foundation import clock
from solicomm_build.people.membership import Bounce as Noted
from solicomm_build.people.membership import Member
from solicomm_build.people.roster import Roster

KINDS = frozenset(str(kind) for kind in Kind)
"""The classes as the roster writes them."""


class Breaker:
    """Sees every failure of the hub's lists."""

    def __init__(self) -> None:
        self._recent: list[Bounce] | None = None

    def look(self, folded: Roster, found: Bounce) -> Trip | None:
        """Takes a failure in; why counting for its domain has to stop, if so."""
        since = rules.frozen_from(found.at)
        if self._recent is None:
            self._recent = list(_of_roster(folded, since))
        latest = found.at + clock.FAST  # what lies ahead is no failure of this hour
        self._recent = [one for one in self._recent if since <= one.at <= latest]
        self._recent.append(found)
        same = [one for one in self._recent if one.domain == found.domain]

        def usual(kind: Kind) -> int:
            return rules.usual_failures(_past(folded, found.domain, kind, since))

        return rules.breaker(same, found.at, lambda: _population(folded, found.domain), usual)


def _of_roster(folded: Roster, since: datetime) -> Iterator[Bounce]:
    text = rules.time_text(since)
    for member, bounces in _returned(folded):
        number = member.number
        for one in bounces:
            if one.at >= text and one.kind in KINDS:
                at = datetime.fromisoformat(one.at)
                domain = rules.domain_of(member.address)
                yield Bounce(number, one.conference, Kind(one.kind), at, domain)


def _population(folded: Roster, domain: str) -> int:
    return sum(rules.domain_of(one.address) == domain for one in folded.members.values())


def _past(folded: Roster, domain: str, kind: Kind, before: datetime) -> Iterator[tuple[int, int]]:
    """(day, member) of a domain's failures of a class before a moment, as far back as counts."""
    since, until = rules.time_text(before - rules.PAST), rules.time_text(before)
    for member, bounces in _returned(folded):
        if rules.domain_of(member.address) != domain:
            continue
        for one in bounces:
            if one.kind == kind and since <= one.at < until:
                yield rules.epoch_day(datetime.fromisoformat(one.at)), member.number


def _returned(folded: Roster) -> Iterator[tuple[Member, tuple[Noted, ...]]]:
    """The members of whom something came back, by number, and what."""
    for number, bounces in sorted(folded.ledger(Returns).copies.items()):
        if (member := folded.members.get(number)) is not None:
            yield member, bounces
