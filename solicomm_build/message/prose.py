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

_INLINE = re.compile(
    r"[\\`*]"
    r"|_(?![^\W_])|(?<![^\W_])_"  # 6.4: inside a word it means nothing
    r"|<(?=[A-Za-z/!?])"  # 6.8, 6.10: tags and autolinks
    r"|&(?=#|[A-Za-z][A-Za-z0-9]*;)"  # 6.2
    r"|\](?=[(:\[])"  # 6.6, 4.7: links and their definitions
)
_ADDRESS = r"(?<![\w])https?://[^\s<>\"`]+"
_INLINE_OR_ADDRESS = re.compile(f"{_ADDRESS}|{_INLINE.pattern}", re.IGNORECASE)
_ENTITY = re.compile(r"&(?=#?\w+;)")

# 4.1 to 4.5, 5.1 to 5.3, at the start of a line: heading, rule, underline, fence, quote, item.
_LINE_START = re.compile(
    r"(?m)^(?=#{1,6}(?:[ \t]|$)|[-+](?:[ \t]|$)|=+[ \t]*$|-[- \t]*$|~~~|>)"
    r"|^\d{1,9}(?=[.)](?:[ \t]|$))"
)
_ITEM = re.compile(
    r"(?:[-+*•·–—o]|\(?\d{1,3}[.):]|\(?[a-zA-Z][.)]|\[\d{1,3}\]|#)[ \t]|[A-Z][A-Za-z-]{1,30}:[ \t]|https?://"
)
_TRAILING = ".,;:!?'*_"
_MAX_INDENT = 8


def to_markdown(paragraph: str, *, keep_breaks: bool = False) -> str:
    """The paragraph, whose lines hold something each, as CommonMark.

    With `keep_breaks` every line break is kept, else those that look deliberate: short lines,
    items, `Name: value` lines, and lines too long for any mailer to have wrapped.
    """
    if "\n" not in paragraph:
        return _escape(paragraph.strip(" \t"))
    raw = paragraph.split("\n")
    lines = [line.strip(" \t") for line in raw]
    escaped = _escape("\n".join(lines)).split("\n")
    out = [_indent(raw[0], lines[0]) + escaped[0]]
    for n in range(1, len(lines)):
        if keep_breaks or _is_deliberate(lines[n - 1], lines[n]):
            out[-1] += "\\"
            out.append(_indent(raw[n], lines[n]) + escaped[n])
        else:
            out.append(escaped[n])
    return "\n".join(out)


def _is_deliberate(line: str, following: str) -> bool:
    length = len(line)
    if length > _WIDE:
        return True
    if length < _NARROW and length + 1 + len(following.partition(" ")[0]) <= _NARROW:
        return True
    return _ITEM.match(following) is not None


def _indent(raw: str, line: str) -> str:
    """No-break spaces for the indentation of an item, so that nested lists keep their shape."""
    width = len(raw) - len(raw.lstrip(" "))
    return "\u00a0" * min(width, _MAX_INDENT) if width and _ITEM.match(line) else ""


def _escape(text: str) -> str:
    if "://" in text:
        text = _INLINE_OR_ADDRESS.sub(_escaped, text)
    else:
        text = _INLINE.sub(r"\\\g<0>", text)
    return _LINE_START.sub(_escaped_start, text)


def _escaped_start(match: re.Match[str]) -> str:
    return f"{match[0]}\\"


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    if len(found) == 1:
        return "\\" + found
    address = found.rstrip(_TRAILING)
    while address[-1] in ")]}" and address.count(address[-1]) > address.count(
        "([{"[")]}".index(address[-1])]
    ):
        address = address[:-1].rstrip(_TRAILING)
    rest = _INLINE.sub(r"\\\g<0>", found[len(address) :])
    return f"<{_ENTITY.sub('&amp;', address)}>{rest}"
