"""EPUB 3: a card's text as a book (W3C, EPUB 3.3). Pure; the same card gives the same bytes.

A book is a zip: `mimetype` first and stored, `META-INF/container.xml`, then under `EPUB/` the
package document, the navigation document, a title page and a file for each chapter. A chapter
begins at each h2 of the text.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise
from xml.sax.saxutils import quoteattr

from solicomm_build.features.library.exchange import xml
from solicomm_build.features.library.exchange.published import Published

TYPE = "application/epub+zip"

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: no build's clock in the bytes
_VOID = {"br", "hr", "img", "col", "wbr", "input"}
_PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
_KEPT = {
    "href",
    "src",
    "alt",
    "title",
    "id",
    "class",
    "start",
    "lang",
    "dir",
    "cite",
    "colspan",
    "rowspan",
}
_HEADING = re.compile(r"<h2\b[^<>]*+>((?:[^<]++|<(?!/?h2\b))*+)</h2>")
_CSS = """html{line-height:1.5}body{margin:5%}h1,h2,h3{line-height:1.2;text-align:start}
table{border-collapse:collapse}td,th{border:1px solid;padding:.2em .5em;vertical-align:top}
blockquote{margin:1em 0;padding-inline-start:1em;border-inline-start:3px solid}
img{max-width:100%}.title{margin-top:20%;text-align:center}pre{white-space:pre-wrap}
"""


@dataclass(frozen=True, slots=True)
class Words:
    """What the book says itself, in its language."""

    contents: str
    title_page: str
    access: str = ""
    """How people with other senses read it, for the list of a shop or an e-reader."""


@dataclass(frozen=True, slots=True)
class _Chapter:
    name: str
    title: str
    body: str


def write(
    card: Published,
    body: str,
    words: Words,
    *,
    direction: str = "ltr",
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """The book. `body` is clean HTML as post/editorial/markup.py writes it, headings from h2;
    `pictures` by
    the address the text uses; a picture of another kind or without octets becomes its alt text.
    """
    shown = {
        address: f"pictures/{number}{_suffix(address)}"
        for number, address in enumerate(sorted(pictures or {}), 1)
        if _suffix(address) in _PICTURES
    }
    chapters = _chapters(body, card.title, shown)
    files: list[tuple[str, bytes]] = [
        ("META-INF/container.xml", _CONTAINER),
        ("EPUB/package.opf", _package(card, chapters, shown, direction, words.access)),
        ("EPUB/nav.xhtml", _navigation(card, chapters, words, direction)),
        ("EPUB/title.xhtml", _page(card, words.title_page, _title_page(card), direction)),
        *((f"EPUB/{c.name}", _page(card, c.title, c.body, direction)) for c in chapters),
        ("EPUB/book.css", _CSS.encode()),
        *((f"EPUB/{name}", (pictures or {})[address]) for address, name in shown.items()),
    ]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as book:
        book.writestr(zipfile.ZipInfo("mimetype", _EPOCH), TYPE.encode(), zipfile.ZIP_STORED)
        for name, data in files:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            book.writestr(info, data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def xhtml(body: str, pictures: Mapping[str, str] | None = None) -> str:
    """HTML as nh3 writes it as XHTML: every element closed, only what books know; pictures that
    are not in `pictures` become their alt text."""
    parser = _Serializer(pictures or {})
    parser.feed(body)
    parser.close()
    return parser.text()


class _Serializer(HTMLParser):
    def __init__(self, pictures: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._pictures = pictures
        self._out: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "img":
            name = self._pictures.get(found.get("src") or "")
            if name is None:
                self.handle_data(found.get("alt") or "")
                return
            attrs = [("src", name), ("alt", found.get("alt") or "")]
        if tag == "a" and not _leads_somewhere(found.get("href")):
            attrs = [(key, value) for key, value in attrs if key != "href"]
        pairs = [(key, value or "") for key, value in attrs if key in _KEPT]
        pairs += [("xml:lang", value) for key, value in pairs if key == "lang"]
        written = "".join(f" {key}={quoteattr(xml.clean(value))}" for key, value in pairs)
        if tag in _VOID:
            self._out.append(f"<{tag}{written}/>")
        else:
            self._open.append(tag)
            self._out.append(f"<{tag}{written}>")

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        while (last := self._open.pop()) != tag:
            self._out.append(f"</{last}>")
        self._out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._out.append(html.escape(xml.clean(data), quote=False))

    def text(self) -> str:
        return "".join(self._out) + "".join(f"</{tag}>" for tag in reversed(self._open))


def _leads_somewhere(href: str | None) -> bool:
    """Whether a link still leads somewhere inside a book: within it, or out to the web or mail."""
    return bool(href) and re.match(r"#|https?:|mailto:|tel:", href or "") is not None


def _chapters(body: str, title: str, pictures: Mapping[str, str]) -> list[_Chapter]:
    starts = [found.start() for found in _HEADING.finditer(body)]
    bounds = [*starts, len(body)] if starts else [0, len(body)]
    pieces = [body[a:b] for a, b in pairwise(bounds)]
    if starts and body[: starts[0]].strip():
        pieces.insert(0, body[: starts[0]])
    found = []
    for number, piece in enumerate(pieces or [""], 1):
        heading = _HEADING.match(piece)
        name = html.unescape(re.sub(r"<[^>]*+>?", "", heading[1])).strip() if heading else ""
        text = xhtml(piece, pictures) or f"<p>{html.escape(title)}</p>"
        found.append(_Chapter(f"chapter-{number}.xhtml", name or title, text))
    homes = {
        ident: chapter.name
        for chapter in found
        for ident in re.findall(r' id="([^"]+)"', chapter.body)
    }
    return [_Chapter(chapter.name, chapter.title, _rejoined(chapter, homes)) for chapter in found]


def _rejoined(chapter: _Chapter, homes: Mapping[str, str]) -> str:
    """Links within the text made to lead to the chapter that their target went to."""

    def link(found: re.Match[str]) -> str:
        home = homes.get(html.unescape(found[1]))
        if home is None:
            return ""
        return f' href="{"" if home == chapter.name else home}#{found[1]}"'

    return re.sub(r' href="#([^"]*)"', link, chapter.body)


def _title_page(card: Published) -> str:
    lines = [f"<h1>{_text(card.title)}</h1>"]
    lines += [f"<p>{_text(creator.name)}</p>" for creator in card.entry.creators]
    made = ", ".join(filter(None, (card.organisation, card.entry.place, card.entry.date.issued)))
    rights = ", ".join(filter(None, (card.entry.rights.holder, card.entry.rights.licence)))
    lines += [f"<p>{_text(line)}</p>" for line in (made, rights) if line]
    lines.append(f"<p><a href={quoteattr(card.url)}>{_text(card.url)}</a></p>")
    return f'<section class="title">{"".join(lines)}</section>'


def _page(card: Published, title: str, body: str, direction: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
        f"lang={quoteattr(card.lang)} xml:lang={quoteattr(card.lang)} dir={quoteattr(direction)}>\n"
        f"<head><title>{_text(title)}</title>"
        '<link rel="stylesheet" type="text/css" href="book.css"/></head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    ).encode()


def _navigation(
    card: Published, chapters: Sequence[_Chapter], words: Words, direction: str
) -> bytes:
    rows = "".join(
        f'<li><a href="{chapter.name}">{_text(chapter.title)}</a></li>' for chapter in chapters
    )
    body = (
        f'<nav epub:type="toc" role="doc-toc"><h1>{_text(words.contents)}</h1><ol>'
        f'<li><a href="title.xhtml">{_text(words.title_page)}</a></li>{rows}</ol></nav>'
    )
    return _page(card, words.contents, body, direction)


def _package(
    card: Published,
    chapters: Sequence[_Chapter],
    pictures: Mapping[str, str],
    direction: str,
    access: str,
) -> bytes:
    items = [
        ("nav", "nav.xhtml", "application/xhtml+xml"),
        ("css", "book.css", "text/css"),
        ("title", "title.xhtml", "application/xhtml+xml"),
    ]
    for number, chapter in enumerate(chapters, 1):
        items.append((f"c{number}", chapter.name, "application/xhtml+xml"))
    for number, name in enumerate(pictures.values(), 1):
        items.append((f"p{number}", name, _PICTURES[_suffix(name)]))
    manifest = "".join(
        f'<item id="{name}" href="{href}" media-type="{kind}"'
        + (' properties="nav"' if name == "nav" else "")
        + "/>"
        for name, href, kind in items
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(1, len(chapters) + 1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" '
        f"xml:lang={quoteattr(card.lang)}>\n"
        f'<metadata xmlns:dc="{xml.DC}">{_metadata(card)}'
        f"{_accessibility(access, pictures)}</metadata>\n"
        f"<manifest>{manifest}</manifest>\n"
        f'<spine page-progression-direction="{direction}"><itemref idref="title"/>{spine}</spine>\n'
        "</package>\n"
    ).encode()


def _metadata(card: Published) -> str:
    entry = card.entry
    rows = [f'<dc:identifier id="id">urn:solicomm:{_text(entry.id)}</dc:identifier>']
    rows.append(f"<dc:title>{_text(card.title)}</dc:title>")
    rows += [f"<dc:language>{_text(lang)}</dc:language>" for lang in entry.languages or ("en",)]
    rows += [f"<dc:creator>{_text(creator.name)}</dc:creator>" for creator in entry.creators]
    rows += [f"<dc:subject>{_text(word)}</dc:subject>" for word in card.keywords]
    for name, value in (
        ("publisher", card.organisation),
        ("date", entry.date.issued),
        ("description", card.abstract),
        ("rights", entry.rights.licence),
        ("source", card.url),
    ):
        if value:
            rows.append(f"<dc:{name}>{_text(value)}</dc:{name}>")
    rows.append(f'<meta property="dcterms:modified">{card.changed:%Y-%m-%dT%H:%M:%SZ}</meta>')
    return "".join(rows)


def _accessibility(summary: str, pictures: Mapping[str, str]) -> str:
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
    moving = any(_suffix(name) == ".gif" for name in pictures.values())  # a GIF can flash
    facts.append(("accessibilityHazard", "unknown" if moving else "none"))
    if summary:
        facts.append(("accessibilitySummary", summary))
    return "".join(f'<meta property="schema:{name}">{_text(value)}</meta>' for name, value in facts)


def _suffix(address: str) -> str:
    return "." + address.rpartition(".")[2].lower()


def _text(text: str) -> str:
    return html.escape(xml.clean(text), quote=False)


_CONTAINER = b"""<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""
