"""One more token costs the same, however many there are, and so does who looks for few of many.

200 tokens, 3,000 tokens → given; requests to join among them → all counted; tokens taken apart
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from solicomm_build.features.moderation import byname
from solicomm_build.people import roster, rosterevents
from solicomm_build.people.kept import views
from solicomm_build.people.kept.views import Tokens
from solicomm_build.people.roster import Roster

_AT = datetime(2026, 11, 24, tzinfo=UTC)


def _given(people: Roster, nth: int, at: datetime = _AT, **data: Any) -> None:
    expires = at + timedelta(days=14)
    roster.apply(
        people,
        rosterevents.token(
            f"d{nth}", "moderate", "bar", "mo@union.example", at=at, expires=expires, data=data
        ),
    )


def test_tokens_are_not_counted_at_each(monkeypatch: pytest.MonkeyPatch) -> None:
    counted, real = list[int](), Tokens.__len__
    monkeypatch.setattr(Tokens, "__len__", lambda one: [counted.append(1), real(one)][1])
    people = roster.fold([])
    for number in range(3000):
        _given(people, number)
    assert len(counted) <= 8


def test_they_are_forgotten_at_the_same_moment_as_if_they_were() -> None:
    """Whoever folds the same events forgets the same tokens, counted at each or not."""
    people, each = roster.fold([]), roster.fold([])
    for number in range(2500):
        at = _AT + timedelta(hours=number)
        for one in (people, each):
            _given(one, number if number % 7 else max(0, number - 50), at)
        each.book.say("prune-after", "0")
        if number % 100 == 0 or number > 2400:
            assert len(people.tokens.facts) == len(each.tokens.facts)
    assert set(people.tokens.facts) == set(each.tokens.facts)
    assert len(people.tokens.facts) < 2000


def test_requests_to_join_are_found_without_a_look_into_all_tokens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = roster.fold([])
    for number in range(200):
        _given(people, number, mids=[f"{number}"], number=3)
    _given(people, 200, join="ana@union.example", number=3)
    _given(people, 201, mids=["join"], number=3)
    taken, real = list[int](), views._facts
    monkeypatch.setattr(views, "_facts", lambda row: [taken.append(1), real(row)][1])
    ((digest, facts),) = byname.requests(people, 3, _AT)
    assert (digest, facts.data["join"]) == ("d200", "ana@union.example")
    assert len(taken) <= 2
    assert len(people.tokens.facts.open_for("moderate", _AT)) == 202
