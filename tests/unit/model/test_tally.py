"""Counting: the rules of docs/formats/poll.md, each with a poll small enough to count by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from solicomm_build.features.polls.values import tally
from solicomm_build.features.polls.values.poll import (
    POSITIONS,
    Ballot,
    Closing,
    Opening,
    Option,
    Poll,
    Voter,
)

OPENED = datetime(2026, 11, 24, 12, tzinfo=UTC)
CLOSES = OPENED + timedelta(days=7)
OPENING = Opening(OPENED, "", "")


def poll(kind: str = "proposal", options: int = 3, **rules: object) -> Poll:
    keys = POSITIONS if kind == "proposal" else [str(n + 1) for n in range(options)]
    chosen = tuple(Option(key, {"en": f"Option {key}"}) for key in keys)
    return Poll("q-5f3a", {"en": "?"}, kind, chosen, CLOSES, **rules)  # type: ignore[arg-type]


def voters(count: int, weight: int = 1) -> dict[str, Voter]:
    ids = [f"v_{'abcdefghijklmnopqrstuvwxyz'[n] * 10}" for n in range(count)]
    return {one: Voter(one, Fraction(weight)) for one in ids}


def ballots(*choices: str, minute: int = 1) -> list[Ballot]:
    at = OPENED + timedelta(minutes=minute)
    return [Ballot(v, at, tuple(c.split())) for v, c in zip(voters(26), choices, strict=False)]


def count(what: Poll, *choices: str, of: int = 0) -> tally.Tally:
    return tally.count(what, voters(of or len(choices)), OPENING, ballots(*choices))


@pytest.mark.parametrize(
    ("choices", "outcome"),
    [
        (["agree", "agree", "disagree"], tally.AGREED),
        (["agree", "disagree"], tally.NOT_AGREED),
        (["agree", "agree", "agree", "block"], tally.BLOCKED),
        (["abstain", "abstain", "agree"], tally.AGREED),
        (["", ""], tally.NOTHING),
    ],
)
def test_a_proposal(choices: list[str], outcome: str) -> None:
    assert count(poll(), *choices).outcome == outcome


def test_quorum_counts_abstentions_and_weights() -> None:
    half = poll(quorum=Fraction(1, 2))
    assert count(half, "agree", "abstain", of=5).outcome == tally.NO_QUORUM
    assert count(half, "agree", "abstain", of=4).outcome == tally.AGREED
    unions = {"metal": 1200, "port": 300}
    weighted = poll(quorum=Fraction(1, 2), unions=unions)
    people = {
        "v_aaaaaaaaaa": Voter("v_aaaaaaaaaa", Fraction(300), "port"),
        "v_bbbbbbbbbb": Voter("v_bbbbbbbbbb", Fraction(600), "metal"),
        "v_cccccccccc": Voter("v_cccccccccc", Fraction(600), "metal"),
    }
    found = tally.count(weighted, people, OPENING, ballots("disagree", "agree"))
    assert found.outcome == tally.AGREED
    assert (found.cast, found.entitled) == (Fraction(900), Fraction(1500))
    nobody_of_metal = {"v_aaaaaaaaaa": people["v_aaaaaaaaaa"]}
    found = tally.count(weighted, nobody_of_metal, OPENING, ballots("agree"))
    assert found.outcome == tally.NO_QUORUM, "votes of a union without a delegate are not cast"


def test_choice_and_approval() -> None:
    assert count(poll("choice"), "1", "2", "2").winners == ("2",)
    tied = count(poll("choice"), "1", "2")
    assert (tied.outcome, tied.winners) == (tally.TIE, ("1", "2"))
    approved = count(poll("approval"), "1 2", "2 3", "3 2", "1")
    assert [row.ballots for row in approved.rows] == [2, 3, 2]
    assert approved.winners == ("2",)
    assert approved.rows[1].share == Fraction(3, 4)


def test_the_last_valid_ballot_in_time_counts() -> None:
    what = poll("choice")
    one, two = voters(2)
    sent = [
        Ballot(one, OPENED + timedelta(minutes=1), ("1",)),
        Ballot(one, OPENED + timedelta(minutes=3), ("9",)),
        Ballot(one, OPENED + timedelta(minutes=2), ("2",)),
        Ballot(one, CLOSES, ("1",)),
        Ballot(one, OPENED - timedelta(seconds=1), ("3",)),
        Ballot("v_zzzzzzzzzz", OPENED, ("1",)),
        Ballot(two, OPENED, ("3",)),
        Ballot(two, OPENED + timedelta(minutes=1), ()),
    ]
    found = tally.count(what, voters(2), OPENING, sent)
    assert [row.ballots for row in found.rows] == [0, 1, 0]
    assert found.ignored == {"no such choice": 1, "no voter": 1, "not in time": 2}
    early = Closing(OPENED + timedelta(minutes=2), "moderator")
    assert tally.count(what, voters(2), OPENING, sent, early).winners == ("1",)


def test_a_run_off_moves_votes_on() -> None:
    found = count(poll("ranked"), "1 3 2", "1 3 2", "2 3 1", "2 3 1", "3 2 1")
    assert [round_.out for round_ in found.rounds] == ["3", ""]
    assert (found.outcome, found.winners) == (tally.WON, ("2",))
    assert found.pairs is not None
    assert found.pairs["3", "1"] == 3, "the middle one would beat each other one alone"


def test_a_majority_at_once_ends_the_run_off() -> None:
    found = count(poll("ranked"), "1", "1", "2 3")
    assert (len(found.rounds), found.winners) == (1, ("1",))


def test_among_equally_weak_options_the_round_before_decides() -> None:
    # Round 1: 1 has 4, 2 has 3, 3 has 2, 4 has 1. Then 4's ballot makes 3 as strong as 2.
    choices = ["1"] * 4 + ["2 1"] * 3 + ["3 1"] * 2 + ["4 3 1"]
    found = count(poll("ranked", 4), *choices)
    assert [round_.out for round_ in found.rounds][:2] == ["4", "3"]


def test_when_all_rounds_were_equal_the_one_listed_last_goes() -> None:
    found = count(poll("ranked"), "1", "2", "3")
    assert found.rounds[0].out == "3"
    assert (found.outcome, found.winners) == (tally.TIE, ("1", "2"))


def test_ballots_that_name_nobody_left_count_no_more() -> None:
    found = count(poll("ranked"), "3", "3", "1", "1", "1", "2 3", "2 3")
    assert [round_.out for round_ in found.rounds] == ["3", ""]
    assert found.rounds[-1].weights == {"1": 3, "2": 2}, "two ballots name nobody who is left"
    assert found.winners == ("1",)


def test_nobody_entitled_and_nobody_voting() -> None:
    nobody = tally.count(poll(), {}, OPENING, [])
    assert nobody.turnout == 0
    assert nobody.outcome == tally.NOTHING
    assert count(poll("ranked"), "", of=3).outcome == tally.NOTHING
