"""Ids, topics, sameness."""

from __future__ import annotations

import pytest

from solicomm_build.foundation.types import post_id
from solicomm_build.message import msgid
from solicomm_build.message.parse import parse

OWN = post_id("own@x.example")
TID = "abcdefghijklmnopqrstuvwxyz234567"


@pytest.mark.parametrize(
    ("value", "own"),
    [
        ("<a@b.example>", "a@b.example"),
        (" <[F1]@b.example> (added)", "[F1]@b.example"),
        ("<a b@c.example>", "a b@c.example"),
        ("no-brackets@b.example", "no-brackets@b.example"),
        ("<open@b.example", "open@b.example"),
        ("", ""),
    ],
)
def test_own_id(value: str, own: str) -> None:
    assert msgid.own_id(value) == own


def test_ids_of_drops_what_is_no_id() -> None:
    assert msgid.ids_of("<a@b> y <n> \t<c@d> <a@b> e@f") == ("a@b", "c@d")


@pytest.mark.parametrize(
    ("head", "topic"),
    [
        ("References: <r@x> <p@x>\nIn-Reply-To: <p@x>", post_id("r@x")),
        ("In-Reply-To: <p@x>", post_id("p@x")),
        ("References: <own@x.example> <p@x>", post_id("p@x")),
        ("References: <own@x.example>", OWN),
        (f"To: b@x, list+t-{TID}@hub.example", TID),
        (f"Cc: <bar+T-{TID.upper()}@hub.example>", TID),
        (f"To: list+t-{TID}x@hub.example", OWN),
        ("To: list@hub.example", OWN),
    ],
)
def test_topic(head: str, topic: str) -> None:
    message = parse(f"Message-ID: <own@x.example>\n{head}\n\nx".encode())
    assert msgid.topic_of(message, OWN) == topic


def test_content_hash_is_that_of_the_words() -> None:
    def hashed(head: str, body: str) -> str:
        return msgid.content_hash(parse(f"Subject: s\n{head}\n{body}".encode()))

    same = hashed("", "x\n")
    assert hashed("Received: from a; Tue, 3 Mar 2026 12:00:00 +0100\nList-Id: <l>\n", "x\n") == same
    assert hashed("", "x \n\n\n") == same
    assert msgid.content_hash(parse(b"Subject: s\r\n\r\nx\r\n")) == same
    assert hashed("To: a@b\n", "x\n") != same
    assert hashed("", "y\n") != same


def test_content_hash_sees_attachments() -> None:
    def hashed(data: bytes) -> str:
        head = b"Content-Type: application/pdf\n\n"
        return msgid.content_hash(parse(head + data))

    assert hashed(b"a") != hashed(b"b")
