"""A book for paper: all of it as one HTML document, with styles that browsers and WeasyPrint print
by. Pure."""

from __future__ import annotations

import base64
import re

from solicomm_build.post.books.book import Book, Chapter
from solicomm_build.post.books.xhtml import escaped, quoted

_CSS = """
@page { size: A4; margin: 2cm 2cm 2.2cm;
  @bottom-center { content: counter(page); font: 9pt sans-serif }
  @top-center { content: string(part); font: 8pt sans-serif } }
@page :first { @bottom-center { content: none } @top-center { content: none } }
html { font: 10.5pt/1.45 "DejaVu Serif", "Noto Naskh Arabic", serif }
body { margin: 0 } a { color: inherit; text-decoration: none }
h1, h2, h3 { font-family: "DejaVu Sans", "Noto Sans Arabic", sans-serif; line-height: 1.2;
  break-after: avoid; text-align: start }
h1 { font-size: 17pt; string-set: part content(text) } h2 { font-size: 11pt; margin: 0 }
section.chapter { break-before: page } article { margin-block: 1.1em }
.meta { font-size: 8.5pt; margin: 0 0 .3em; break-after: avoid }
p { orphans: 2; widows: 2 } pre { white-space: pre-wrap; font-size: 9pt }
img { max-width: 100%; max-height: 12cm } table { border-collapse: collapse }
td, th { border: .5pt solid; padding: .2em .4em; vertical-align: top }
blockquote { margin: .6em 0; padding-inline-start: .8em; border-inline-start: 2pt solid #999 }
.title { padding-top: 6cm; text-align: center } .title h1 { font-size: 24pt; text-align: center }
nav { break-before: page } nav ol { list-style: none; padding: 0 } nav li { margin: .35em 0 }
nav a::after { content: leader(". ") target-counter(attr(href), page) }
"""
_WITHIN = re.compile(r' href="(?:chapter-[0-9]+\.xhtml)?#')
_SHOWN = re.compile(r' src="(pictures/[^"]+)"')
_TYPES = {"jpg": "jpeg"}


def of(book: Book) -> str:
    """The document; pictures are in it, so it loads nothing."""
    lang, words = quoted(book.about.lang), book.words
    rows = "".join(map(_row, book.chapters))
    body = "\n".join(_chapter(book, chapter) for chapter in book.chapters)
    return (
        f"<!DOCTYPE html>\n<html lang={lang} dir={quoted(book.direction)}><head>"
        f'<meta charset="utf-8"><title>{escaped(book.about.title)}</title>'
        f"<style>{_CSS}</style></head><body>\n{book.front}\n"
        f"<nav><h1>{escaped(words.contents)}</h1><ol>{rows}</ol></nav>\n{body}\n</body></html>\n"
    )


def _row(chapter: Chapter) -> str:
    """The lines of the contents for one chapter."""
    head = f'<li><a href="#{chapter.name}">{escaped(chapter.title)}</a></li>'
    parts = "".join(
        f'<li><a href="#{ident}">{escaped(name)}</a></li>' for name, ident in chapter.parts
    )
    return (head if chapter.title else "") + parts


def _chapter(book: Book, chapter: Chapter) -> str:
    """A chapter, whose links and pictures are within the one document."""

    def picture(found: re.Match[str]) -> str:
        name = found[1]
        ending = name.rpartition(".")[2]
        octets = base64.b64encode(book.pictures[name]).decode()
        return f' src="data:image/{_TYPES.get(ending, ending)};base64,{octets}"'

    text = _SHOWN.sub(picture, _WITHIN.sub(' href="#', chapter.body))
    kind = "chapter" if chapter.title else "goes-on"
    return f"<section class={quoted(kind)} id={quoted(chapter.name)}>{text}</section>"
