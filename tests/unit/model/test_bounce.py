"""Classes, scores, the breaker, and what the roster remembers of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from solicomm_build.features.bounces import bounce, bounceevents
from solicomm_build.features.bounces.bounce import Bounce, Hour, Trip, breaker, score
from solicomm_build.features.bounces.bounceclass import Kind, classify
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.features.bounces.reports.dsn import Failure
from solicomm_build.people import roster, rosterevents
from solicomm_build.people.rosterevents import Consent, Event

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TODAY = bounce.epoch_day(AT)


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        ("5.1.1", "user unknown", "gone"),
        ("5.1.1", "", "gone"),
        ("5.1.1", "rejected as spam", "policy"),
        ("5.1.1", "no such user, see https://spam.example/policy", "gone"),
        ("5.1.10", "recipient not found", "gone"),
        ("5.2.1", "the account is disabled", "gone"),
        ("5.2.1", "mailbox temporarily disabled", "soft"),
        ("5.2.1", "receiving mail at a rate that prevents", "policy"),
        ("5.4.4", "host not found", "gone"),
        ("5.4.1", "Recipient address rejected: Access denied", "gone"),
        ("5.4.1", "no answer from host", "soft"),
        ("5.4.7", "user unknown, given up", "soft"),
        ("5.2.2", "", "full"),
        ("4.2.2", "over quota", "full"),
        ("5.0.0", "mailbox is full", "full"),
        ("5.2.3", "", "size"),
        ("5.0.0", "message size exceeds fixed limit", "size"),
        ("5.7.1", "user unknown", "gone"),
        ("5.7.1", "Invalid recipient", "gone"),
        ("5.7.1", "user unknown, blocked by policy", "policy"),
        ("5.7.1", "mailbox unavailable", "policy"),
        ("5.7.1", "", "policy"),
        ("5.6.0", "bad content", "policy"),
        ("5.1.8", "sender domain does not exist", "policy"),
        ("5.0.0", "550 unknown user", "gone"),
        ("5.0.0", "blocked by SPF", "policy"),
        ("5.0.0", "554 transaction failed", "soft"),
        ("5.0.0", "554 too many hops", "soft"),
        ("", "user unknown", "gone"),
        ("", "", "soft"),
        ("4.4.1", "timed out", "soft"),
        ("4.1.1", "user unknown", "soft"),
        ("4.7.1", "greylisted, policy", "soft"),
        ("4.7.0", "deferred due to user complaints", "policy"),
    ],
)
def test_classes(status: str, words: str, kind: str) -> None:
    assert classify(Failure("a@b.example", "failed", status, words)) == kind


def test_a_delay_and_a_second_opinion_never_mean_gone() -> None:
    assert classify(Failure("a@b.example", "delayed", "5.1.1", "user unknown")) is Kind.SOFT
    second = Failure("a@b.example", "failed", "", "user unknown", source="second")
    assert classify(second) is Kind.SOFT


def _never(first: int, last: int) -> int:
    raise AssertionError("no gap is long enough to ask")


def test_of_a_day_the_worst_counts_once() -> None:
    days = [(TODAY, Kind.SOFT), (TODAY, Kind.GONE), (TODAY, Kind.GONE), (TODAY - 1, Kind.FULL)]
    assert score(days, TODAY, _never) == 1.25
    assert score([], TODAY, _never) == 0
    assert score([(TODAY, Kind.POLICY), (TODAY - 1, Kind.SIZE)], TODAY, _never) == 0


def test_clean_days_count_only_with_posts() -> None:
    days = [(TODAY - 40, Kind.GONE), (TODAY - 20, Kind.GONE), (TODAY, Kind.GONE)]
    assert score(days, TODAY, lambda first, last: 0) == 3
    assert score(days, TODAY, lambda first, last: 14) == 1
    assert score(days[:1], TODAY, lambda first, last: last - first + 1) == 0
    asked = []
    score(days[:2], TODAY - 20, lambda first, last: asked.append((first, last)) or 0)  # type: ignore[func-returns-value]
    assert asked == [(TODAY - 39, TODAY - 21)]


def test_probe_days() -> None:
    assert bounce.read_day(bounce.probe_day(TODAY)) == (TODAY, True)
    assert bounce.read_day(TODAY) == (TODAY, False)


def _bounce(number: int, kind: Kind = Kind.GONE, minutes: int = 0) -> Bounce:
    return Bounce(number, "water", kind, AT - timedelta(minutes=minutes), "b.example")


def _none(_kind: Kind) -> int:
    return 0


def _breaker(
    bounces: Sequence[Bounce], members: Callable[[], int], usual: Callable[[Kind], int]
) -> Trip | None:
    """What the last of these says."""
    hour, said = Hour(), None
    for one in sorted(bounces, key=lambda one: one.at):
        said = breaker(one, hour.take(one, timedelta()), members, usual)
    return said


def test_the_breaker() -> None:
    five = [_bounce(number) for number in range(5)]
    assert _breaker(five, lambda: 24, _none) == Trip(Kind.GONE, 5, five[4])
    assert _breaker(five, lambda: 25, _none) is None
    assert _breaker(five[:4], lambda: 4, _none) is None
    assert _breaker([_bounce(1, minutes=n) for n in range(9)], lambda: 1, _none) is None
    assert _breaker([*five[:4], _bounce(9, minutes=61)], lambda: 5, _none) is None
    assert _breaker([*five[:4], _bounce(9, Kind.SOFT)], lambda: 5, _none) is None
    assert _breaker([], lambda: 5, _none) is None


def test_an_hour_counts_what_comes_in_any_order() -> None:
    chosen, fast = random.Random(1), timedelta(minutes=10)
    hour, before = Hour(), list[Bounce]()
    for _ in range(500):
        kind = chosen.choice([Kind.GONE, Kind.SOFT])
        found = _bounce(chosen.randrange(20), kind, -chosen.randrange(120))
        first = found.at - timedelta(hours=1)
        before = [one for one in before if first <= one.at <= found.at + fast] + [found]
        named = {one.number for one in before if one.kind is kind and one.at <= found.at}
        assert hour.take(found, fast) == len(named)
    hour.forget(AT + timedelta(days=1), AT + timedelta(days=2))
    assert not hour


def test_a_refusal_by_policy_is_one_members_matter() -> None:
    assert _breaker([_bounce(1, Kind.POLICY)], lambda: 1000, _none) is None
    five = [_bounce(number, Kind.POLICY) for number in range(5)]
    assert _breaker(five, lambda: 24, _none) == Trip(Kind.POLICY, 5, five[4])


def test_what_fails_there_always_is_not_unusual() -> None:
    ten = [_bounce(number) for number in range(10)]
    assert _breaker(ten, lambda: 40, lambda kind: 7) is None
    assert _breaker(ten, lambda: 40, lambda kind: 6) == Trip(Kind.GONE, 10, ten[9])


@pytest.mark.parametrize(
    ("days", "usual"),
    [
        ([], 0),
        ([(0, 9), (1, 9), (2, 9), (3, 9)], 0),  # four days
        ([(0, 9), (1, 9), (2, 9), (3, 9), (6, 9)], 0),  # not over a week
        ([(0, 9), (1, 9), (2, 9), (3, 9), (7, 9)], 9),
        ([(0, 9), (1, 40), (2, 40), (3, 40), (7, 9)], 9),  # an outage within it
        ([(n, 40) for n in range(6)] + [(40, 3)], 3),
    ],
)
def test_what_is_usual_takes_five_days_over_a_week(days: list[tuple[int, int]], usual: int) -> None:
    past = [(TODAY + day, number) for day, count in days for number in range(count)]
    assert bounce.usual_failures(past) == usual


def _roster(*events: Event) -> roster.Roster:
    consent = Consent("owner")
    first = (
        rosterevents.member(1, "ana@b.example", at=AT, consent=consent),
        rosterevents.subscribe("water", 1, at=AT, consent=consent),
    )
    return roster.fold([*first, *events])


def test_what_the_roster_remembers() -> None:
    folded = _roster(
        bounceevents.bounce(_bounce(1)),
        bounceevents.probe("water", 1, at=AT),
        bounceevents.probe_gone("water", 1, at=AT),
        bounceevents.freeze("b.example", Trip(Kind.SOFT, 7, _bounce(1)), at=AT),
        bounceevents.notice("water", 1, 2, at=AT),
        bounceevents.summary("water", at=AT),
    )
    returns = folded.ledger(Returns)
    assert returns.dead == {1: frozenset({"water"})}
    assert returns.notices == {("water", 1): 2}
    assert list(returns.probes) == [("water", 1)]
    assert list(returns.summaries) == ["water"]
    for minutes, frozen in ((-61, False), (-59, True), (60 * 23, True), (60 * 25, False)):
        at = bounce.time_text(AT + timedelta(minutes=minutes))
        assert returns.is_frozen("b.example", at) is frozen
    assert not returns.is_frozen("c.example", bounce.time_text(AT))
    assert folded.refused == []


def test_a_new_state_or_address_begins_anew() -> None:
    events = [
        bounceevents.probe("water", 1, at=AT),
        bounceevents.probe_gone("water", 1, at=AT),
        bounceevents.notice("water", 1, 2, at=AT),
    ]
    again = rosterevents.state(1, "active", at=AT, by="bounces", conference="water")
    returns = _roster(*events, again).ledger(Returns)
    assert (returns.notices, returns.dead) == ({}, {1: frozenset()})
    moved = rosterevents.member(1, "new@b.example", at=AT, consent=Consent("mail"))
    returns = _roster(*events, moved).ledger(Returns)
    assert (returns.probes, returns.notices, returns.dead) == ({}, {}, {})


def test_malformed_events_change_nothing() -> None:
    kinds = ("probe", "probe-gone", "freeze", "bounce-notice", "bounce-summary")
    folded = _roster(*[Event(kind, bounce.time_text(AT), {"number": "x"}) for kind in kinds])
    assert [event.type for event in folded.refused] == list(kinds)
