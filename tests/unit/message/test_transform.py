"""Outgoing octets: what stays, what goes, and that nothing breaks out of a header field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.errors import MessageError
from solicomm_build.message import header, transform
from solicomm_build.message.split import split
from solicomm_build.message.transform import ListFacts
from solicomm_build.types import PostId, TopicId

MID, TID = PostId("m" * 32), TopicId("t" * 32)
FACTS = ListFacts("water", "hub.example", "Eau: agua, ماء", "https://hub.example")
RAW = (
    b"Return-Path: <ana@union.example>\r\n"
    b"Received: from a\r\n\tby b; Mon, 2 Mar 2026 10:00:00 +0000\r\n"
    b"DKIM-Signature: v=1; d=union.example;\r\n\tb=abc\r\n"
    b"From: =?utf-8?q?Ana?= <ana@union.example>\r\n"
    b"subject:  two  spaces \r\n"
    b"Message-ID: <1@union.example>\r\n"
    b"\r\n"
    b"From here on\r\n. a dot\r\nno end"
)


def _names(raw: bytes) -> list[str]:
    return [field.name for field in split(raw).fields]


def _value(raw: bytes, name: str) -> str:
    return next(f.value for f in split(raw).fields if f.name.lower() == name.lower())


def test_fields_on_top_and_everything_else_untouched() -> None:
    copy = transform.list_copy(RAW, FACTS, mid=MID, tid=TID)
    assert _names(copy) == [
        "List-Unsubscribe",
        "List-Id",
        "List-Post",
        "List-Owner",
        "List-Archive",
        "Archived-At",
        "X-Message-ID-Hash",
        "X-Loop",
        "Precedence",
        "X-SoliComm-Post",
        "Received",
        "DKIM-Signature",
        "From",
        "subject",
        "Message-ID",
    ]
    assert copy.endswith(RAW[RAW.index(b"Received:") :])


def test_the_values() -> None:
    copy = transform.list_copy(RAW, FACTS, mid=MID, tid=TID)
    assert _value(copy, "List-Unsubscribe") == "<mailto:water-leave@hub.example>"
    assert header.decode(_value(copy, "List-Id")) == "Eau: agua, ماء <water.hub.example>"
    assert _value(copy, "List-Post") == "<mailto:water@hub.example>"
    assert _value(copy, "List-Archive") == "<https://hub.example/conferences/water/>"
    assert _value(copy, "Archived-At") == (
        f"<https://hub.example/conferences/water/t/{TID}/#{MID}>"
    )
    assert _value(copy, "X-Message-ID-Hash") == MID.upper()
    assert _value(copy, "X-Loop") == "water@hub.example"
    assert _value(copy, "Precedence") == "list"
    assert transform.key_of(copy) == f"water/{MID}"
    assert transform.key_of(RAW) is None
    assert FACTS.bounces == "water-bounces@hub.example"


def test_what_is_not_on_pages_has_no_address_there() -> None:
    copy = transform.list_copy(RAW, FACTS, mid=MID, tid=None)
    assert "List-Archive" in _names(copy)
    assert "Archived-At" not in _names(copy)
    closed = ListFacts("water", "hub.example", "Water", "https://hub.example", archived=False)
    assert "List-Archive" not in _names(transform.list_copy(RAW, closed, mid=MID, tid=TID))


def test_announcements_take_no_posts() -> None:
    facts = ListFacts("news", "hub.example", "News", "https://hub.example", posting=False)
    assert _value(transform.list_copy(RAW, facts, mid=MID, tid=TID), "List-Post") == "NO"


@pytest.mark.parametrize(
    "field",
    [
        b"Delivered-To: water@hub.example",
        b"X-Original-To: water@hub.example",
        b"Bcc: secret@union.example",
        b"LIST-UNSUBSCRIBE: <http://evil.example>",
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        b"List-Foo: bar",
        b"Archived-At: <http://evil.example>",
        b"Authentication-Results: hub.example;\r\n\tdkim=pass",
        b"Authentication-Results: hub.example 1; dkim=pass",
        b"Disposition-Notification-To: x@y.example",
        b"Return-Receipt-To: x@y.example",
        b"X-Confirm-Reading-To: x@y.example",
        b"X-PMRQC: 1",
        b"Approved: password",
        b"Approved-By: x",
        b"X-SoliComm-Post: water/other",
        b"Precedence: bulk",
        b"Precedence : bulk",
    ],
)
def test_what_goes(field: bytes) -> None:
    clean = transform.list_copy(RAW, FACTS, mid=MID, tid=TID)
    assert transform.list_copy(field + b"\r\n" + RAW, FACTS, mid=MID, tid=TID) == clean


@pytest.mark.parametrize(
    "field",
    [
        b"Authentication-Results: other.example; dkim=pass",
        b"Authentication-Results: hub.example.evil; dkim=pass",
        b"X-Loop: other@list.example",
        b"Reply-To: ana@union.example",
        b"Listen: yes",
        b"X-Odd:",
    ],
)
def test_what_stays(field: bytes) -> None:
    assert field in transform.list_copy(field + b"\r\n" + RAW, FACTS, mid=MID, tid=TID)


def test_a_parent_list_keeps_its_archived_at_and_loses_its_list_fields() -> None:
    parent = b"List-Id: P <p.example>\r\nArchived-At: <http://p.example/1>\r\n"
    copy = transform.list_copy(parent + RAW, FACTS, mid=MID, tid=TID)
    assert _names(copy).count("Archived-At") == 2
    assert _names(copy).count("List-Id") == 1


def test_lf_messages_stay_lf() -> None:
    raw = RAW.replace(b"\r\n", b"\n")
    copy = transform.list_copy(raw, FACTS, mid=MID, tid=TID)
    assert b"\r" not in copy
    assert copy == transform.list_copy(RAW, FACTS, mid=MID, tid=TID).replace(b"\r\n", b"\n")


def test_a_missing_message_id_is_put_on() -> None:
    raw = RAW.replace(b"Message-ID: <1@union.example>\r\n", b"")
    copy = transform.list_copy(raw, FACTS, mid=MID, tid=TID, message_id="made@hub.example")
    assert _value(copy, "Message-ID") == "<made@hub.example>"
    kept = transform.list_copy(RAW, FACTS, mid=MID, tid=TID, message_id="made@hub.example")
    assert _value(kept, "Message-ID") == "<1@union.example>"


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


@given(st.binary(max_size=400))
def test_any_octets_after_the_header_stay(body: bytes) -> None:
    raw = b"A: b\r\n\r\n" + body
    assert transform.list_copy(raw, FACTS, mid=MID, tid=TID).endswith(raw)
