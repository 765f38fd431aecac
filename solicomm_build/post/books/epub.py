"""EPUB 3 (W3C, EPUB 3.3; EPUB Accessibility 1.1). Pure; the same book gives the same bytes.

A book is a zip: `mimetype` first and stored, `META-INF/container.xml`, then under `EPUB/` the
package document, the navigation document, a title page and a file for each chapter.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from solicomm_build.post.books.book import About, Book, Chapter
from solicomm_build.post.books.xhtml import escaped, quoted

TYPE = "application/epub+zip"
PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
"""Pictures that every e-reader shows (EPUB 3.3, 3.2), by the ends of their names."""

_DC = "http://purl.org/dc/elements/1.1/"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: no build's clock in the bytes
_CSS = """:root{color-scheme:light dark}html{line-height:1.5}
body{margin:5%;overflow-wrap:break-word}a{overflow-wrap:anywhere}h1,h2,h3{line-height:1.2;text-align:start}
table{border-collapse:collapse}td,th{border:1px solid;padding:.2em .5em;vertical-align:top}
blockquote{margin:1em 0;padding-inline-start:1em;border-inline-start:3px solid}
img{max-width:100%}.title{margin-top:20%}.title,.title h1{text-align:center}
pre{white-space:pre-wrap}
article{margin-block:2em}article h2{font-size:1.1em;margin-block-end:0}.meta{font-size:.85em}
nav ol{list-style:none;padding-inline-start:1em}
"""
_CONTAINER = b"""<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""


def write(book: Book) -> bytes:
    """The book as octets."""
    files: list[tuple[str, bytes]] = [
        ("META-INF/container.xml", _CONTAINER),
        ("EPUB/package.opf", _package(book)),
        ("EPUB/nav.xhtml", _navigation(book)),
        ("EPUB/title.xhtml", _page(book, book.words.title_page, book.front)),
        *((f"EPUB/{c.name}", _page(book, c.title, c.body)) for c in book.chapters),
        ("EPUB/book.css", _CSS.encode()),
        *((f"EPUB/{name}", data) for name, data in book.pictures.items()),
    ]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        made.writestr(zipfile.ZipInfo("mimetype", _EPOCH), TYPE.encode(), zipfile.ZIP_STORED)
        for name, data in files:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            made.writestr(info, data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def is_shown(name: str) -> bool:
    """Whether a picture of this name can be in a book."""
    return _suffix(name) in PICTURES


def _page(book: Book, title: str, body: str) -> bytes:
    lang = quoted(book.about.lang)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
        f"lang={lang} xml:lang={lang} dir={quoted(book.direction)}>\n"
        f"<head><title>{escaped(title or book.about.title)}</title>"
        '<link rel="stylesheet" type="text/css" href="book.css"/></head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    ).encode()


def _navigation(book: Book) -> bytes:
    words = book.words
    rows = "".join(map(_rows, book.chapters))
    first = book.chapters[0].name if book.chapters else "title.xhtml"
    begin = words.begin or book.about.title
    body = (
        f'<nav epub:type="toc" role="doc-toc"><h1>{escaped(words.contents)}</h1><ol>'
        f'<li><a href="title.xhtml">{escaped(words.title_page)}</a></li>{rows}</ol></nav>\n'
        '<nav epub:type="landmarks" hidden="hidden"><ol>'
        f'<li><a epub:type="titlepage" href="title.xhtml">{escaped(words.title_page)}</a></li>'
        f'<li><a epub:type="bodymatter" href="{first}">{escaped(begin)}</a></li></ol></nav>'
    )
    return _page(book, words.contents, body)


def _rows(chapter: Chapter) -> str:
    """The rows of the table of contents for one chapter."""
    parts = "".join(
        f'<li><a href="{chapter.name}#{ident}">{escaped(name)}</a></li>'
        for name, ident in chapter.parts
    )
    if not chapter.title:
        return parts
    below = f"<ol>{parts}</ol>" if parts else ""
    return f'<li><a href="{chapter.name}">{escaped(chapter.title)}</a>{below}</li>'


def _package(book: Book) -> bytes:
    items = [
        ("nav", "nav.xhtml", "application/xhtml+xml"),
        ("css", "book.css", "text/css"),
        ("title", "title.xhtml", "application/xhtml+xml"),
    ]
    for number, chapter in enumerate(book.chapters, 1):
        items.append((f"c{number}", chapter.name, "application/xhtml+xml"))
    for number, name in enumerate(book.pictures, 1):
        items.append((f"p{number}", name, PICTURES[_suffix(name)]))
    manifest = "".join(
        f'<item id="{name}" href="{href}" media-type="{kind}"'
        + (' properties="nav"' if name == "nav" else "")
        + "/>"
        for name, href, kind in items
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(1, len(book.chapters) + 1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" '
        f"xml:lang={quoted(book.about.lang)}>\n"
        f'<metadata xmlns:dc="{_DC}">{_metadata(book.about)}'
        f"{_accessibility(book.words.access, book.pictures)}</metadata>\n"
        f"<manifest>{manifest}</manifest>\n"
        f'<spine page-progression-direction="{book.direction}"><itemref idref="title"/>{spine}'
        "</spine>\n</package>\n"
    ).encode()


def _metadata(about: About) -> str:
    rows = [f'<dc:identifier id="id">{escaped(about.id)}</dc:identifier>']
    rows.append(f"<dc:title>{escaped(about.title)}</dc:title>")
    rows += [f"<dc:language>{escaped(lang)}</dc:language>" for lang in about.languages or ("en",)]
    rows += [f"<dc:creator>{escaped(name)}</dc:creator>" for name in about.creators]
    rows += [f"<dc:subject>{escaped(word)}</dc:subject>" for word in about.subjects]
    for name, value in (
        ("publisher", about.publisher),
        ("date", about.issued),
        ("description", about.description),
        ("rights", about.rights),
        ("source", about.source),
    ):
        if value:
            rows.append(f"<dc:{name}>{escaped(value)}</dc:{name}>")
    rows.append(f'<meta property="dcterms:modified">{about.modified:%Y-%m-%dT%H:%M:%SZ}</meta>')
    return "".join(rows)


def _accessibility(summary: str, pictures: Mapping[str, bytes]) -> str:
    """What EPUB Accessibility 1.1, 2.2 asks for, in the words of the Schema.org Accessibility
    Properties: text that flows, in its order, with a table of contents; a picture has an alt text
    when its author wrote one, so the text alone is only promised to be enough without pictures."""
    modes = ["textual", *(["visual"] if pictures else [])]
    facts = [("accessMode", mode) for mode in modes]
    facts.append(("accessModeSufficient", ",".join(modes)))
    features = (
        "structuralNavigation",
        "tableOfContents",
        "readingOrder",
        "displayTransformability",
    )
    facts += [("accessibilityFeature", feature) for feature in features]
    moving = any(_suffix(name) == ".gif" for name in pictures)  # a GIF can flash
    facts.append(("accessibilityHazard", "unknown" if moving else "none"))
    if summary:
        facts.append(("accessibilitySummary", summary))
    return "".join(
        f'<meta property="schema:{name}">{escaped(value)}</meta>' for name, value in facts
    )


def _suffix(address: str) -> str:
    return "." + address.rpartition(".")[2].lower()
