"""How a post begins, in its author's own words, from its HTML. Pure."""

from __future__ import annotations

import re
from html import unescape

_TAG = re.compile(r"<[^<>]*(?:>|\Z)")
_QUOTE = re.compile(r'<(?:blockquote|details class="quote")')
_SIGNATURE = re.compile(r'<(?:div class="sig|details class="signed)"')
_ENOUGH = 4_000  # characters of HTML that are looked at


def own(html: str) -> str:
    """What a post says itself: before what it quotes first, else after what it quotes last."""
    first = _QUOTE.search(html)
    if first is None:
        return html
    before = html[: first.start()]
    if _TAG.sub("", before).strip():
        return before
    return re.split(r"</(?:blockquote|details)>", html)[-1]


def beginning(html: str, most: int) -> str:
    """The first words of it as plain text on one line, at most `most` characters, cut at a word."""
    said = _SIGNATURE.split(own(html[:_ENOUGH]), maxsplit=1)[0]
    text = " ".join(unescape(_TAG.sub(" ", said)).split())
    if len(text) <= most:
        return text
    head = text[: most - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[most // 2 :] else head) + "…"
