from __future__ import annotations

from datetime import UTC, datetime, timedelta

from solicomm_build.courier.retry import GIVE_UP, next_offer

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
