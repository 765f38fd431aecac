"""A second opinion about a bounce holds up nobody's mail."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
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


def test_a_report_of_empty_lines_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[Message] = []
    walk = Message.walk

    def counted(one: Message) -> object:
        walked.append(one)
        return walk(one)

    monkeypatch.setattr(Message, "walk", counted)
    # each empty line begins a part of a report (RFC 3464 2.1), and detectors begin anew each time
    head = (
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=a\r\n\r\n--a\r\n"
        b"Content-Type: message/delivery-status\r\n\r\n"
    )
    parts = b"x\r\n\r\n" * 40
    foreignopinion.second_opinion(head + parts + b"--a--\r\n")
    assert 0 < len(walked) < 100
    walked.clear()
    foreignopinion.second_opinion(head + b"\r\n" * 4000 + b"--a--\r\n")
    assert 0 < len(walked) < 10


def test_what_is_said_behind_empty_lines_counts() -> None:
    head, _ = FAILED.split(b"\r\n\r\n")
    said = b"The following address failed:\r\n"
    raw = head + b"\r\n\r\n" + said + b"\r\n" * 900 + b"<ana@union.example>\r\n"
    assert list(foreignopinion.second_opinion(raw)) == ["ana@union.example"]
