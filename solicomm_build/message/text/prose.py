"""A paragraph of mail text to a CommonMark paragraph that reads exactly like it.

Escapes what CommonMark would take as markup, no more; gives web addresses their angle brackets;
keeps the line breaks that were meant. CommonMark sections are those of version 0.29.
"""

from __future__ import annotations

import re

_NARROW = 60
"""Columns; a line that ends although the next word would have fit was ended on purpose."""
_WIDE = 100
"""No mailer wraps this far out, so the end of a longer line was meant (format=flowed, HTML)."""

_UNDERSCORE = re.compile(r"_(?:(?![^\W_])|(?<![^\W_]_))")  # 6.4: inside a word it means nothing
_TAG = re.compile(r"<(?=[A-Za-z/!?]|[^\s<>@]*@)")  # 6.8, 6.10: tags and autolinks
_BRACKET = re.compile(r"\](?=[(:\[])")  # 6.6, 4.7: links and their definitions
_ADDRESS = re.compile(r"(http(?<!\whttp)s?://[^\s<>\"`]+)")
_ENTITY = re.compile(r"&(?=#?\w+;)")  # 6.2

# 4.1 to 4.5, 5.1 to 5.3, at the start of a line: heading, rule, underline, fence, quote, item.
_STARTS = frozenset("#-+=~>0123456789")
_LINE_START = re.compile(
    r"(?=#{1,6}(?:[ \t]|$)|[-+](?:[ \t]|$)|=+[ \t]*$|-[- \t]*$|~~~|>)|\d{1,9}(?=[.)](?:[ \t]|$))"
)
_ITEM = re.compile(
    r"(?:[-+*•·–—o]|\(?\d{1,3}[.):]|\(?[a-zA-Z][.)]|\[\d{1,3}\]|#)[ \t]|[A-Z][A-Za-z-]{1,30}:[ \t]|https?://"
)
_TRAILING = ".,;:!?'*_"
_CLOSING = {")": "(", "]": "[", "}": "{"}
_MAX_CLOSING = 8  # brackets taken off an address; each costs a look at all of it
_MAX_INDENT = 8


def to_markdown(paragraph: str, *, keep_breaks: bool = False) -> str:
    """The paragraph, whose lines hold something each, as CommonMark.

    With `keep_breaks` every line break is kept, else those that look deliberate: short lines,
    items, `Name: value` lines, and lines too long for any mailer to have wrapped.
    """
    if "\n" not in paragraph:
        return _start(_escape(paragraph.strip(" \t")))
    raw = paragraph.split("\n")
    lines = [line.strip(" \t") for line in raw]
    escaped = _escape("\n".join(lines)).split("\n")
    escaped = [_start(line) if line[:1] in _STARTS else line for line in escaped]
    escaped[0] = _indent(raw[0], lines[0]) + escaped[0]
    for n in range(1, len(lines)):
        if keep_breaks or _is_deliberate(lines[n - 1], lines[n]):
            escaped[n - 1] += "\\"
            escaped[n] = _indent(raw[n], lines[n]) + escaped[n]
    return "\n".join(escaped)


def _is_deliberate(line: str, following: str) -> bool:
    length = len(line)
    if length > _WIDE:
        return True
    if length < _NARROW and length + 1 + len(following.partition(" ")[0]) <= _NARROW:
        return True
    return _ITEM.match(following) is not None


def _indent(raw: str, line: str) -> str:
    """No-break spaces for the indentation of an item, so that nested lists keep their shape."""
    if raw[0] != " " or not _ITEM.match(line):
        return ""
    return "\u00a0" * min(len(raw) - len(raw.lstrip(" ")), _MAX_INDENT)


def _escape(text: str) -> str:
    if "://" not in text:
        return _escape_inline(text)
    pieces = _ADDRESS.split(text)
    pieces[::2] = map(_escape_inline, pieces[::2])
    pieces[1::2] = map(_linked, pieces[1::2])
    return "".join(pieces)


def _escape_inline(text: str) -> str:
    """Constant replacements only, and only of what is there: this runs on every word imported."""
    text = text.replace("\\", "\\\\").replace("`", "\\`").replace("*", "\\*")
    if "_" in text:
        text = _UNDERSCORE.sub(r"\\_", text)
    if "<" in text:
        text = _TAG.sub(r"\\<", text)
    if "]" in text:
        text = _BRACKET.sub(r"\\]", text)
    return _ENTITY.sub(r"\\&", text) if "&" in text else text


def _start(line: str) -> str:
    match = _LINE_START.match(line)
    return f"{match[0]}\\{line[match.end() :]}" if match else line


def _linked(found: str) -> str:
    """An autolink (6.8) without the punctuation of the sentence around it."""
    address = found.rstrip(_TRAILING)
    for _ in range(_MAX_CLOSING):
        opening = _CLOSING.get(address[-1])
        if opening is None or address.count(address[-1]) <= address.count(opening):
            break
        address = address[:-1].rstrip(_TRAILING)
    return f"<{_ENTITY.sub('&amp;', address)}>{_escape_inline(found[len(address) :])}"
