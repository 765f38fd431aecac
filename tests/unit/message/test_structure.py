"""The MIME tree by byte ranges, and its limits."""

from __future__ import annotations

import binascii

import pytest

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.types import Bounds
from solicomm_build.message import structure
from solicomm_build.message.parse import parse
from solicomm_build.message.split import split
from solicomm_build.message.structure import Part, tree


def _tree(raw: bytes) -> Part:
    return tree(raw, split(raw))[0]


def _mixed(body: bytes, boundary: bytes = b"b") -> bytes:
    return b"Content-Type: multipart/mixed; boundary=" + boundary + b"\n\n" + body


def _bodies(raw: bytes) -> list[bytes]:
    return [raw[part.start : part.stop] for part in _tree(raw).parts]


@pytest.mark.parametrize(
    ("body", "bodies"),
    [
        (b"--b\n\none\n--b\n\ntwo\n--b--\n", [b"one", b"two"]),
        (b"pre\n--b\r\n\r\none\r\n--b--\r\nepilogue", [b"one"]),
        (b"--b\n\none\n--b\n\ntwo", [b"one", b"two"]),
        (b"--b \t\n\none\n--b-- \n", [b"one"]),
        (b"--b\n\nnot --b here\n--bb\n--b--x\n--b--", [b"not --b here\n--bb\n--b--x"]),
        (b"--b\n\n--b--", [b""]),
        (b"--b", [b""]),
        (b"--b\nContent-Type: text/html\n--b--", [b""]),
    ],
)
def test_boundaries(body: bytes, bodies: list[bytes]) -> None:
    assert _bodies(_mixed(body)) == bodies


def test_a_boundary_with_pattern_characters_is_no_pattern() -> None:
    assert _bodies(_mixed(b"--a+(b)\n\nx\n--a+(b)--", b'"a+(b)"')) == [b"x"]


@pytest.mark.parametrize("head", [b"multipart/mixed", b"multipart/mixed; boundary=never"])
def test_multipart_without_parts_is_text(head: bytes) -> None:
    raw = b"Content-Type: " + head + b"\n\nwords\n"
    root, defects = tree(raw, split(raw))
    assert (root.type, defects) == ("text/plain", ("multipart without parts",))


def test_an_inner_part_ends_with_the_outer_one() -> None:
    raw = _mixed(b"--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nin\n--b\n\nout\n--b--")
    inner, outer = _tree(raw).parts
    assert raw[inner.parts[0].start : inner.parts[0].stop] == b"in"
    assert raw[outer.start : outer.stop] == b"out"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (b"", "text/plain"),
        (b"text", "text/plain"),
        (b"nonsense", "application/octet-stream"),
        (b"a/b/c", "application/octet-stream"),
        (b"Text/HTML; x=y", "text/html"),
    ],
)
def test_types(value: bytes, kind: str) -> None:
    assert _tree(b"Content-Type: " + value + b"\n\nx").type == kind


def test_parts_of_a_digest_are_messages() -> None:
    raw = b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\nx\n--b--"
    part = _tree(raw).parts[0]
    assert part.type == "message/rfc822"
    assert part.parts[0].fields == {"subject": "in"}


@pytest.mark.parametrize(
    ("encoding", "data", "payload"),
    [
        (b"base64", b"YWI=", b"ab"),
        (b"Quoted-Printable (really)", b"=E9=\nx", b"\xe9x"),
        (b"x-unknown", b"=E9", b"=E9"),
        (b"8bit;", b"\xe9", b"\xe9"),
    ],
)
def test_payload(encoding: bytes, data: bytes, payload: bytes) -> None:
    raw = b"Content-Transfer-Encoding: " + encoding + b"\n\n" + data
    assert _tree(raw).payload(raw) == payload


def _nested(depth: int) -> bytes:
    level = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n'
    return b"From: a@b.example\r\n" + b"".join(level % (n, n) for n in range(depth)) + b"\r\nx"


def test_nesting_has_a_limit() -> None:
    assert _tree(_nested(100)).type == "multipart/mixed"
    for raw in (_nested(101), _nested(300), b"Content-Type: message/rfc822\n\n" * 250):
        with pytest.raises(MessageError, match="100 parts deep"):
            _tree(raw)


def test_parts_have_a_limit() -> None:
    with pytest.raises(MessageError, match="4,000 parts"):
        _tree(_mixed(b"--b\n\nx\n" * 5000))


PACKED = b"Content-Transfer-Encoding: base64\n\n" + b"QUJD" * 100  # 300 octets


@pytest.mark.parametrize(
    ("raw", "over", "within", "fault"),
    [
        (b"A: b\nC: d\n\nx", Bounds(header_fields=1), Bounds(header_fields=2), "1 fields"),
        (b"A: bbbb\n\nx", Bounds(header_bytes=7), Bounds(header_bytes=8), "larger than 7 octets"),
        (_nested(3), Bounds(mime_depth=2), Bounds(mime_depth=3), "2 parts deep"),
        (_nested(3), Bounds(mime_parts=3), Bounds(mime_parts=4), "3 parts"),
        (PACKED, Bounds(decoded_bytes=299), Bounds(decoded_bytes=300), "more than 299 octets"),
    ],
)
def test_a_message_is_held_to_the_bounds_of_the_hub(
    raw: bytes, over: Bounds, within: Bounds, fault: str
) -> None:
    structure.check(raw, within)
    assert parse(raw, within).raw == raw
    for look in (structure.check, parse):
        with pytest.raises(MessageError, match=fault):
            look(raw, over)


def test_a_soft_break_before_a_lone_carriage_return_takes_no_words_away() -> None:
    head = b"Content-Transfer-Encoding: quoted-printable\n\n"
    raw = head + b"We meet =\ron Friday.\rBring keys =\r\r\nand bread.\nAna\n"
    assert _tree(raw).payload(raw) == b"We meet on Friday.\rBring keys and bread.\nAna\n"


UU = b"begin 644 a.txt\r\n" + binascii.b2a_uu(b"Minutes of May\n")


@pytest.mark.parametrize(
    ("data", "payload"),
    [
        (UU + b"`\nend\n", b"Minutes of May\n"),
        (b"\n" + UU + UU.partition(b"\n")[2] + b" \r\nend", b"Minutes of May\n" * 2),
        (UU, UU),
        (UU + b"`\nend\nAna\n", UU + b"`\nend\nAna\n"),
        (b"begin 644 a\n#\x80\x80\x80\x80\nend\n", b"begin 644 a\n#\x80\x80\x80\x80\nend\n"),
        (b"See below.\n" + UU, b"See below.\n" + UU),
    ],
)
def test_what_is_uuencoded(data: bytes, payload: bytes) -> None:
    raw = b"Content-Transfer-Encoding: X-UUEncode\n\n" + data
    assert _tree(raw).payload(raw) == payload


def test_a_part_behind_a_closing_line_that_came_too_early_is_one() -> None:
    inner = b"Content-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\n--b\n\nhtml\n--b--\n"
    assert _bodies(_mixed(b"--b\n" + inner + b"--b\n\nfile\n--b--\n"))[-1] == b"file"
