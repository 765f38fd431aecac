"""What came back is read without asking the roster for all of its people at each.

10 members, 40 members; mail to all of them came back → one batch → looks into all that came back
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.features.bounces import bounce as rules
from solicomm_build.features.bounces import bouncebreaker
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.features.bounces.bounces import Bounces
from solicomm_build.features.bounces.kind import Kind
from solicomm_build.features.bounces.whatcameback import refusal
from solicomm_build.foundation import clock, keys, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Oid
from solicomm_build.people import roster, rosterevents
from solicomm_build.people.rosterevents import Consent, member, subscribe
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub


def _read(root: Path, count: int) -> int:
    """Reads as many bounces as there are members; how many were read."""
    config = smallhub.make(root, Conference("bar", {"en": "Bar"}, kind="list"))
    events, now = [], clock.now()
    for number in range(1, count + 1):
        to = f"m{number}@union.example"
        events.append(member(number, to, at=now, consent=Consent("mail")))
        events.append(subscribe("bar", number, at=now, consent=Consent("mail")))
    smallhub.add_events(config, events)
    spool, key = Spool(config.spool_bounces), keys.token_key(config.keys)
    for number in range(1, count + 1):
        to = f"m{number}@union.example"
        spool.put([refusal(config, key, "bar", number, to, "550 5.1.1 No such user")])
    work = Bounces(config, Spool(config.spool_out), maillog.to_nobody())
    try:
        return work.run()
    finally:
        work.close()
        spool.close()


def test_a_batch_asks_once_who_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Counter[str]] = []

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any) -> Any:
            found[-1][name] += 1
            return real(*args)

        return called

    monkeypatch.setattr(bouncebreaker, "_returned", counted("returned", bouncebreaker._returned))
    monkeypatch.setattr(rules, "domain_of", counted("domains", rules.domain_of))
    for count in (10, 40):
        found.append(Counter())
        assert _read(tmp_path / str(count), count) == count
    few, more = found
    assert more["returned"] == few["returned"]
    assert more["domains"] <= 4 * few["domains"]


class _Moment(datetime):
    """A moment that counts how often it is compared with another."""

    compared = 0

    def __lt__(self, other: datetime) -> bool:
        _Moment.compared += 1
        return super().__lt__(other)

    def __le__(self, other: datetime) -> bool:
        _Moment.compared += 1
        return super().__le__(other)

    def __eq__(self, other: object) -> bool:
        _Moment.compared += 1
        return super().__eq__(other)

    __hash__ = datetime.__hash__


def test_each_failure_of_a_domain_costs_the_same() -> None:
    found: list[int] = []
    folded = roster.fold([])
    for count in (100, 400):
        work, _Moment.compared = bouncebreaker.Breaker(), 0
        for number in range(count):
            at = _Moment(2026, 11, 24, 12, 0, number % 60, number, UTC)
            failed = rules.Bounce(number, "bar", Kind.GONE, at, "union.example")
            work.look(folded, failed, Oid("a" * 40))
        found.append(_Moment.compared)
    assert found[1] <= 8 * found[0], found


def test_a_summary_looks_at_what_came_back_from_its_list(monkeypatch: pytest.MonkeyPatch) -> None:
    events = [
        rosterevents.bounce(number, f"list{number}", "gone", "2026-11-23", at=clock.now())
        for number in range(1, 40)
    ]
    returns, asked = roster.fold(events).ledger(Returns), list[int]()
    real = Returns.bounces
    monkeypatch.setattr(
        Returns, "bounces", lambda one, number: [asked.append(number), real(one, number)][1]
    )
    assert returns.of_list("list7").keys() == {7}
    assert asked == [7]
