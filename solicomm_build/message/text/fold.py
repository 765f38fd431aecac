"""The last touches on safe HTML: folded quotes, the signature, links, headings.

Works on the canonical output of `engine.clean` by string operations only: tags are balanced and
written in one way, and a `<` of the text is always `&lt;`, so a tag found is a tag. Nothing here
takes text apart and puts it together as markup, so what went in safe comes out safe.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from solicomm_build.message.text import oldthread
from solicomm_build.message.text.shaped import shaped

FOLD_LINES = 6
"""A quote with more lines than this is folded where the author's own words stand beside it."""

_QUOTE = re.compile(r"<(/?)blockquote>")
_FOLDED = (
    '<details class="quote"><summary data-ui data-lines="{lines}">&gt; … {lines}</summary>'
    "{quote}</details>"
)
SIGNED = 4
"""A signature with more lines than this is folded."""
_SIGNED = (
    '<details class="signed"><summary data-ui data-lines="{lines}">-- {lines}</summary>'
    "{sig}</details>"
)
_CONTAINERS = frozenset(("blockquote", "ul", "ol"))
_BLOCKS = re.compile(r"<(/?)(blockquote|ul|ol|p|pre|h[1-6]|hr)\b[^>]*+>?")
_INLINE = re.compile(r"<(?:em|strong|code)\b")
_INLINE_END = re.compile(r"</(?:em|strong|code)>")
_TAG = re.compile(r"<[^>]*+>?")
_HEADING = re.compile(r"(</?h)([1-6])>")
_LINKED = re.compile(r"(<a (?:[^<]++|<(?!/?a[ >]))*+</a>)")
_ADDRESS = re.compile(r"http(?<!\whttp)s?://(?:[^\s<>\"'&]|&amp;)+")
_SIGNATURE = "<p>--&nbsp;<"  # the space of RFC 3676 4.3 tells it from any other dashes
_REL = "nofollow ugc noopener noreferrer"
_TRAILING = ".,;:!?)]*_"


def finish(html: str) -> str:
    """Canonical HTML with quotes folded, signature marked, bare addresses linked."""
    html, old = _old_thread(linked(html))
    body, signature = _signature(html)
    if "<blockquote>" in body:
        body = _folded(body)
    return shaped(body) + signature + old


def linked(html: str) -> str:
    """Canonical HTML with bare addresses linked, and headings below those around it."""
    if "://" in html:
        pieces = _LINKED.split(html)  # no other tag of ours holds an address
        pieces[::2] = [_ADDRESS.sub(_linked, piece) for piece in pieces[::2]]
        html = "".join(pieces)
    return _HEADING.sub(_lowered, html) if "<h" in html else html


def _linked(match: re.Match[str]) -> str:
    found = match[0]
    address = found.rstrip(_TRAILING)
    if address.endswith("://"):
        return found
    if address.endswith("&amp"):
        address += ";"  # of the sign itself
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
    lines, signature = _lines(tail) - 1, f'<div class="sig">\n{tail.rstrip()}\n</div>'
    return html[:at], (
        _SIGNED.format(lines=lines, sig=signature) if lines > SIGNED else signature
    ) + "\n"


def _old_thread(html: str) -> tuple[str, str]:
    """Splits off what a program has put below the author's words without marking it as a quote
    (oldthread), folded: nothing else would show that it is one."""
    if not oldthread.may_hold(html):
        return html, ""
    lines, places = _lines_of(html)
    first = oldthread.start(lines)
    while first is not None and places[first] is None:  # inside what cannot be parted
        first = first + 1 if first + 1 < len(lines) and places[first + 1] is not None else None
    if first is None:
        return html, ""
    at, is_inside = places[first] or (0, False)
    head, tail = html[:at].rstrip(), html[at:]
    if is_inside:
        head = head.removesuffix("<br>").rstrip() + "</p>"
        tail = "<p>" + tail
    return head + "\n", _FOLDED.format(lines=_lines(tail), quote=tail.rstrip()) + "\n"


def _lines_of(html: str) -> tuple[list[str], list[tuple[int, bool] | None]]:
    """The lines of text that stand in no quote or list, each with where it begins and whether that
    is inside a paragraph; None where the HTML cannot be parted there. A quote is a line `>`."""
    lines: list[str] = []
    places: list[tuple[int, bool] | None] = []

    def add(line: str, place: tuple[int, bool] | None) -> None:
        lines.append(line)
        places.append(place)

    depth = position = 0
    for block in _BLOCKS.finditer(html):
        name, closing = block[2], bool(block[1])
        if name in _CONTAINERS:
            depth += -1 if closing else 1
            if depth == 1 and not closing:
                add(">" if name == "blockquote" else "", None)
            continue
        if depth or block.start() < position:
            continue
        if name == "hr":
            add("---", (block.start(), False))
        elif not closing:
            end = html.find(f"</{name}>", block.end())
            position = len(html) if end < 0 else end
            _add_text(add, html, block, position, may_part=name == "p")
            add("", None)
    return lines, places


def _add_text(
    add: Callable[[str, tuple[int, bool] | None], None],
    html: str,
    block: re.Match[str],
    end: int,
    *,
    may_part: bool,
) -> None:
    """The lines of one paragraph, heading or preformatted block."""
    begin, opened = block.end(), 0
    for number, line in enumerate(html[begin:end].split("\n")):
        place = (begin, True) if may_part and not opened and number else None
        text = unescape(_TAG.sub("", line))
        add(text, place if number else (block.start(), False))
        opened += line.count("<a ") + len(_INLINE.findall(line)) - line.count("</a>")
        opened -= len(_INLINE_END.findall(line))
        begin += len(line) + 1


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
            quote = _FOLDED.format(lines=lines, quote=quote)
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
