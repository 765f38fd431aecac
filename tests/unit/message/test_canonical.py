"""The canonical forms of DKIM: RFC 6376's own examples, and inputs that must not cost more."""

from __future__ import annotations

import time

import pytest

from solicomm_build.message.auth import canonical

# RFC 6376 3.4.5
FIELDS = [b"A: X\r\n", b"B : Y\t\r\n\tZ  \r\n"]
BODY = b" C \r\nD \t E\r\n\r\n\r\n"


def test_the_examples_of_the_standard() -> None:
    assert b"".join(map(canonical.relaxed_field, FIELDS)) == b"a:X\r\nb:Y Z\r\n"
    assert canonical.relaxed_body(BODY) == b" C\r\nD E\r\n"
    assert [canonical.simple_field(field) for field in FIELDS] == FIELDS
    assert canonical.simple_body(BODY) == b" C \r\nD \t E\r\n"


@pytest.mark.parametrize(
    ("body", "relaxed", "simple"),
    [
        (b"", b"", b"\r\n"),
        (b"\r\n\r\n", b"", b"\r\n"),
        (b"a", b"a\r\n", b"a\r\n"),
        (b"a \t", b"a\r\n", b"a \t\r\n"),
        (b"a\n\nb\n", b"a\r\n\r\nb\r\n", b"a\r\n\r\nb\r\n"),
        (b"a\r\n \r\n", b"a\r\n", b"a\r\n \r\n"),
        (b"a\rb", b"a\r\nb\r\n", b"a\r\nb\r\n"),
    ],
)
def test_bodies(body: bytes, relaxed: bytes, simple: bytes) -> None:
    assert canonical.relaxed_body(body) == relaxed
    assert canonical.simple_body(body) == simple


def test_line_ends_do_not_matter() -> None:
    assert canonical.relaxed_field(b"Subject: a\n b\n") == canonical.relaxed_field(
        b"SUBJECT:\ta\r\n\tb  \r\n"
    )


def test_the_lowest_field_is_taken_first_and_none_twice() -> None:
    fields = [b"To: 1\r\n", b"Cc: 2\r\n", b"to: 3\r\n"]
    names = ["to", "to", "to", "cc", "bcc"]
    assert canonical.selected(fields, names) == [b"to: 3\r\n", b"To: 1\r\n", b"Cc: 2\r\n"]


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ("v=1; d = x.example ;\th=a:\r\n b;", {"v": "1", "d": "x.example", "h": "a:b"}),
        ("p=", {"p": ""}),
        ("b=a=b==", {"b": "a=b=="}),
        ("a=1; a=2", None),
        ("nothing", None),
        ("1=2", None),
        ("", {}),
    ],
)
def test_tags(value: str, tags: dict[str, str] | None) -> None:
    assert canonical.tags(value) == tags


def test_megabytes_of_blanks_cost_no_more_than_other_megabytes() -> None:
    started = time.process_time()
    canonical.relaxed_body(b" " * 4_000_000 + b"x" + b"\t" * 4_000_000)
    canonical.relaxed_body((b" " * 4000 + b"x") * 1000)
    canonical.relaxed_field(b"Subject: " + b" \t" * 30_000 + b"x")
    assert time.process_time() - started < 10  # the square of it would take hours
