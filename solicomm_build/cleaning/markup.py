"""Web pages (HTML): who made them, with what, from which file. Pure.

Word and LibreOffice write author, company and folder into the head, into comments and beside
changes, where no browser shows them. All else stays octet by octet: a page says late what its
charset is, or wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_OPENS = re.compile(rb"<!--|<style\b|<script\b", re.IGNORECASE)
_TAG = re.compile(
    rb"<(meta|link|ins|del)\b(?:[^<>\"']|\"[^\"]{0,4000}\"|'[^']{0,4000}')*+>", re.IGNORECASE
)
_SAID = re.compile(rb"\b(name|property|rel)\s*+=\s*+[\"']?([^\"'\s>]*)", re.IGNORECASE)
_LOCAL = re.compile(rb"\bhref\s*+=\s*+[\"']?(?:file:|[A-Z]:[\\/]|\\\\)", re.IGNORECASE)
_CHANGED = re.compile(rb"\b(?:cite|datetime)\s*+=", re.IGNORECASE)
_KEPT = frozenset(
    (b"viewport", b"description", b"keywords", b"robots", b"color-scheme", b"theme-color")
)
"""What of the head says how the page is shown, or what it is about."""
_LINKS = frozenset(
    (
        b"author",
        b"me",
        b"file-list",
        b"edit-time-data",
        b"ole-object-data",
        b"original-file",
        b"themedata",
        b"colorschememapping",
    )
)
"""Links that lead to their author, or to the folder from which the page was saved."""


def clean(data: bytes) -> bytes:
    """The page without what is not shown."""
    return _TAG.sub(_tag, b"".join(_shown(data)))


def _shown(data: bytes) -> Iterator[bytes]:
    """All but comments; what looks like one in a style or script is none."""
    at, lower = 0, data.lower()
    while found := _OPENS.search(data, at):
        start, word = found.start(), found[0].lower()
        if word == b"<!--":
            end = data.find(b"-->", start + 2)
            if end < 0:
                break
            yield data[at:start]
            at = end + 3
            continue
        end = lower.find(b"</" + word[1:], found.end())
        if end < 0:
            break
        yield data[at:end]
        at = end
    yield data[at:]


def _tag(found: re.Match[bytes]) -> bytes:
    whole, name = found[0], found[1].lower()
    if name in (b"ins", b"del"):
        return b"<" + found[1] + b">" if _CHANGED.search(whole) else whole
    said = {key.lower(): value.lower() for key, value in reversed(_SAID.findall(whole))}
    if name == b"link":
        return b"" if said.get(b"rel") in _LINKS or _LOCAL.search(whole) else whole
    word = said.get(b"name") or said.get(b"property")
    return whole if not word or word in _KEPT else b""
