"""What of a post goes on to members, what does not, and what is put on top."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.message import header, listcopy
from solicomm_build.message.listcopy import ListFacts, Personal
from solicomm_build.message.split import split

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
    copy = listcopy.list_copy(RAW, FACTS, mid=MID, tid=TID)
    assert _names(copy) == [
        "List-Id",
        "List-Help",
        "List-Subscribe",
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
    copy = listcopy.list_copy(RAW, FACTS, mid=MID, tid=TID)
    assert _value(copy, "List-Help") == "<mailto:water-request@hub.example?subject=help>"
    assert _value(copy, "List-Subscribe") == "<mailto:water-join@hub.example>"
    assert _value(copy, "List-Owner") == "<mailto:water-owner@hub.example>"
    assert header.decode(_value(copy, "List-Id")) == "Eau: agua, ماء <water.hub.example>"
    assert _value(copy, "List-Post") == "<mailto:water@hub.example>"
    assert _value(copy, "List-Archive") == "<https://hub.example/conferences/water/>"
    assert _value(copy, "Archived-At") == (
        f"<https://hub.example/conferences/water/t/{TID}/#{MID}>"
    )
    assert _value(copy, "X-Message-ID-Hash") == MID.upper()
    assert _value(copy, "X-Loop") == "water@hub.example"
    assert _value(copy, "Precedence") == "list"
    assert listcopy.key_of(copy) == f"water/{MID}"
    assert listcopy.key_of(RAW) is None
    assert FACTS.bounces == "water-bounces@hub.example"


def test_what_is_not_on_pages_has_no_address_there() -> None:
    copy = listcopy.list_copy(RAW, FACTS, mid=MID, tid=None)
    assert "List-Archive" in _names(copy)
    assert "Archived-At" not in _names(copy)
    closed = ListFacts("water", "hub.example", "Water", "https://hub.example", archived=False)
    assert "List-Archive" not in _names(listcopy.list_copy(RAW, closed, mid=MID, tid=TID))


def test_announcements_take_no_posts() -> None:
    facts = ListFacts("news", "hub.example", "News", "https://hub.example", posting=False)
    assert _value(listcopy.list_copy(RAW, facts, mid=MID, tid=TID), "List-Post") == "NO"


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
    clean = listcopy.list_copy(RAW, FACTS, mid=MID, tid=TID)
    assert listcopy.list_copy(field + b"\r\n" + RAW, FACTS, mid=MID, tid=TID) == clean


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
    assert field in listcopy.list_copy(field + b"\r\n" + RAW, FACTS, mid=MID, tid=TID)


def test_a_parent_list_keeps_its_archived_at_and_loses_its_list_fields() -> None:
    parent = b"List-Id: P <p.example>\r\nArchived-At: <http://p.example/1>\r\n"
    copy = listcopy.list_copy(parent + RAW, FACTS, mid=MID, tid=TID)
    assert _names(copy).count("Archived-At") == 2
    assert _names(copy).count("List-Id") == 1


def test_lf_messages_stay_lf() -> None:
    raw = RAW.replace(b"\r\n", b"\n")
    copy = listcopy.list_copy(raw, FACTS, mid=MID, tid=TID)
    assert b"\r" not in copy
    assert copy == listcopy.list_copy(RAW, FACTS, mid=MID, tid=TID).replace(b"\r\n", b"\n")


def test_a_missing_message_id_is_put_on() -> None:
    raw = RAW.replace(b"Message-ID: <1@union.example>\r\n", b"")
    copy = listcopy.list_copy(raw, FACTS, mid=MID, tid=TID, message_id="made@hub.example")
    assert _value(copy, "Message-ID") == "<made@hub.example>"
    kept = listcopy.list_copy(RAW, FACTS, mid=MID, tid=TID, message_id="made@hub.example")
    assert _value(kept, "Message-ID") == "<1@union.example>"


@given(st.binary(max_size=400))
def test_any_octets_after_the_header_stay(body: bytes) -> None:
    raw = b"A: b\r\n\r\n" + body
    assert listcopy.list_copy(raw, FACTS, mid=MID, tid=TID).endswith(raw)


def test_the_links_of_one_member() -> None:
    post, links = Personal(FACTS).fields("abcdefghijklmnopqrstuvwxyz")
    assert post == b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    (field,) = split(links + b"\r\n").fields
    assert field.value == (
        "<https://hub.example/unsubscribe/abcdefghijklmnopqrstuvwxyz>, "
        "<mailto:water-leave+abcdefghijklmnopqrstuvwxyz@hub.example>"
    )
    assert all(len(line) <= 120 for line in links.split(b"\r\n"))


def test_a_url_cannot_write_fields() -> None:
    with pytest.raises(MessageError):
        Personal(ListFacts("water", "hub.example\r\nX: y", "W", "https://hub.example"))
    facts = ListFacts("water", "hub.example", "W", "https://hub.example/\r\n> <x")
    assert Personal(facts).fields("a" * 26)[1].count(b"\r\n") == 2


@pytest.mark.parametrize(
    ("to", "author", "value"),
    [
        ("author", b"", None),
        ("list", b"", "<water@hub.example>"),
        ("both", b"", "<water@hub.example>, <ana@union.example>"),
        ("list", b"Reply-To: <x@y.example>\r\n", "<x@y.example>"),
        ("both", b"Reply-To: <x@y.example>\r\n", "<x@y.example>"),
    ],
)
def test_where_answers_go(to: listcopy.ReplyTo, author: bytes, value: str | None) -> None:
    facts = ListFacts("water", "hub.example", "Water", "https://hub.example", reply_to=to)
    copy = listcopy.list_copy(author + RAW, facts, mid=MID, tid=TID)
    assert [f.value for f in split(copy).fields if f.name == "Reply-To"] == (
        [value] if value else []
    )


def test_the_way_it_came_is_hidden_where_that_is_wanted() -> None:
    facts = ListFacts("water", "hub.example", "Water", "https://hub.example", redact_origin=True)
    origin = b"X-Originating-IP: [192.0.2.7]\r\nUser-Agent: x\r\nX-MAILER: y\r\n"
    copy = listcopy.list_copy(origin + RAW, facts, mid=MID, tid=TID)
    assert not {"Received", "X-Originating-IP", "User-Agent", "X-MAILER"} & set(_names(copy))
    assert copy.endswith(RAW[RAW.index(b"DKIM-Signature") :])


@pytest.mark.parametrize(
    "field",
    [
        b"Received-SPF: Pass (mailfrom) client-ip=192.0.2.7; helo=ana.home.example",
        b"Authentication-Results: mx.hub.example; auth=pass smtp.auth=ana smtp.remote-ip=192.0.2.7",
        b"X-Forefront-Antispam-Report: CIP:192.0.2.7;CTRY:DE;LANG:de",
        b"X-Received: by 192.0.2.7 with SMTP id a1",
        b"X-Get-Message-Sender-Via: host.example: authenticated_id: ana.paz",
        b"X-AntiAbuse: Originator/Caller UID/GID - [47 12] / [47 12]",
        b"X-Source-Auth: ana.paz",
        b"X-PHP-Originating-Script: 1004:mail.php",
    ],
)
def test_where_it_came_from_is_told_by_no_other_field(field: bytes) -> None:
    """Servers write down the author's machine, country or account beside Received."""
    hides = ListFacts("water", "hub.example", "Water", "https://hub.example", redact_origin=True)
    assert field not in listcopy.list_copy(field + b"\r\n" + RAW, hides, mid=MID, tid=TID)
    assert field in listcopy.list_copy(field + b"\r\n" + RAW, FACTS, mid=MID, tid=TID)


@pytest.mark.parametrize(
    "name",
    ["Resent-Bcc", "X-Bcc", "Apparently-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-For"],
)
def test_no_field_shows_who_else_got_it_unseen(name: str) -> None:
    """Bcc went out of copies, and what says the same in other words did not."""
    field = f"{name}: bo.secret@works.example\r\n".encode()
    assert b"bo.secret" not in listcopy.list_copy(field + RAW, FACTS, mid=MID, tid=TID)


def test_other_lists_that_have_it_too() -> None:
    copy = listcopy.list_copy(RAW, FACTS, mid=MID, tid=TID, siblings=("air", "fire"))
    assert _value(copy, "X-SoliComm-Lists") == "air, fire"
