"""At most one of a kind a day, ten in all; the same cause may ask again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.desk.limits import MOST_A_DAY, Limits

NOW = datetime(2026, 11, 24, 23, 59, tzinfo=UTC)
KEY = b"k" * 32


@pytest.fixture
def limits(tmp_path: Path) -> Iterator[Limits]:
    made = Limits(tmp_path / "state" / "answers.sqlite", KEY)
    yield made
    made.close()


def test_one_of_a_kind_within_a_day(limits: Limits) -> None:
    assert limits.allow("Ana@Union.Example", "help", "1", NOW)
    assert not limits.allow("ana@union.example", "help", "2", NOW + timedelta(hours=23))
    assert limits.allow("ana@union.example", "join", "2", NOW)
    assert limits.allow("ben@union.example", "help", "2", NOW)
    assert limits.allow("ana@union.example", "help", "3", NOW + timedelta(hours=25))


def test_the_same_cause_may_ask_again(limits: Limits) -> None:
    assert limits.allow("a@b.example", "help", "1", NOW)
    assert limits.allow("a@b.example", "help", "1", NOW)
    assert not limits.allow("a@b.example", "help", "2", NOW)


def test_ten_a_day_in_all(limits: Limits) -> None:
    for number in range(MOST_A_DAY):
        assert limits.allow("a@b.example", f"kind {number}", str(number), NOW)
    assert not limits.allow("a@b.example", "one more", "x", NOW)
    assert limits.allow("a@b.example", "one more", "x", NOW + timedelta(hours=25))


def test_the_same_mail_twice(limits: Limits) -> None:
    assert limits.is_first(b"mail", "1", NOW)
    assert limits.is_first(b"mail", "1", NOW)
    assert not limits.is_first(b"mail", "2", NOW)
    limits.forget(b"mail")
    assert limits.is_first(b"mail", "2", NOW)


def test_no_address_is_in_the_file(limits: Limits, tmp_path: Path) -> None:
    limits.allow("ana@union.example", "help", "1", NOW)
    limits.close()
    for path in (tmp_path / "state").iterdir():
        assert b"union.example" not in path.read_bytes()
