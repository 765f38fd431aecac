"""Tokens as the roster knows them: each is good once, and for its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from solicomm_build.people import roster, rosterevents

AT = datetime(2026, 11, 24, 14, 50, 3, 123456, tzinfo=UTC)

LATER = datetime(2026, 12, 1, tzinfo=UTC)


def test_tokens_are_single_use_and_end() -> None:
    made = rosterevents.token(
        "d1", "join", "water", "ana@x.example", at=AT, expires=LATER, data={"digest": "daily"}
    )
    people = roster.fold([made])
    facts = people.tokens.valid("d1", AT)
    assert facts is not None
    assert (facts.action, facts.conference, facts.address) == ("join", "water", "ana@x.example")
    assert (facts.expires, facts.data) == (LATER, {"digest": "daily"})
    assert people.tokens.valid("d2", AT) is None
    assert people.tokens.valid("d1", LATER) is None
    roster.apply(people, rosterevents.token_used("d1", at=AT))
    roster.apply(people, rosterevents.token_used("d9", at=AT))
    assert people.tokens.valid("d1", AT) is None
    known = people.tokens.known("d1")
    assert known is not None
    assert known.used
    roster.apply(people, made)  # the event again does not make it good again
    assert people.tokens.valid("d1", AT) is None


def test_a_token_that_a_clock_gave_which_was_far_ahead_is_not_good() -> None:
    ahead = AT + timedelta(days=4000)
    made = rosterevents.token(
        "d1", "join", "water", "a@x.example", at=ahead, expires=ahead + timedelta(days=7)
    )
    people = roster.fold([made])
    assert people.tokens.valid("d1", ahead) is not None
    assert people.tokens.valid("d1", AT) is None
    assert people.tokens.known("d1") is not None, "who answers hears that it is over"


def test_tokens_that_ended_long_ago_are_forgotten() -> None:
    people = roster.fold([])
    for number in range(1100):
        at = AT + timedelta(days=number)
        event = rosterevents.token(
            f"d{number}", "join", "water", "a@x.example", at=at, expires=at + timedelta(days=7)
        )
        roster.apply(people, event)
    assert people.tokens.known("d0") is None
    assert people.tokens.known("d1099") is not None
