from __future__ import annotations

from datetime import UTC, datetime, timedelta

from solicomm_build.courier.retry import GIVE_UP, is_due, next_offer

QUEUED = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_the_waits() -> None:
    minutes = []
    for attempts in range(1, 8):
        due = next_offer(QUEUED, QUEUED, attempts)
        assert due is not None
        minutes.append((due - QUEUED) // timedelta(minutes=1))
    assert minutes == [1, 5, 15, 60, 60, 60, 60]


def test_three_days_and_no_longer() -> None:
    tried, attempts = QUEUED, 0
    while True:
        attempts += 1
        due = next_offer(QUEUED, tried, attempts)
        if due is None:
            break
        assert tried < due <= QUEUED + GIVE_UP
        tried = due
    assert QUEUED + GIVE_UP - tried < timedelta(hours=1)
    assert 70 < attempts < 80


FAR = datetime(2038, 1, 19, 3, 14, tzinfo=UTC)
"""What a clock without a battery may say until it hears the right time."""


def test_a_clock_that_is_far_ahead_gives_nobody_up() -> None:
    assert next_offer(QUEUED, FAR, 2) is not None
    assert next_offer(QUEUED, FAR, 70) is not None


def test_what_was_queued_while_the_clock_was_far_ahead_is_given_up_some_day() -> None:
    assert next_offer(FAR, QUEUED, 71) is not None
    assert next_offer(FAR, QUEUED, 75) is None


def test_nobody_waits_for_what_a_clock_said_that_was_put_back() -> None:
    hour, second = timedelta(hours=1), timedelta(seconds=1)
    assert is_due(QUEUED, QUEUED)
    assert not is_due(QUEUED + second, QUEUED)
    assert not is_due(QUEUED + hour, QUEUED)
    assert is_due(QUEUED + hour + second, QUEUED)
    assert is_due(FAR, QUEUED)
