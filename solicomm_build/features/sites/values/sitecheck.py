"""What is wrong in the text of a page, line by line: faults, which a push is refused for, and
warnings, which are only said. Pure.

A picture is described in words (WCAG 2.2, 1.1.1): `![The gate](media/gate.jpg)`. One
that says nothing by intent is `![](media/line.png "decorative")`. Text in code blocks and code
spans is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.language import wordtables
from solicomm_build.post.editorial.markup import DECORATIVE

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")
REFUSED = (".svg", ".svgz", ".bmp", ".tif", ".tiff", ".heic", ".avif")
"""Pictures that are not taken: they hold scripts, or not every browser shows them."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_SPAN = re.compile(r"(?<!`)(`++).*?(?<!`)\1(?!`)")
_PICTURE = re.compile(
    r"!\[(?P<alt>[^\]]{0,500}+)\]"
    r"(?:\(\s*+<?(?P<file>[^\s)>]{0,500}+)>?(?:\s++[\"'(](?P<title>[^\"')]{0,500}+)[\"')])?\s*+\)|\[)"
)
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]{1,80})\]\(")
_HEADING = re.compile(r" {0,3}(#{1,6})\s+\S")
_EMPTY_LINKS = wordtables.phrases(__file__, "empty-links")


def check_text(text: str, file: str) -> list[ContentError]:
    """The faults of a whole file (front matter included, so that lines are the file's)."""
    return list(_faults(text, file))


def warn_text(text: str, file: str) -> list[ContentError]:
    """What could be better: skipped heading levels, links that do not say where they lead."""
    return list(_warnings(text, file))


def check_media(name: str, size: int, *, most: int) -> ContentError | None:
    """The fault of a file in media by its name and size in octets, or None."""
    file = f"media/{name}"
    if name.lower().endswith(REFUSED):
        fault = "a picture of this kind is not taken"
        return ContentError(fault, file=file, remedy="Save it as PNG, JPEG or WebP")
    if size > most:
        fault = f"the file has {size:,} bytes"
        return ContentError(fault, file=file, remedy=f"At most {most:,}")
    return None


def _faults(text: str, file: str) -> Iterator[ContentError]:
    for number, line in _lines(text):
        for found in _PICTURE.finditer(line):
            title = (found["title"] or "").strip().lower()
            if not found["alt"].strip() and title != DECORATIVE:
                fault = f"the picture {found['file'] or ''} has no text description (alt)"
                remedy = (
                    'Describe it: ![The gate](media/gate.jpg), or ![](media/line.png "decorative")'
                )
                yield ContentError(fault.replace("  ", " "), file=file, line=number, remedy=remedy)


def _warnings(text: str, file: str) -> Iterator[ContentError]:
    before = 0
    for number, line in _lines(text):
        heading = _HEADING.match(line)
        if heading:
            level = len(heading[1])
            if before and level > before + 1:
                fault = f"the heading jumps from level {before} to {level}"
                remedy = f"Write {'#' * (before + 1)}"
                yield ContentError(fault, file=file, line=number, remedy=remedy)
            before = level
        for found in _LINK.finditer(line):
            if found["text"].strip().strip(".…»> ").lower() in wordtables.every(_EMPTY_LINKS):
                fault = f"the link “{found['text']}” does not say where it leads"
                yield ContentError(fault, file=file, line=number, remedy="Name the page")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of the body outside code, numbered from the top of the file."""
    lines = text.replace("\r\n", "\n").split("\n")
    first = 0
    if lines and lines[0].rstrip() == "---":
        ends = (at for at, line in enumerate(lines[1:], 1) if line.rstrip() == "---")
        first = next(ends, 0) + 1
    fence = ""
    for number, line in enumerate(lines[first:], first + 1):
        mark = _FENCE.match(line)
        if fence:
            closes = mark and mark[1][0] == fence[0] and len(mark[1]) >= len(fence)
            fence = "" if closes else fence
            continue
        if mark:
            fence = mark[1]
            continue
        yield number, _SPAN.sub("", line) if "`" in line else line
