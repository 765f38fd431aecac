"""Outgoing octets: what stays, what goes, and that nothing breaks out of a header field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.foundation.errors import MessageError
from solicomm_build.message import header, transform
from solicomm_build.message.split import split


@pytest.mark.parametrize(
    ("raw", "rest"),
    [
        (b"", b"\r\n"),
        (b"A: b", b"A: b\r\n\r\n"),
        (b"A: b\r\n", b"A: b\r\n\r\n"),
        (b"A: b\r\nno field\r\n\r\nbody", b"A: b\r\n\r\nno field\r\n\r\nbody"),
        (b"only a body\n", b"\nonly a body\n"),
        (b"\r\nbody", b"\r\nbody"),
        (b"From ana Mon Mar  2\nA: b\n\nbody", b"A: b\n\nbody"),
    ],
)
def test_odd_headers_never_take_in_the_body(raw: bytes, rest: bytes) -> None:
    eol = b"\n" if b"\n" in raw and b"\r" not in raw else b"\r\n"
    added = transform.replace_fields(raw, lambda _: False, [b"X-New: 1\r\n"])
    assert added == b"X-New: 1" + eol + rest


@pytest.mark.parametrize(
    "bad", ["a\r\nBcc: x", "a\nb", "a\rb", "a\0b", "a\x1bb", "a\u2028b", "\x85"]
)
def test_nothing_breaks_out_of_a_field(bad: str) -> None:
    for write in (
        lambda: transform.header_field("X-A", bad),
        lambda: transform.phrase(bad),
        lambda: transform.named_field("List-Id", bad, "water.hub.example"),
        lambda: transform.named_field("List-Id", "ok", bad),
        lambda: transform.named_field("X\r\nY", "ok", "a.b"),
        lambda: transform.mailbox_field("From", "ok", f"a{bad}@b.example"),
        lambda: transform.header_field(bad, "value"),
    ):
        with pytest.raises(MessageError):
            write()


@pytest.mark.parametrize("bad", ["a b@c", "a@b>", "a", "a@b\u00e9.example", "<a@b>", ""])
def test_no_address_in_the_brackets(bad: str) -> None:
    with pytest.raises(MessageError):
        transform.mailbox_field("From", "Ana", bad)


def test_phrases() -> None:
    assert transform.phrase("Ana Lopez") == "Ana Lopez"
    assert transform.phrase('Lopez, Ana "AL" \\') == '"Lopez, Ana \\"AL\\" \\\\"'
    assert transform.phrase("=?utf-8?q?x?=") != "=?utf-8?q?x?="
    assert transform.phrase("") == ""
    assert transform.named_field("From", "", "a@b.example") == b"From: <a@b.example>\r\n"
    assert transform.mailbox_field("From", "Ana", "a@b.example") == b"From: Ana <a@b.example>\r\n"


def test_long_values_are_folded_between_words() -> None:
    octets = transform.header_field("Subject", " ".join(["water"] * 40))
    assert all(len(line) <= 78 for line in octets.split(b"\r\n"))
    assert octets.count(b"\r\n ") == 3
    (field,) = split(octets + b"\r\n").fields
    assert field.value == " ".join(["water"] * 40)


def test_a_word_that_no_line_can_hold() -> None:
    with pytest.raises(MessageError, match="too long"):
        transform.header_field("X-A", "x" * 2000)


_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\u00a0"),
    max_size=300,
).map(lambda text: " ".join(text.split()))


@given(_TEXT)
def test_any_text_comes_back_and_no_line_is_long(text: str) -> None:
    if text.isascii() and any(len(word) > 900 for word in text.split()):
        return
    octets = transform.header_field("Subject", text)
    (field,) = split(octets + b"\r\n").fields
    assert header.decode(field.value) == text.strip()
    for line in octets.split(b"\r\n")[:-1]:
        assert line.strip()
        assert len(line) <= 78 or b" " not in line.strip().removeprefix(b"Subject: ")
    assert octets.isascii()


@given(_TEXT)
def test_encoded_words_are_short_and_whole(text: str) -> None:
    for word in transform.encoded_words(text):
        assert len(word) <= 75
        assert "\ufffd" not in header.decode(word) or "\ufffd" in text
