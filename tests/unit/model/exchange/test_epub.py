"""Books made of cards, held against epubcheck."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from solicomm_build.features.library.exchange import epub
from solicomm_build.post.books import xhtml
from solicomm_build.post.books.book import Words
from solicomm_build.post.editorial.markup import render_page
from solicomm_build.testing import epubcheck
from tests.unit.model.exchange.cards import full, plain

WORDS = Words("Contents", "Title page", "It can be read aloud.")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c626001"
    "000000ffff03000006000557bfabd40000000049454e44ae426082".replace(" ", "")
)
TEXT = """Before the first chapter, with a [link](#wages) and a footnote[^1].

# Wages

| Grade | Pay |
|:--|--:|
| A & B | 1 < 2 |

Line one  \nline two, ![A march](media/march.png), ![gone](media/none.svg), [away](other.md),
<script>alert(1)</script> and a [site](https://example.org/?a=1&b=2).

# Hours

1. one
2. two

[^1]: The note.
"""


def body() -> str:
    known = {"media/march.png", "media/none.svg"}
    return render_page(TEXT, resolve=lambda name: name if name in known else None)


def book() -> bytes:
    return epub.write(full(), body(), WORDS, pictures={"media/march.png": PNG})


@pytest.mark.parametrize("kind", ["rich", "bare and right to left"])
def test_epubcheck_finds_nothing(kind: str, tmp_path: Path) -> None:
    data = (
        book()
        if kind == "rich"
        else epub.write(plain(), "<p>نص</p>", Words("المحتويات", "صفحة العنوان"), direction="rtl")
    )
    path = tmp_path / "book.epub"
    path.write_bytes(data)
    verdict = epubcheck.of(path)
    assert verdict.code == 0, verdict.said


def test_the_same_card_gives_the_same_bytes() -> None:
    assert book() == book()


def test_chapters_begin_at_headings_and_links_follow_them() -> None:
    with zipfile.ZipFile(io.BytesIO(book())) as made:
        assert made.namelist()[0] == "mimetype"
        assert made.getinfo("mimetype").compress_type == zipfile.ZIP_STORED
        first = made.read("EPUB/chapter-1.xhtml").decode()
        wages = made.read("EPUB/chapter-2.xhtml").decode()
        assert made.read("EPUB/pictures/1.png") == PNG
        assert "EPUB/chapter-4.xhtml" not in made.namelist()
    assert 'href="chapter-2.xhtml#s-wages"' in first
    assert "A &amp; B" in wages
    assert "<script" not in wages
    assert '<img src="pictures/1.png" alt="A march"/>' in wages
    assert "none.svg" not in wages
    assert "gone" in wages


def test_html_that_closes_nothing_becomes_well_formed() -> None:
    assert xhtml.of_html("<ul><li>a<li>b</ul></p><br><b>c") == (
        "<ul><li>a<li>b</li></li></ul><br/><b>c</b>"
    )
    assert xhtml.of_html("a\x00b\x0c &amp; &lt;") == "ab &amp; &lt;"


def test_a_book_says_how_it_can_be_read() -> None:
    words = Words("Contents", "Title page", "It can be read aloud.")
    written = epub.write(full(), body(), words, pictures={"media/march.png": PNG})
    with zipfile.ZipFile(io.BytesIO(written)) as made:
        package = made.read("EPUB/package.opf").decode()
        assert 'epub:type="toc" role="doc-toc"' in made.read("EPUB/nav.xhtml").decode()
    said = re.findall(r'<meta property="schema:(\w+)">([^<]+)</meta>', package)
    assert [value for name, value in said if name == "accessMode"] == ["textual", "visual"]
    assert ("accessModeSufficient", "textual,visual") in said
    assert ("accessibilityFeature", "tableOfContents") in said
    assert ("accessibilityHazard", "none") in said
    assert ("accessibilitySummary", "It can be read aloud.") in said
    with zipfile.ZipFile(io.BytesIO(epub.write(plain(), "<p>x</p>", words))) as bare:
        assert (
            '"schema:accessModeSufficient">textual</meta>' in bare.read("EPUB/package.opf").decode()
        )
