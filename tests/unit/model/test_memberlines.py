"""Lists of people, one a line: all of a list is taken, or nothing."""

from __future__ import annotations

import pytest

from solicomm_build.foundation.errors import ContentErrors
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message import memberlines


def test_lines_for_member_import() -> None:
    text = (
        "\ufeff# members\n\nana@union.example\nBen Ö <ben@union.example>  # treasurer\r\n"
        '"Cruz, Cleo" <cleo@union.example>\nANA@union.example\nдан@пример.example\n'
    )
    assert memberlines.parse(text) == [
        Mailbox("", "ana@union.example"),
        Mailbox("Ben Ö", "ben@union.example"),
        Mailbox("Cruz, Cleo", "cleo@union.example"),
        Mailbox("", "дан@пример.example"),
    ]


@pytest.mark.parametrize(
    "around", ["\u200f%s", "\u202a%s\u202c", "\u2066%s\u2069", "\u200b%s\ufeff"]
)
def test_what_nobody_sees_is_no_part_of_an_address(around: str) -> None:
    """With the mark of a line that is read from the right it was one that nothing reaches."""
    address = around % "ana@union.example"
    text = f"{address}\n{around % 'Ben <ben@union.example>'}\nآنا <{around % 'cy@union.example'}>\n"
    assert memberlines.parse(text) == [
        Mailbox("", "ana@union.example"),
        Mailbox("Ben", "ben@union.example"),
        Mailbox("آنا", "cy@union.example"),
    ]


def test_one_broken_line_refuses_the_whole_change_and_every_one_is_named() -> None:
    text = "ana@union.example\nnobody\na b@x.example\n<x@y.example\na@x.example, b@x.example\n@x\n"
    with pytest.raises(ContentErrors) as caught:
        memberlines.parse(text + "a\u202eb@x.example\n", "members.txt")
    assert [fault.line for fault in caught.value.faults] == [2, 3, 4, 5, 6, 7]
    assert "members.txt, line 2: 'nobody' is not an address" in str(caught.value)
