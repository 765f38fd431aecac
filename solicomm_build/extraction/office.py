"""OpenDocument and Office Open XML texts, and EPUB: zips of XML. Runs in the child only.

The XML is read by defusedxml, which refuses entities: what swells or reaches outside.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from defusedxml import DefusedXmlException, ElementTree

from solicomm_build.extraction.archive import Archive, BombError
from solicomm_build.extraction.facts import MAX_TEXT, Facts
from solicomm_build.message.text import hypertext

EPUB = "application/epub+zip"

_DC = "{http://purl.org/dc/elements/1.1/}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_OPF = "{http://www.idpf.org/2007/opf}"
_About = tuple[str, tuple[str, ...], str]
"""Title, creators, language, as a file says of itself."""
_NOTHING: _About = ("", (), "")
_BLOCKS = {f"{_TEXT}p", f"{_TEXT}h", f"{_WORD}p", f"{_SHEET}si"}
_BREAKS = {
    f"{_TEXT}line-break": "\n",
    f"{_TEXT}tab": "\t",
    f"{_WORD}br": "\n",
    f"{_WORD}tab": "\t",
    f"{_TEXT}s": " ",
}
_SILENT = {f"{_TEXT}tracked-changes", f"{_WORD}delText", f"{_WORD}instrText"}


def read(path: Path, kind: str) -> Facts:
    """The facts of such a file. Damaged ones and bombs have a fault."""
    try:
        archive = Archive(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return Facts(kind, fault="It is damaged. Save it anew")
    try:
        if kind == EPUB:
            return _epub(archive)
        if "opendocument" in kind:
            return _opendocument(archive, kind)
        return _office(archive, kind)
    except BombError as bomb:
        return Facts(kind, fault=f"It is made to swell: {bomb}. Save it anew")
    except DefusedXmlException:
        return Facts(kind, fault="Its XML holds entities. Save it with another program")
    except (
        KeyError,
        ElementTree.ParseError,
        zipfile.BadZipFile,
        OSError,
        ValueError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        RecursionError,
    ):
        return Facts(kind, fault="It is damaged or locked with a password. Save it anew")
    finally:
        archive.close()


def _opendocument(archive: Archive, kind: str) -> Facts:
    text, partial = _words(ElementTree.fromstring(archive.read("content.xml")))
    (title, creators, lang), pages = _NOTHING, 0
    if "meta.xml" in archive.names:
        meta = ElementTree.fromstring(archive.read("meta.xml"))
        title, creators, lang = _about(meta)
        statistic = meta.find(f".//{_META}document-statistic")
        count = statistic.get(f"{_META}page-count", "") if statistic is not None else ""
        pages = int(count) if count.isdigit() and len(count) < 6 else 0
    return Facts(
        kind, text=text, partial=partial, title=title, creators=creators, lang=lang, pages=pages
    )


def _office(archive: Archive, kind: str) -> Facts:
    part = "word/document.xml" if "wordprocessing" in kind else "xl/sharedStrings.xml"
    text, partial = ("", False)
    if part in archive.names:
        text, partial = _words(ElementTree.fromstring(archive.read(part)))
    (title, creators, lang), pages = _NOTHING, 0
    if "docProps/core.xml" in archive.names:
        title, creators, lang = _about(ElementTree.fromstring(archive.read("docProps/core.xml")))
    if "docProps/app.xml" in archive.names:
        app = ElementTree.fromstring(archive.read("docProps/app.xml"))
        count = next((e.text or "" for e in app if e.tag.endswith("}Pages")), "")
        pages = int(count) if count.isdigit() and len(count) < 6 else 0
    return Facts(
        kind, text=text, partial=partial, title=title, creators=creators, lang=lang, pages=pages
    )


def _epub(archive: Archive) -> Facts:
    container = ElementTree.fromstring(archive.read("META-INF/container.xml"))
    rootfile = next(e for e in container.iter() if e.tag.endswith("}rootfile"))
    home = rootfile.get("full-path", "")
    package = ElementTree.fromstring(archive.read(home))
    items = {item.get("id"): item.get("href", "") for item in package.iter(f"{_OPF}item")}
    found: list[str] = []
    size, partial = 0, False
    left = set(archive.names)
    for reference in package.iter(f"{_OPF}itemref"):
        href = unquote(items.get(reference.get("idref"), ""))
        name = posixpath.normpath(posixpath.join(posixpath.dirname(home), href))
        if name not in left:
            continue
        left.remove(name)  # a spine names each once (EPUB 3.3, 5.7.3)
        words = hypertext.to_text(archive.read(name).decode("utf-8", "replace"))
        size += len(words)
        if size > MAX_TEXT:
            partial = True
            break
        found.append(words + "\f\n")
    title, creators, lang = _about(package)
    return Facts(
        EPUB, text="".join(found), partial=partial, title=title, creators=creators, lang=lang
    )


def _about(root: Any) -> _About:
    def texts(name: str) -> Iterator[str]:
        for element in _outermost(root, f"{_DC}{name}"):
            if text := " ".join("".join(element.itertext()).split()):
                yield text

    return next(texts("title"), ""), tuple(texts("creator")), next(texts("language"), "")


def _outermost(root: Any, tag: str) -> Iterator[Any]:
    """The elements of a name in order, but for those within one of them."""
    stack = [root]
    while stack:
        element = stack.pop()
        if element.tag == tag:
            yield element
        else:
            stack.extend(reversed(element))


def _words(root: Any) -> tuple[str, bool]:
    """The text of a document's paragraphs, one a line; whether it was cut."""
    out: list[str] = []
    size = 0
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        element, left = stack.pop()
        if left:
            if element.tag in _BLOCKS:
                out.append("\n")
            if element.tail:
                out.append(element.tail)
                size += len(element.tail)
            continue
        stack.append((element, True))
        if element.tag in _SILENT:
            continue
        out.append(_BREAKS.get(element.tag, ""))
        if element.text:
            out.append(element.text)
            size += len(element.text)
        if size > MAX_TEXT:
            return _lines(out), True
        stack.extend((child, False) for child in reversed(element))
    return _lines(out), False


def _lines(out: list[str]) -> str:
    """The lines that hold something: empty paragraphs and the XML's own layout make many more."""
    lines = (line.rstrip(" \t") for line in "".join(out).split("\n"))
    return "".join(f"{line}\n" for line in lines if line.strip(" \t"))
