"""Our own messages as Python's reader sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from solicomm_build.features.bounces.reports import dsn, dsnwrite
from solicomm_build.message import compose
from solicomm_build.message.transform import header_field


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Plain\nwords\n", "7bit"),
        ("Déjà vu, and a lot of words that are plain\n", "quoted-printable"),
        ("Привет, товарищи\n", "base64"),
        ("x" * 1200 + "\n", "quoted-printable"),
    ],
)
def test_text_parts(text: str, encoding: str) -> None:
    raw = compose.message([header_field("Subject", "x")], compose.text_part(text))
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    found = message_from_bytes(raw, policy=policy.default)
    assert found["Content-Transfer-Encoding"] == encoding
    assert found.get_content().replace("\r\n", "\n") == text


def test_a_boundary_that_occurs_is_not_taken() -> None:
    first = compose.boundary(b"", "seed")
    second = compose.boundary(first.encode(), "seed")
    assert first != second
    assert len(second) <= 70
    assert compose.boundary(b"", "seed") == first


def test_messages_in_a_digest_keep_their_octets() -> None:
    raws = [b"Subject: a\r\n\r\nbody", b"Subject: b\n\nLF only \xc3\xb1\n"]
    parts = [compose.digest_part(raw) for raw in raws]
    whole = compose.message([], compose.multipart("digest", parts, seed="x"))
    assert all(raw in whole for raw in raws)
    found = message_from_bytes(whole, policy=policy.default)
    assert [part.get_payload(0)["Subject"] for part in found.iter_parts()] == ["a", "b"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("Wages in ports", "Wages in ports.eml"),
        ("=?utf-8?b?2KPYrNmI2LE=?=", "أجور.eml"),
        ("../../etc/passwd", "-..-etc-passwd.eml"),
        ('a "quoted" one; filename=x', "a _quoted_ one; filename=x.eml"),
        ("x" * 300, "x" * 60 + ".eml"),
        ("", "message.eml"),
    ],
)
def test_messages_in_a_digest_have_a_name(subject: str, name: str) -> None:
    part = compose.digest_part(f"Subject: {subject}\r\n\r\nbody".encode())
    whole = compose.message([], compose.multipart("digest", [part], seed="x"))
    (found,) = message_from_bytes(whole, policy=policy.default).iter_parts()  # type: ignore[attr-defined]
    assert found.get_content_type() == "message/rfc822"
    assert found.get_filename() == name
    assert [line for line in part.split(b"\r\n\r\n")[0].split(b"\r\n") if len(line) > 990] == []


@pytest.mark.parametrize("recipient", ["ana@b.example", "ирина@союз.example"])
def test_a_report_written_is_read_back(recipient: str) -> None:
    at = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    raw = dsnwrite.write("x@hub.example", "hub.example", recipient, "550 5.1.1 no\r\nX: y", at)
    report = dsn.read(raw)
    assert isinstance(report, tuple)
    assert report[0].recipient == recipient
    assert report[0].status == "5.1.1"
