"""The last touches on safe HTML: folded quotes, the signature, links, headings.

Works on the canonical output of `engine.clean` by string operations only: tags are balanced and
written in one way, and a `<` of the text is always `&lt;`, so a tag found is a tag. Nothing here
takes text apart and puts it together as markup, so what went in safe comes out safe.
"""

from __future__ import annotations

import re

FOLD_LINES = 6
"""A quote with more lines than this is folded where the author's own words stand beside it."""

_QUOTE = re.compile(r"<(/?)blockquote>")
_TAG = re.compile(r"<[^>]*+>?")
_HEADING = re.compile(r"(</?h)([1-6])>")
_LINKED = re.compile(r"(<a (?:[^<]++|<(?!/?a[ >]))*+</a>)")
_ADDRESS = re.compile(r"http(?<!\whttp)s?://(?:[^\s<>\"'&]|&amp;)+")
_SIGNATURE = "<p>--&nbsp;<"  # the space of RFC 3676 4.3 tells it from any other dashes
_REL = "nofollow ugc noopener noreferrer"
_TRAILING = ".,;:!?)]*_"


def finish(html: str) -> str:
    """Canonical HTML with quotes folded, signature marked, bare addresses linked."""
    if "://" in html:
        pieces = _LINKED.split(html)  # no other tag of ours holds an address
        pieces[::2] = [_ADDRESS.sub(_linked, piece) for piece in pieces[::2]]
        html = "".join(pieces)
    if "<h" in html:
        html = _HEADING.sub(_lowered, html)
    body, signature = _signature(html)
    if "<blockquote>" in body:
        body = _folded(body)
    return body + signature


def _linked(match: re.Match[str]) -> str:
    found = match[0]
    address = found.rstrip(_TRAILING)
    if address.endswith("://"):
        return found
    return f'<a href="{address}" rel="{_REL}">{address}</a>{found[len(address) :]}'


def _lowered(match: re.Match[str]) -> str:
    """A post's headings stand below the page's and the post's own: h1 becomes h3."""
    return f"{match[1]}{min(6, int(match[2]) + 2)}>"


def _signature(html: str) -> tuple[str, str]:
    """Splits off the last `-- ` paragraph and what follows, if it stands in no quote or list."""
    at = html.rfind(_SIGNATURE)
    if at < 0:
        return html, ""
    tail = html[at:]
    for tag in ("blockquote>", "li>"):
        if tail.count(f"<{tag}") != tail.count(f"</{tag}"):
            return html, ""
    return html[:at], f'<div class="sig">\n{tail.rstrip()}\n</div>\n'


def _folded(html: str) -> str:
    """Wraps each long outermost quote, unless the quote is all there is (a forwarded text)."""
    out: list[str] = []
    position = 0
    spans = _outermost(html)
    quoted = sum(stop - start for start, stop in spans)
    if quoted >= len(html.strip()) - len(spans):
        return html
    for start, stop in spans:
        out.append(html[position:start])
        quote = html[start:stop]
        lines = _lines(quote)
        if lines > FOLD_LINES:
            quote = (
                f'<details class="quote"><summary data-ui data-lines="{lines}">&gt; … {lines}'
                f"</summary>{quote}</details>"
            )
        out.append(quote)
        position = stop
    return "".join(out) + html[position:]


def _outermost(html: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    depth = start = 0
    for match in _QUOTE.finditer(html):
        if match[1]:
            depth -= 1
            if depth == 0:
                spans.append((start, match.end()))
        else:
            if depth == 0:
                start = match.start()
            depth += 1
    return spans


def _lines(quote: str) -> int:
    """Lines of text that the quote shows, more or less: what is not blank once tags are gone."""
    return sum(1 for line in _TAG.sub("", quote).split("\n") if line.strip())
