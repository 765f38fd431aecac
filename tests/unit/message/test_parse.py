"""Whole messages; `tests/data/mail` holds the oddities, each with what it shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.types import Bounds, Mailbox
from solicomm_build.message import body
from solicomm_build.message import parse as parse_module
from solicomm_build.message.parse import Message, parse

MAIL = Path(__file__).parents[2] / "data" / "mail"
SAMPLES = sorted(MAIL.glob("*.eml"))


def sample(name: str) -> Message:
    return parse((MAIL / f"{name}.eml").read_bytes())


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_each_oddity_says_what_it_shows_and_reads_alike_with_both_line_ends(path: Path) -> None:
    assert path.with_suffix(".readme").read_text().strip()
    raw = path.read_bytes()
    crlf, lf = parse(raw), parse(raw.replace(b"\r\n", b"\n"))
    assert crlf.text == lf.text
    assert [a.name for a in crlf.attachments] == [a.name for a in lf.attachments]
    crlf.text.encode()
    assert "\r" not in crlf.text


# What each sample must give; every sample has its line here.
EXPECTED: dict[str, Callable[[Message], bool]] = {
    "address-comments": lambda m: (
        m.from_ == (Mailbox("Ana", "ana@metal.example"),)
        and [box.addr_spec for box in m.to]
        == ["bo@union.example", "cy@union.example", '"di e."@union.example']
        and m.cc == (Mailbox("", '"eve f."@union.example'),)
    ),
    "alternative-notice": lambda m: (
        (m.text, m.text_kind) == ("The strike fund stands at 12,000.", "html")
    ),
    "blank-first": lambda m: (
        (m.subject, m.text, m.defects)
        == ("saved from the web mail", "The gate opens at six.\n", ())
    ),
    "blank-first-text": lambda m: m.text.startswith("Note: the gate") and not m.fields,
    "calendar": lambda m: (
        m.text == "Come to the meeting." and [a.name for a in m.attachments] == ["part-1.ics"]
    ),
    "charset-comment": lambda m: m.text == "Voilà.\n",
    "charset-lies": lambda m: (
        (m.text, m.subject, m.charset_guessed) == ("Łódź, 10 €\n", "café€€", False)
    ),
    "controls": lambda m: m.subject == "a b c" and "\0" in m.text,
    "date-wild": lambda m: (
        m.date is None
        and m.date_raw == "Thu, 99 Foo 2026 25:61:61 +9999"
        and m.last_received == datetime(2026, 3, 3, 11, tzinfo=UTC)
    ),
    "eight-bit-words": lambda m: m.subject == "Réunion à 18 hСоюз",
    "flowed": lambda m: m.text.startswith(
        "This paragraph was wrapped by the program and is one line.\n >not a quote, stuffed\n"
        "> quoted and flowing on\n> > deeper\n> shallower"
    ),
    "from-lies": lambda m: (
        m.from_ == (Mailbox("boss@union.example", "x@evil.example"),)
        and m.from_fields == 2
        and m.defects == ("2 from fields",)
    ),
    "header-only": lambda m: (m.text, m.subject, m.msgid) == ("", "nothing else", None),
    "html-only": lambda m: (
        m.text_kind == "html"
        and "> Who brings the keys?" in m.text
        and not any(w in m.text for w in ("alert", "color", "hidden", "onerror"))
    ),
    "koi8-undeclared": lambda m: m.charset_guessed and m.text.startswith("Уважаемые коллеги!"),
    "markdown": lambda m: m.text_kind == "markdown" and m.text.startswith("# Agenda"),
    "mixed-inline": lambda m: (
        m.text == "Voilà les minutes.\n\nFooter added on the way."
        and [(a.name, a.payload[:2]) for a in m.attachments]
        == [("minutes été.pdf", b"%P"), ("_fdp.exe", b"MZ")]
    ),
    "mixed-no-semicolon": lambda m: (
        m.text == "Voilà." and [a.name for a in m.attachments] == ["hours (May).csv"]
    ),
    "msgid-malformed": lambda m: (
        m.msgid == "[F1]@metal.example"
        and m.references == ("a@x.example", "b@x.example")
        and m.in_reply_to == ("b@x.example",)
    ),
    "no-header-end": lambda m: (
        m.text.startswith("this line is no field") and m.defects[0].startswith("no blank line")
    ),
    "open-about-pgp": lambda m: "It looks like this" in m.text,
    "open-clear-signed": lambda m: "The gate opens at six." in m.text,
    "open-signed-file": lambda m: m.text.startswith("The agreement, signed"),
    "plain-patch": lambda m: m.text.endswith(" \n-- \n2.39.2\n"),
    "quotes-nested": lambda m: ">> Who opens the gate?" in m.text,
    "related": lambda m: (
        m.text == "The gate on Monday: gate" and m.attachments[0].type == "image/png"
    ),
    "rfc822-base64": lambda m: (
        m.text == "See below."
        and [a.name for a in m.attachments] == ["Acta nº 4-2026.eml", "part-2.eml"]
        and m.attachments[1].payload.startswith(b"From: l@x.example")
    ),
    "speaks-of-html": lambda m: (
        m.text_kind == "plain" and m.text.startswith("My old phone does not")
    ),
    "sealed-behind-footer": lambda m: m.text.startswith("A list of the union"),
    "sealed-inline": lambda m: "-----BEGIN PGP MESSAGE" in m.text,
    "sealed-inline-greeting": lambda m: "-----BEGIN PGP MESSAGE" in m.text,
    "sealed-inline-html": lambda m: "-----BEGIN PGP MESSAGE" in m.text,
    "sealed-parts": lambda m: "-----BEGIN PGP MESSAGE" in m.text,
    "sealed-smime": lambda m: (m.text, len(m.attachments)) == ("", 1),
    "sealed-smime-octets": lambda m: (m.text, len(m.attachments)) == ("", 1),
    "sealed-smime-signed": lambda m: (m.text, len(m.attachments)) == ("", 1),
    "sealed-taken-apart": lambda m: m.attachments[0].type == "application/pgp-encrypted",
    "signed": lambda m: m.text == "Signed words." and not m.attachments,
}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_oddity(path: Path) -> None:
    message = sample(path.stem)
    assert EXPECTED[path.stem](message), message


def test_fields_are_found_by_any_spelling() -> None:
    message = parse(b"X-A: one\nx-a: two\nContent-Language: pt-BR\nDate: x\n\n")
    assert message.field("X-a") == "one"
    assert message.all("x-A") == ("one", "two")
    assert message.field("none") is None
    assert (message.language, message.date, message.date_raw) == ("pt-BR", None, "x")


def test_several_languages_are_none() -> None:
    assert parse(b"Content-Language: en, fr\n\n").language is None


def test_received_without_a_date_is_passed_over() -> None:
    raw = b"Received: from a\nReceived: from b; Tue, 3 Mar 2026 12:00:00 +0000\n\n"
    assert parse(raw).last_received == datetime(2026, 3, 3, 12, tzinfo=UTC)


def test_a_bare_patch_is_text_but_a_bare_pdf_is_not() -> None:
    assert parse(b"Content-Type: text/x-patch\n\n+x").text == "+x"
    assert parse(b"Content-Type: text/plain\nContent-Disposition: attachment\n\nx").text == "x"
    message = parse(b"Content-Type: application/pdf\n\n%PDF")
    assert (message.text, message.text_kind) == ("", "none")
    assert message.attachments[0].name == "part-1.pdf"


def _multipart(kind: str, *parts: str) -> Message:
    body = "".join(f"--b\n{part}\n" for part in parts)
    return parse(f"Content-Type: multipart/{kind}; boundary=b\n\n{body}--b--\n".encode())


HTML = "Content-Type: text/html\n\n<p>html</p>"


def test_html_beside_text_is_an_attachment_unless_the_text_is_empty() -> None:
    message = _multipart("mixed", "\nwords", HTML)
    assert (message.text, [a.type for a in message.attachments]) == ("words", ["text/html"])
    assert _multipart("mixed", "\n \n", HTML).text == "html"


def test_inline_patch_is_shown_and_an_attached_one_is_not() -> None:
    patch = "Content-Type: text/x-patch\nContent-Disposition: {}; filename=a.patch\n\n+x"
    assert _multipart("mixed", "\nwords", patch.format("inline")).text == "words\n\n+x"
    assert _multipart("mixed", "\nwords", patch.format("attachment")).text == "words"


def test_alternatives() -> None:
    markdown = "Content-Type: text/markdown\n\n*md*"
    picture = "Content-Type: image/png; name=a.png\n\nx"
    message = _multipart("alternative", markdown, "\nplain", HTML)
    assert (message.text, message.text_kind) == ("*md*", "markdown")
    assert _multipart("alternative", "\nplain", HTML).text == "plain"
    assert _multipart("alternative", "\n \n", HTML).text == "html"
    message = _multipart("alternative", picture)
    assert (message.text_kind, message.attachments[0].name) == ("none", "a.png")


def test_related_without_start_has_its_first_part_as_root() -> None:
    message = _multipart("related", HTML, "\nsecond")
    assert (message.text, len(message.attachments)) == ("html", 1)


def test_so_many_inline_parts_are_shown_and_no_more() -> None:
    message = _multipart("mixed", *["\nx"] * 60)
    assert message.text.count("x") == 50
    assert len(message.attachments) == 10


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\y.doc", "y.doc"),
        (".hidden", "hidden"),
        ("..", ""),
        ("a\x00b\u202egnp.exe", "a_b_gnp.exe"),
        ('a<b>"c|d?.txt', "a_b_c_d_.txt"),
        ("  a \n b  ", "a _ b"),
        ("", ""),
        ("é" * 200 + ".pdf", "é" * 58 + ".pdf"),
        ("x" * 200, "x" * 120),
        ("a." + "x" * 200, "a." + "x" * 118),
    ],
)
def test_safe_name(name: str, safe: str) -> None:
    assert body.safe_name(name) == safe


def test_what_breaks_inside_is_a_message_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_raw: bytes, _bounds: Bounds) -> Message:
        raise RecursionError

    monkeypatch.setattr(parse_module, "_parse", broken)
    with pytest.raises(MessageError, match="cannot be read"):
        parse(b"")
