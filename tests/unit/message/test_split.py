"""The header by byte range: nothing is lost, limits hold."""

from __future__ import annotations

import pytest

from solicomm_build.foundation.errors import MessageError
from solicomm_build.message.split import split, text_of


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_ranges_give_back_every_octet(end: bytes) -> None:
    raw = end.join([b"From: a@b.example", b"Subject: one", b"\ttwo", b"X-Y :z", b"", b"body", b""])
    found = split(raw)
    assert b"".join(raw[f.start : f.end] for f in found.fields) == raw[: found.end]
    assert raw[found.body :] == b"body" + end
    assert [(f.name, f.value) for f in found.fields] == [
        ("From", "a@b.example"),
        ("Subject", "one\ttwo"),
        ("X-Y", "z"),
    ]


def test_mbox_line_before_the_header_is_passed_over() -> None:
    found = split(b">From a Thu Jan  1 00:00:00 1970\nA: b\n\nx")
    assert [f.name for f in found.fields] == ["A"]


HEADER = b"Subject: one\r\nFrom: a@b.example\r\n\r\nx\r\n"


@pytest.mark.parametrize("above", [b"\r\n", b"\n", b" \t\n\r\n", b"From a Thu\n\n"])
def test_blank_lines_above_a_header_are_passed_over(above: bytes) -> None:
    found = split(above + HEADER)
    assert [f.name for f in found.fields] == ["Subject", "From"]
    assert (above + HEADER)[found.body :] == b"x\r\n"


def test_a_part_that_begins_with_a_blank_line_has_no_header() -> None:
    raw = b"x\r\n\r\n" + HEADER
    assert split(raw, 3, len(raw)).fields == ()


@pytest.mark.parametrize("text", [b"Note: no header\r\n", b"Subject: x\r\n", b"x", b""])
def test_a_text_below_a_blank_line_is_no_header(text: bytes) -> None:
    assert split(b"\r\n" + text).fields == ()


def test_a_line_that_is_no_field_begins_the_body() -> None:
    raw = b"A: b\nno field\nC: d\n"
    found = split(raw)
    assert (raw[found.body :], found.defect) == (
        b"no field\nC: d\n",
        "no blank line after the header",
    )


@pytest.mark.parametrize("raw", [b"", b"A: b", b"A: b\n", b"\n", b"\r\n\r\n"])
def test_short_messages(raw: bytes) -> None:
    assert split(raw).defect == ""


def test_header_octets_are_text_whatever_they_are() -> None:
    assert text_of("é".encode()) == "é"
    assert text_of(b"\xe9") == "é"


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"A: b\n" * 4001, "4,000 fields"),
        (b"A: " + b"b" * 66_000 + b"\n", "64 KiB"),
        ((b"A: " + b"b" * 900 + b"\n") * 1200, "1,048,576 octets"),
    ],
)
def test_limits(raw: bytes, fault: str) -> None:
    with pytest.raises(MessageError, match=fault) as raised:
        split(raw)
    assert raised.value.reply.startswith("554 5.6.0 ")
