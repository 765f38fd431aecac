"""A second opinion about a bounce holds up nobody's mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.features.bounces import secondopinion
from solicomm_build.features.bounces.reports import foreignopinion
from solicomm_build.features.bounces.secondopinion import SecondOpinion

FAILED = (
    b"From: postmaster@far.example\r\nSubject: Delivery Status Notification\r\n\r\n"
    b"Your message to ana@union.example could not be delivered.\r\n"
)


@pytest.fixture
def opinion() -> Iterator[SecondOpinion]:
    one = SecondOpinion()
    yield one
    one.close()


def test_another_process_says_what_this_one_would(opinion: SecondOpinion) -> None:
    simple = (Path(__file__).parents[2] / "data").rglob("*.eml")
    for raw in [FAILED, *(path.read_bytes() for path in [*simple][:20])]:
        assert list(opinion(raw)) == list(foreignopinion.second_opinion(raw))


def test_a_message_that_takes_too_long_stays_without_an_opinion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = SecondOpinion("tests.unit.courier.slowopinion")
    monkeypatch.setattr(secondopinion, "_OPTIONS", ())  # so that it finds the tests
    try:
        assert one(b"endless") == ()
        assert one(b"short") == ("ana@union.example",)  # the next one is heard again
    finally:
        one.close()


def test_lines_that_no_server_writes_are_left_out() -> None:
    raw = b"From: x@far.example\r\n\r\n" + b"," * 400_000 + b"\r\n"
    assert list(foreignopinion.second_opinion(raw)) == []
