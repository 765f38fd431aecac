"""A footer below a copy: where it goes, and what stays octet by octet."""

from __future__ import annotations

import base64
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest

from solicomm_build.message.footer import with_footer

HEAD = b"From: Ana <ana@union.example>\r\nSubject: Water\r\nMIME-Version: 1.0\r\n"
SAID = "Water\nTo leave, write to: water-leave@hub.example"
RULE = "_" * 30


def read(raw: bytes) -> EmailMessage:
    found = cast(EmailMessage, message_from_bytes(raw, policy=policy.default))
    assert [part.defects for part in found.walk() if part.defects] == []
    return found


def text_of(part: object) -> str:
    return str(cast(EmailMessage, part).get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize(
    "fields",
    [
        b"",
        b"Content-Type: text/plain\r\n",
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n",
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n",
    ],
)
def test_lines_below_a_plain_text(fields: bytes) -> None:
    raw = HEAD + fields + b"\r\nWater is a right.\r\n"
    made = with_footer(raw, SAID, seed="x")
    assert made.startswith(raw[:-2])
    found = read(made)
    assert found.get_content_type() == "text/plain"
    assert text_of(found) == f"Water is a right.\n\n{RULE}\n{SAID}\n"


def test_lines_in_the_characters_of_the_text() -> None:
    said = "Agua: salir"
    fields = b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n"
    raw = HEAD + fields + b"\r\n\xbfQu\xe9?\r\n"
    assert text_of(read(with_footer(raw, said + " ñ", seed="x"))).endswith("salir ñ\n")
    made = with_footer(raw, "вода", seed="x")  # does not fit: a part of its own
    first, last = read(made).iter_parts()
    assert text_of(first).rstrip() == "¿Qué?"
    assert text_of(last).rstrip() == f"{RULE}\nвода"
    assert b"\xbfQu\xe9?" in made


@pytest.mark.parametrize("said", [SAID, "إلى الجميع"])
@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (
            b"Content-Type: text/html; charset=utf-8\r\n",
            b"<p>Water is a right.</p>\r\n",
        ),
        (
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n",
            base64.encodebytes("Вода".encode()).replace(b"\n", b"\r\n"),
        ),
        (
            b'Content-Type: multipart/alternative; boundary="b"\r\n',
            b"--b\r\n\r\nWater\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Water\r\n--b--\r\n",
        ),
        (
            b"Content-Type: application/pdf\r\n"
            b'Content-Disposition: attachment; filename="a.pdf"\r\n'
            b"Content-Transfer-Encoding: base64\r\n",
            b"JVBERi0=\r\n",
        ),
    ],
)
def test_everything_else_becomes_the_first_part(fields: bytes, body: bytes, said: str) -> None:
    raw = HEAD + fields + b"\r\n" + body
    made = with_footer(raw, said, seed="x")
    assert fields + b"\r\n" + body in made
    found = read(made)
    assert found.get_content_type() == "multipart/mixed"
    first, last = found.iter_parts()
    assert first.get_content_type() == read(raw).get_content_type()
    assert text_of(last).rstrip() == f"{RULE}\n{said}"
    assert last.get_content_disposition() == "inline"
    assert found["Subject"] == "Water"
    assert len(found.get_all("Content-Type", [])) == 1


def test_one_more_part_in_a_mixed_message() -> None:
    inside = (
        b"--b\r\nContent-Type: text/plain\r\n\r\nWater\r\n"
        b"--b\r\nContent-Type: application/pdf\r\n\r\n%PDF-\r\n"
    )
    raw = HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + inside + b"--b--\r\n"
    made = with_footer(raw, SAID, seed="x")
    assert made.startswith(raw[: raw.index(b"\r\n--b--")])
    kinds = [part.get_content_type() for part in read(made).iter_parts()]
    assert kinds == ["text/plain", "application/pdf", "text/plain"]


def test_a_mixed_message_that_breaks_off_is_enclosed() -> None:
    raw = HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nWater\r\n'
    made = with_footer(raw, SAID, seed="x")
    assert b"--b\r\n\r\nWater\r\n" in made
    assert text_of(list(message_from_bytes(made, policy=policy.default).iter_parts())[-1])  # type: ignore[attr-defined]


def test_lf_messages_stay_lf() -> None:
    for kind in (b"text/plain", b"text/html"):
        raw = HEAD.replace(b"\r\n", b"\n") + b"Content-Type: " + kind + b"\n\nWater\n"
        assert b"\r" not in with_footer(raw, SAID, seed="x")


@pytest.mark.parametrize(
    "rest",
    [
        b'Content-Type: multipart/signed; boundary="b"\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n',
        b'Content-Type: multipart/encrypted; boundary="b"\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n',
        b"Content-Type: application/pkcs7-mime\r\n\r\nMII\r\n",
        b"\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nWater\r\n",
    ],
)
def test_what_is_signed_or_encrypted_stays(rest: bytes) -> None:
    assert with_footer(HEAD + rest, SAID, seed="x") == HEAD + rest


def test_a_signed_part_within_stays_whole() -> None:
    signed = b'Content-Type: multipart/signed; boundary="s"\r\n\r\n--s\r\n\r\nx\r\n--s--\r\n'
    raw = (
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' + signed + b"--b--\r\n"
    )
    assert with_footer(raw, SAID, seed="x") == raw


def test_the_same_message_is_the_same_octets() -> None:
    raw = HEAD + b"Content-Type: text/html\r\n\r\n<p>Water\r\n"
    assert with_footer(raw, SAID, seed="x") == with_footer(raw, SAID, seed="x")
