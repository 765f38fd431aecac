"""A count depends on nothing but what the ballots say: not on their order, nor on doubles, nor on
what came too late or from nobody.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import tally
from solicomm_build.features.polls.values.poll import (
    POSITIONS,
    Ballot,
    Opening,
    Option,
    Poll,
    Voter,
)

OPENED = datetime(2026, 11, 24, 12, tzinfo=UTC)
CLOSES = OPENED + timedelta(days=7)
IDS = [f"v_{letter * 10}" for letter in "abcdef"]
OPENING = Opening(OPENED, "", "")


@st.composite
def cases(draw: st.DrawFn) -> tuple[Poll, dict[str, Voter], list[Ballot]]:
    kind = draw(st.sampled_from(polls.TYPES))
    keys = POSITIONS if kind == "proposal" else ("1", "2", "3", "4")
    poll = Poll("q-5f3a", {"en": "?"}, kind, tuple(map(Option, keys)), CLOSES)
    weights = draw(
        st.lists(st.fractions(Fraction(1, 7), 50, max_denominator=7), min_size=6, max_size=6)
    )
    voters = {one: Voter(one, weight) for one, weight in zip(IDS, weights, strict=True)}
    moments = st.integers(-5, 20).map(lambda n: OPENED + timedelta(hours=12 * n))
    chosen = st.lists(st.sampled_from([*keys, "nonsense"]), max_size=5).map(tuple)
    one = st.builds(Ballot, st.sampled_from([*IDS, "v_zzzzzzzzzz"]), moments, chosen)
    return poll, voters, draw(st.lists(one, max_size=25))


@given(cases(), st.randoms())
def test_order_and_doubles_do_not_matter(
    case: tuple[Poll, dict[str, Voter], list[Ballot]], random: object
) -> None:
    poll, voters, ballots = case
    found = tally.count(poll, voters, OPENING, ballots)
    mixed = [*ballots, *ballots]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    again = tally.count(poll, dict(reversed(voters.items())), OPENING, mixed)
    assert again == found


@given(cases())
def test_what_is_too_late_or_from_nobody_changes_nothing(
    case: tuple[Poll, dict[str, Voter], list[Ballot]],
) -> None:
    poll, voters, ballots = case
    found = tally.count(poll, voters, OPENING, ballots)
    late = [Ballot(one, CLOSES + timedelta(days=1), poll.keys[:1]) for one in IDS]
    strangers = [Ballot("v_yyyyyyyyyy", OPENED, poll.keys[:1])]
    more = tally.count(poll, voters, OPENING, [*ballots, *late, *strangers])
    assert (more.rows, more.outcome, more.rounds) == (found.rows, found.outcome, found.rounds)


@given(cases())
def test_everything_adds_up(case: tuple[Poll, dict[str, Voter], list[Ballot]]) -> None:
    poll, voters, ballots = case
    found = tally.count(poll, voters, OPENING, ballots)
    assert 0 <= found.turnout <= 1
    if poll.type != "approval":
        assert sum(row.weight for row in found.rows) == found.cast
    for round_ in found.rounds:
        assert sum(round_.weights.values()) <= found.cast
    assert all(0 <= row.share <= 1 for row in found.rows)
