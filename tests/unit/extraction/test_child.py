"""Documents read in the child: what is found, and that hostile ones cost nothing but a sentence."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from solicomm_build.extraction import facts as results
from solicomm_build.extraction.child import extract
from solicomm_build.extraction.facts import Facts
from solicomm_build.foundation import data
from tests.unit.extraction import documents

SAMPLE = data.folder("content") / "libraries/agreements/entries"


@pytest.fixture
def read(tmp_path: Path):
    def reading(octets: bytes, name: str = "document") -> Facts:
        path = tmp_path / "file"
        path.write_bytes(octets)
        return extract(path, name)

    return reading


def test_a_pdf_has_pages_text_title_and_a_picture() -> None:
    found = extract(SAMPLE / "2026-r6me3tkc/heat-pocket-guide.pdf")
    assert (found.type, found.pages, found.scan) == ("application/pdf", 2, False)
    assert "Hang a thermometer where the work is done" in (found.text or "")
    assert found.title == "Heat at work: a pocket guide for stewards"
    with Image.open(io.BytesIO(found.cover)) as cover:
        assert cover.format == "WEBP"
        assert 390 <= cover.width <= 410
    assert not found.fault


def test_a_scan_says_that_its_text_is_missing(read) -> None:
    found = read(documents.pdf(3))
    assert (found.pages, found.text, found.scan, found.fault) == (3, None, True, "")


def test_five_thousand_pages_are_counted(read) -> None:
    assert read(documents.pdf(5000)).pages == 5000


def test_opendocument_says_its_words(read) -> None:
    second = "<text:p>Eight<text:s/>hours &amp; boots<text:line-break/>now</text:p>"
    found = read(documents.odt(f"<text:h>Demands</text:h>{second}"))
    assert found.text == "Demands\nEight hours & boots\nnow\n"
    assert (found.title, found.creators, found.lang) == ("Wage demands", ("Ana Paz",), "es")
    assert found.pages == 3


def test_empty_paragraphs_and_the_layout_of_the_xml_make_no_lines(read) -> None:
    body = "\n  <text:p/>\n  <text:p> </text:p>\n".join(["<text:p>One</text:p>"] * 3)
    assert read(documents.odt(body)).text == "One\nOne\nOne\n"


def test_word_says_its_words(read) -> None:
    found = read(documents.docx("Eight hours", "Boots"))
    assert found.text == "Eight hours\nBoots\n"
    assert (found.title, found.pages) == ("Rota", 7)


def test_epub_says_its_words_in_order(read) -> None:
    found = read(documents.epub())
    assert found.type == "application/epub+zip"
    assert found.text == "Ask for the rota in writing.\f\n"
    assert (found.title, found.creators, found.lang) == ("Handbook", ("Grace Otieno",), "en")


def test_web_pages_and_text_are_text(read) -> None:
    page = read(b"<!doctype html><title>x</title><p>Hello<script>alert(1)</script> all", "a.html")
    assert (page.type, page.text) == ("text/html", "Hello all")
    assert read("Grüße\r\n".encode("cp1252"), "a.txt").text == "Grüße\n"
    assert read(b"a,b\n1,2\n", "t.csv").type == "text/csv"


def test_a_photo_gives_a_small_picture_that_names_no_camera(read) -> None:
    found = read(documents.photo())
    assert found.type == "image/jpeg"
    assert b"SECRETCAMERA" not in found.cover
    with Image.open(io.BytesIO(found.cover)) as cover:
        assert max(cover.size) == 400


BOMB = documents.zipped(
    {"content.xml": b"<a>" + b"0" * (8 << 20) + b"</a>"}, first=documents.ODT.encode()
)
ENTITIES = documents.zipped(
    {"content.xml": b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'},
    first=documents.ODT.encode(),
)


@pytest.mark.parametrize(
    ("octets", "kind", "words"),
    [
        (b"%PDF-1.4\nnonsense", "application/pdf", "damaged"),
        (documents.locked_pdf(), "application/pdf", "password"),
        (
            (SAMPLE / "2026-r6me3tkc/heat-pocket-guide.pdf").read_bytes()[:2000],
            "application/pdf",
            "damaged",
        ),
        (BOMB, documents.ODT, "swell"),
        (ENTITIES, documents.ODT, "entities"),
        (documents.odt("<text:p>x</text:p>")[:200], documents.ODT, "damaged"),
        (documents.png_of_size(30_000, 30_000), "image/png", "60 million pixels"),
        (documents.png_of_size(10, 10), "image/png", "damaged"),
        (b"\xff\xd8\xff" + b"x" * 100, "image/jpeg", "damaged"),
    ],
)
def test_a_bad_document_has_a_type_and_a_sentence(
    read, octets: bytes, kind: str, words: str
) -> None:
    found = read(octets)
    assert found.type == kind
    assert words in found.fault


@pytest.mark.parametrize(
    "octets",
    [
        b"MZ\x90\x00",
        b"\x7fELF\x02",
        b"#!/bin/sh\nrm -rf /\n",
        b"\x00\x01\x02" * 50,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        documents.zipped({"a.exe": b"MZ"}),
    ],
)
def test_what_a_library_does_not_take_is_unknown(read, octets: bytes) -> None:
    assert read(octets, "report.pdf").type == "application/octet-stream"


def test_nested_xml_does_not_break_the_child(read) -> None:
    deep = f"{'<text:p>' * 20000}x{'</text:p>' * 20000}"
    found = read(documents.odt(deep))
    assert found.fault or "x" in (found.text or "")


def test_a_child_that_is_cut_off_is_a_fault_and_no_crash() -> None:
    whole = results.encode(Facts("text/plain", text="words", cover=b"c"))
    assert results.decode(whole) == Facts("text/plain", text="words", cover=b"c")
    for end in (0, 10, len(whole) - 1):
        with pytest.raises(Exception, match="cut off"):
            results.decode(whole[:end])


def test_a_zip_with_a_locked_member_has_a_fault(read) -> None:
    octets = bytearray(documents.odt("<text:p>x</text:p>"))
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        local = archive.getinfo("content.xml").header_offset
    directory = octets.index(b"PK\x01\x02", octets.index(b"PK\x01\x02") + 4)
    octets[local + 6] |= 1  # bit 0 of the flags: encrypted
    octets[directory + 8] |= 1
    assert "password" in read(bytes(octets)).fault
