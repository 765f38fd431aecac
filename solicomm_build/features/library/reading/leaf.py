"""A document's text as HTML: paragraphs with their lines, tables of Markdown as tables. Escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby

_TABLE = re.compile(r"\s*\|.*\|\s*")
_PAPER = 45
"""Characters of a line that may have been broken because the paper ended."""
_RULE = re.compile(r"[\s|:-]+")
_MARKS = re.compile(r"\*\*|__|^#{1,6}\s+|(?<!\w)[*_](?=\w)|(?<=[\w.])[*_](?!\w)")


def html(text: str, *, is_markdown: bool = False, words: re.Pattern[str] | None = None) -> str:
    """Plain text; of Markdown the marks of emphasis and headings are left out. What `words` finds
    is marked."""
    rows: list[str] = []
    for part in re.split(r"\n\s*\n", text.replace("\f", "\n\n")):
        lines = part.strip("\n").split("\n")
        if is_markdown:
            rows += _mixed(lines, words)
        elif part.strip():
            rows.append(_paragraph(lines, words))
    return "".join(rows)


def marked(text: str, words: re.Pattern[str] | None) -> str:
    """One line, escaped, with what `words` finds in `<mark>`."""
    if words is None:
        return escape(text)
    found, last = [], 0
    for match in words.finditer(text):
        found.append(f"{escape(text[last : match.start()])}<mark>{escape(match[0])}</mark>")
        last = match.end()
    return "".join(found) + escape(text[last:])


def plain(line: str) -> str:
    """A line of Markdown without its marks."""
    return _MARKS.sub("", line)


def begun(text: str) -> str:
    """A text on one line, without Markdown's marks and the lines of its tables."""
    return plain(" ".join(re.sub(r"\|[\s|:-]*", " ", text).split()))


def _mixed(lines: list[str], words: re.Pattern[str] | None) -> Iterator[str]:
    """Paragraphs and tables of one part."""
    for is_table, found in groupby(lines, lambda line: _TABLE.fullmatch(line) is not None):
        some = list(found)
        if is_table:
            yield _table(some, words)
        elif any(line.strip() for line in some):
            yield _paragraph([plain(line) for line in some], words)


def _paragraph(lines: list[str], words: re.Pattern[str] | None) -> str:
    return f"<p>{'<br>'.join(marked(line, words) for line in _joined(lines))}</p>"


def _joined(lines: list[str]) -> list[str]:
    """Lines that were broken where the paper ended, put together again."""
    found = [""]
    for line in map(str.strip, lines):
        last = found[-1]
        goes_on = len(last) >= _PAPER and last[-1] not in ".:;!?" and line[:1].islower()
        if goes_on:
            found[-1] = f"{last} {line}"
        else:
            found.append(line)
    return found[1:]


def _table(lines: list[str], words: re.Pattern[str] | None) -> str:
    rows = [
        [plain(cell.strip()) for cell in line.strip().strip("|").split("|")]
        for line in lines
        if not _RULE.fullmatch(line)
    ]
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{marked(cell, words)}</th>' for cell in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{marked(cell, words)}</td>" for cell in row) + "</tr>"
        for row in rows[1:]
    )
    return f'<div class="scroll" tabindex="0"><table><tr>{head}</tr>{body}</table></div>'
