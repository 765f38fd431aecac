"""Parts taken out of a message, and what keeps its octets."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.message.detach import detached
from solicomm_build.message.parse import parse

PDF = b"%PDF-1.7\r\n" + bytes(range(256)) * 40
HEAD = b"From: Ana <ana@union.example>\r\nSubject: Plan\r\nMIME-Version: 1.0\r\n"
MIXED = (
    HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\npreamble\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nThe plan.\r\n"
    b"--b\r\nContent-Type: application/pdf; name=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename=plan.pdf\r\n\r\n"
    + base64.encodebytes(PDF).replace(b"\n", b"\r\n")
    + b"--b\r\nContent-Type: image/png\r\n\r\nsmall\r\n--b--\r\nepilogue\r\n"
)


def _pdf_only(octets: bytes) -> str:
    return "It is taken out: план\nhttps://hub.example/x\n" if octets.startswith(b"%PDF") else ""


def test_only_what_is_noted_goes() -> None:
    made = detached(MIXED, _pdf_only)
    before, after = MIXED.split(b"--b\r\n"), made.split(b"--b\r\n")
    assert [after[n] for n in (0, 1, 3)] == [before[n] for n in (0, 1, 3)]
    message = parse(made)
    assert message.text == "The plan.\n\nIt is taken out: план\nhttps://hub.example/x"
    assert [one.type for one in message.attachments] == ["image/png"]
    assert len(made) < len(MIXED) / 5


def test_line_ends_stay_those_of_the_message() -> None:
    made = detached(MIXED.replace(b"\r\n", b"\n"), _pdf_only)
    assert b"\r" not in made
    assert "план" in parse(made).text


def test_a_message_that_is_nothing_else() -> None:
    alone = (
        HEAD + b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        b"X-Mailer: kept\r\n\r\n" + base64.encodebytes(PDF)
    )
    message = parse(detached(alone, _pdf_only))
    assert message.text.startswith("It is taken out: план")
    assert message.attachments == ()
    assert (message.subject, message.field("X-Mailer")) == ("Plan", "kept")
    assert len(message.all("Content-Type")) == 1


@pytest.mark.parametrize("kind", [b"signed", b"encrypted"])
def test_what_is_signed_or_encrypted_as_a_whole_stays(kind: bytes) -> None:
    raw = MIXED.replace(b"multipart/mixed", b"multipart/" + kind)
    assert detached(raw, _pdf_only) == raw


def test_an_attached_message_goes_as_a_whole() -> None:
    raw = (
        HEAD + b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain"
        b"\r\n\r\nSee\r\n--c\r\nContent-Type: message/rfc822\r\n\r\n" + MIXED + b"\r\n--c--\r\n"
    )
    asked: list[bytes] = []
    made = detached(raw, lambda octets: asked.append(octets) or "gone")  # type: ignore[func-returns-value]
    assert asked == [b"See", MIXED]
    assert b"PDF" not in made
    assert made.count(b"--c") == 3


@pytest.mark.parametrize(
    "path", sorted(Path("tests/data").rglob("*.eml"))[:200], ids=lambda p: p.name
)
def test_nothing_noted_changes_no_octet(path: Path) -> None:
    raw = path.read_bytes()
    assert detached(raw, lambda _: "") == raw


@given(st.lists(st.sampled_from([b"--b\r\n", b"--b--\r\n", b"\r\n", b"x: y\r\n", b"--b", b"z"])))
def test_odd_boundaries_lose_nothing_else(pieces: list[bytes]) -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    made = detached(head + b"".join(pieces), lambda octets: "gone" if octets else "")
    assert made.startswith(b"Content-Type: ")
    parse(made)
