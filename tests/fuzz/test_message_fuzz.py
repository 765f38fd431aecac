"""Arbitrary octets give a Message or a MessageError, and nothing else; and soon.

Kept inputs are below by name: each once took minutes or an exception of another kind, here or in
the standard library's reader.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.types import post_id
from solicomm_build.message import msgid
from solicomm_build.message.parse import Message, parse
from solicomm_build.message.text.hypertext import to_text
from solicomm_build.message.text.markdown import from_text, render

FROM = b"From: a@b.example\r\n"
MIXED = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'

_PIECES = st.sampled_from(
    [
        b"From: ",
        b"To: ",
        b"Subject: ",
        b"Date: ",
        b"Message-ID: ",
        b"References: ",
        b"Content-Type: ",
        b"Content-Transfer-Encoding: ",
        b"Content-Disposition: ",
        b"Received: ",
        b"multipart/mixed; boundary=b",
        b"multipart/alternative; boundary=b",
        b"message/rfc822",
        b"text/plain; charset=",
        b"text/html",
        b"; format=flowed",
        b"utf-8",
        b"utf-7",
        b"x-none",
        b"base64",
        b"quoted-printable",
        b"attachment; filename*0*=utf-8''%41",
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b"--b\r\n",
        b"--b--\r\n",
        b" ",
        b"\t",
        b"<a@b>",
        b"<",
        b">",
        b'"',
        b"\\",
        b"(",
        b")",
        b",",
        b";",
        b":",
        b"=",
        b"=?utf-8?q?=C3=A9?=",
        b"=?",
        b"?=",
        b"\xe9",
        b"\xff",
        b"\0",
        b"<p>",
        b"<a href=x>",
        b"<!--",
        b"</",
        b"Tue, 3 Mar 2026 08:15:00 -0300",
        b"99 Foo",
    ]
)
_OCTETS = st.lists(st.one_of(_PIECES, st.binary(max_size=6)), max_size=60).map(b"".join)


def read(raw: bytes) -> Message | None:
    """Everything that may be asked of a message; None where it is refused."""
    try:
        message = parse(raw)
    except MessageError as refusal:
        assert refusal.reply.startswith("554 5.6.0 ")  # noqa: PT017 - refused is one good end
        return None
    assert message.raw is raw
    message.text.encode()
    message.subject.encode()
    msgid.topic_of(message, post_id(message.msgid or ""))
    msgid.content_hash(message).encode()
    for attachment in message.attachments:
        assert attachment.name
        assert "/" not in attachment.name
        assert attachment.name not in (".", "..")
        assert not attachment.name.startswith(".")
    render(from_text(message.text))
    return message


@settings(max_examples=400, deadline=None)
@given(_OCTETS)
def test_mail_like_octets(raw: bytes) -> None:
    read(raw)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_octets(raw: bytes) -> None:
    read(raw)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<a",
                "href='",
                '"',
                ">",
                "<",
                "ul",
                "li",
                "<li>",
                "<pre>",
                "&amp;",
                "&",
                "<!--",
                "-->",
                "\n",
                "x",
            ]
        )
    ).map("".join)
)
def test_html_like_text(source: str) -> None:
    to_text(source).encode()


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_torn_samples(data: st.DataObject) -> None:
    folder = Path(__file__).parents[1] / "data" / "mail"
    raw = data.draw(st.sampled_from(sorted(folder.glob("*.eml")))).read_bytes()
    cut = data.draw(st.integers(0, len(raw)))
    at = data.draw(st.integers(0, len(raw)))
    read(raw[:at] + raw[cut:])


def _nested(depth: int) -> bytes:
    level = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n'
    return FROM + b"".join(level % (n, n) for n in range(depth))


REFUSED = {
    "300 nested parts": _nested(300),
    "250 nested messages": FROM + b"Content-Type: message/rfc822\r\n\r\n" * 250,
    "50,000 parts": FROM + MIXED + b"--b\r\n\r\nx\r\n" * 50_000,
    "100,000 fields": b"A: b\r\n" * 100_000,
    "a field of 1 MB": b"Subject: " + b"x" * 1_000_000 + b"\r\n\r\n",
}
READ = {
    "a Message-ID of 2 KB": FROM + b"Message-ID: <" + b"a" * 2000 + b"@x>\r\n\r\nx",
    "a charset that is none": FROM + b"Content-Type: text/plain; charset=x-none\r\n\r\n\xe9",
    "a codec that is no charset": FROM + b"Content-Type: text/plain; charset=zlib\r\n\r\nx\xda",
    "a date that is none": FROM + b"Date: Thu, 99 Foo 2026 25:61:61 +9999\r\n\r\nx",
    "no From": b"To: a@b.example\r\n\r\nx",
    "two From": FROM + FROM + b"\r\nx",
    "NUL": FROM + b"Subject: a\0b\r\n\r\na\0b",
    "49 nested parts and a body": _nested(49) + b"\r\n" + b"x" * 1_000_000,
    "a boundary on one line": FROM + MIXED + b"--b" * 300_000,
    "unclosed quotes": b'From: "' + b'\\"' * 30_000 + b"\r\n\r\n",
    "unclosed comments": b"From: " + b"(" * 60_000 + b"\r\n\r\n",
    "unclosed brackets": b"From: " + b"<" * 60_000 + b"\r\n\r\n",
    "unclosed words": b"Subject: " + b"=?a?q?" * 10_000 + b"\r\n\r\n",
    "flowing on": FROM + b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"a \n" * 100_000,
    "quotes only": FROM + b"\r\n" + b">" * 100_000,
    "brackets behind an address": FROM + b"\r\nhttp://a/" + b")" * 100_000,
    "a thousand unknown words": FROM + b"To: " + b"=?x?b?6Q==?= <a@b>," * 2_500 + b"\r\n\r\n",
    "fold upon fold": b"Subject: a\r\n" + b" \r\n" * 15_000 + b"\r\nx",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    assert read(REFUSED[name]) is None


@pytest.mark.parametrize("name", READ)
def test_read(name: str) -> None:
    assert read(READ[name]) is not None


@pytest.mark.parametrize(
    "source",
    [
        "<title>" * 30_000,
        "<!--" * 30_000,
        "<a<" * 30_000,
        "<a " * 30_000,
        "<blockquote>" * 20_000,
        "<a href=" + " " * 100_000,
        "&" * 100_000,
        "<pre>\n" * 20_000,
        "<ul><li>" * 20_000,
    ],
)
def test_html_that_never_closes(source: str) -> None:
    to_text(source)
