"""Markdown of pages, cards and news → HTML that is safe to serve. Only this module knows mistune.

Two steps, always both: mistune 3 with raw HTML escaped, then nh3 on the final HTML, whatever the
parser promised (docs/adr/0002-libraries.md). Text past the limits is shown as plain text, never
dropped.
"""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import unquote

import mistune
import nh3
from mistune._inline import emphasis
from mistune.plugins.footnotes import footnotes, render_footnotes
from mistune.plugins.formatting import render_strikethrough, strikethrough
from mistune.plugins.table import (
    render_table,
    render_table_body,
    render_table_head,
    render_table_row,
    table,
)

from solicomm_build.message.text import longtexts

DECORATIVE = "decorative"
"""The title of a picture that only decorates."""

MAX_BYTES = 262144
MAX_LINKS = 2000
MAX_DEPTH = 20
ID_PREFIX = "s-"
"""In front of every id, so that no text can take an id of the page around it."""

Resolve = Callable[[str], str | None]
Parse = Callable[[str, Resolve], str]
Measure = Callable[[str], tuple[int, int] | None]
"""The width and height, in pixels, of a picture at an address that `Resolve` gave."""

_MAX_MARKS = 1000
"""Of one kind of mark in a paragraph: what is quadratic in them stays below a tenth of a second."""
_MARKS = "*_[]`<>!~&\\("
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_EMPTY = re.compile(r"[\x00-\x20\x7f]+")
_STARS = re.compile("[*_]")
_NO_WORD = re.compile(r"[^\w]+")
_CLASSES = {
    "th": {"center", "left", "right"},
    "td": {"center", "left", "right"},
    "section": {"footnotes"},
    "sup": {"footnote-ref"},
    "a": {"footnote"},
    "pre": {"plain"},
}
_TAGS = {
    "a",
    "abbr",
    "b",
    "bdi",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
    "var",
}
_ATTRIBUTES = {
    "a": {"href", "title", "id"},
    "img": {"src", "alt", "title", "loading", "width", "height"},
    "ol": {"start"},
    "abbr": {"title"},
    "bdi": {"dir", "lang"},
    "q": {"cite"},
    "sup": {"id"},
    "li": {"id"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}


def render_page(
    markdown: str, *, resolve: Resolve, parse: Parse | None = None, measure: Measure | None = None
) -> str:
    """Markdown as HTML for the body of a page. Never raises.

    `resolve` gets each link and picture address that has no scheme of the web or of mail, e.g.
    `about.md`, `page:join`, `media/march.jpg`, `#aims` excepted, and returns what the page shall
    say, or None: then the link's text stays without the link. A picture from elsewhere becomes a
    link. Headings start at h2 (the page's title is the h1) and have ids.

    `measure` tells the size of pictures, so that the text does not jump when they come.
    `parse` takes the place of the Markdown parser, for tests of what nh3 does with whatever comes.
    """
    if not _within_limits(markdown):
        return _cleaned(_plain(markdown))
    try:
        parsed = parse(markdown, resolve) if parse else parse_markdown(markdown, resolve, measure)
        return _cleaned(parsed)
    except RecursionError:
        return _cleaned(_plain(markdown))


def load() -> None:
    """Has all patterns made that reading needs, for processes forked later that are going to."""
    render_page("- # x\n", resolve=lambda _: None)


def parse_markdown(markdown: str, resolve: Resolve, measure: Measure | None = None) -> str:
    """mistune's HTML, not yet cleaned: only for `render_page`."""
    text, _ = _parser(_Renderer(resolve, measure)).parse(markdown)
    return str(text)


def _parser(renderer: _Renderer) -> mistune.Markdown:
    """The parser of one text, which shares its rules with all others and keeps what it finds in
    a state of its own."""
    parser = copy.copy(_RULES)
    parser.renderer, parser.before_render_hooks = renderer, [renderer.level]
    return parser


def plain_text(markdown: str) -> str:
    """The words of a Markdown text without its marks: for descriptions and for searching."""
    rendered = render_page(markdown, resolve=lambda _: None)
    return " ".join(html.unescape(re.sub(r"<[^>]*+>?", " ", rendered)).split())


@dataclass(slots=True)
class Inspection:
    """What a text holds: the `links` and pictures that `resolve` is asked for, in their order;
    whether it has raw HTML, which is shown as typed; whether it has more links than are shown as
    links; whether it is past the limits and would be shown as plain text.
    """

    links: list[str] = field(default_factory=list)
    many: bool = False
    html: bool = False
    plain: bool = False


def inspect(markdown: str) -> Inspection:
    """Looks at a text as `render_page` does, and says what there is in it. Never raises."""
    found = Inspection()

    def note(target: str) -> None:
        found.links.append(target)

    if not _within_limits(markdown):
        found.plain = True
        return found
    try:
        renderer = _Inspecting(note, found)
        _parser(renderer).parse(markdown)
        found.many = renderer.has_many_links
    except RecursionError:
        found.plain = True
    return found


class _Renderer(mistune.HTMLRenderer):
    """Escapes all raw HTML, resolves addresses, shifts headings, sets no style."""

    table, table_head, table_body = render_table, render_table_head, render_table_body
    table_row, strikethrough, footnotes = render_table_row, render_strikethrough, render_footnotes

    def __init__(self, resolve: Resolve, measure: Measure | None) -> None:
        super().__init__(escape=True)
        self._resolve = resolve
        self._measure = measure or (lambda _: None)
        self._ids: dict[str, int] = {}
        self._links = 0
        self._shift = 1

    def level(self, _parser: mistune.Markdown, state: Any) -> None:
        """Makes the text's highest heading an h2; called once, before rendering."""
        levels = [token["attrs"]["level"] for token in state.tokens if token["type"] == "heading"]
        self._shift = 2 - min(levels, default=1)

    def link(self, text: str, url: str, title: str | None = None) -> str:
        self._links += 1
        target = _address(url, self._resolve) if self._links <= MAX_LINKS else None
        return _tag("a", {"href": target, "title": title}, text) if target else text

    def image(self, text: str, url: str, title: str | None = None) -> str:
        alt = html.unescape(re.sub(r"<[^>]*+>?", "", text))
        target = _address(url, self._resolve)
        if target is None or _SCHEME.match(target) or target.startswith("#"):
            return self.link(html.escape(alt or url), url, title)
        size = self._measure(target)
        width, height = (str(size[0]), str(size[1])) if size else (None, None)
        shown = None if title and title.strip().lower() == DECORATIVE else title
        return _tag(
            "img",
            {
                "src": target,
                "alt": alt,
                "title": shown,
                "loading": "lazy",
                "width": width,
                "height": height,
            },
        )

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        tag = f"h{min(6, level + self._shift)}"
        return _tag(tag, {"id": self._id(text)}, text) + "\n"

    def block_code(self, code: str, info: str | None = None) -> str:
        return f"<pre><code>{html.escape(code)}</code></pre>\n"

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        return _tag("th" if head else "td", {"class": align}, text) + "\n"

    def footnote_ref(self, key: str, index: int) -> str:
        link = _tag("a", {"href": f"#{ID_PREFIX}fn-{index}"}, str(index))
        return _tag("sup", {"class": "footnote-ref", "id": f"fnref-{index}"}, link)

    def footnote_item(self, text: str, key: str, index: int) -> str:
        back = _tag("a", {"href": f"#{ID_PREFIX}fnref-{index}", "class": "footnote"}, "↩")
        body = text.rstrip()
        body = f"{body[:-4]} {back}</p>" if body.endswith("</p>") else f"{body} {back}"
        return _tag("li", {"id": f"fn-{index}"}, body) + "\n"

    def _id(self, text: str) -> str:
        words = html.unescape(re.sub(r"<[^>]*+>?", "", text)).lower()
        name = _NO_WORD.sub("-", words).strip("-")[:60] or "part"
        count = self._ids[name] = self._ids.get(name, 0) + 1
        return name if count == 1 else f"{name}-{count}"


class _Inspecting(_Renderer):
    """Renders for nobody, and notes raw HTML."""

    def __init__(self, resolve: Resolve, found: Inspection) -> None:
        super().__init__(resolve, None)
        self._found = found

    @property
    def has_many_links(self) -> bool:
        return self._links > MAX_LINKS

    def block_html(self, html: str) -> str:
        self._found.html = True
        return ""

    def inline_html(self, html: str) -> str:
        self._found.html = True
        return ""


class _BlockParser(mistune.BlockParser):
    """mistune's, whose patterns of runs give nothing back: one that may keeps up to 1 KB for each
    mark or line. They match the same."""

    BLANK_LINE = re.compile(r"(?:^[ \t\v\f]*+\n)++", re.M)
    SPECIFICATION: ClassVar = {
        **mistune.BlockParser.SPECIFICATION,
        "blank_line": BLANK_LINE.pattern,
        "setex_heading": r"^ {0,3}(?P<setext_1>=|-)++[ \t]*+$",
        "thematic_break": r"^ {0,3}(?:(?:-[ \t]*+){3,}+|(?:_[ \t]*+){3,}+|(?:\*[ \t]*+){3,}+)$",
    }


class _InlineParser(mistune.InlineParser):
    """mistune's, which keeps the pattern that it makes of its rules."""

    _kept: tuple[set[str], re.Pattern[str]] | None = None

    def _get_fast_trigger_re(self, chars: set[str]) -> re.Pattern[str]:
        if self._kept is None or self._kept[0] is not chars:
            self._kept = (chars, super()._get_fast_trigger_re(chars))
        return self._kept[1]


def _next_mark(text: str, pos: int) -> int:
    """Where the next run of stars and underscores begins; mistune looks at one character at a
    time, which is a tenth of the time of a text."""
    found = _STARS.search(text, pos)
    return found.start() if found else len(text)


emphasis._next_delimiter_run = _next_mark
_RULES = mistune.Markdown(
    mistune.HTMLRenderer(),
    block=_BlockParser(max_nested_level=MAX_DEPTH),
    inline=_InlineParser(max_nested_level=MAX_DEPTH),
    plugins=(table, strikethrough, footnotes),
)


def _address(url: str, resolve: Resolve) -> str | None:
    """The address to show for one that was written, or None for none."""
    url = html.unescape(url).strip()
    known = _EMPTY.sub("", unquote(url)).lower()
    if url.startswith("#"):
        return f"#{ID_PREFIX}{url[1:]}"
    scheme = _SCHEME.match(known)
    if scheme and scheme[0][:-1] in _SCHEMES:
        return url
    found = None if url.startswith(("//", "\\")) else resolve(url)
    scheme = _SCHEME.match(_EMPTY.sub("", found or ""))
    return found if not scheme or scheme[0][:-1].lower() in _SCHEMES else None


def _tag(name: str, attributes: dict[str, str | None], text: str | None = None) -> str:
    shown = "".join(
        f' {key}="{html.escape(value)}"' for key, value in attributes.items() if value is not None
    )
    return f"<{name}{shown}>" if text is None else f"<{name}{shown}>{text}</{name}>"


def _within_limits(markdown: str) -> bool:
    if len(markdown.encode("utf-8", "replace")) > MAX_BYTES:
        return False
    paragraphs = re.split(r"\n[ \t]*\n", markdown)
    return not any(p.count(mark) > _MAX_MARKS for p in paragraphs for mark in _MARKS)


def _plain(text: str) -> str:
    return f'<pre class="plain">{html.escape(text[:MAX_BYTES])}</pre>\n'


def _own_pictures(tag: str, attribute: str, value: str) -> str | None:
    """Pictures come from this hub only: no tracking pixels, no third parties."""
    if tag == "img" and attribute == "src":
        foreign = _SCHEME.match(_EMPTY.sub("", value)) or value.lstrip().startswith(("//", "\\"))
        return None if foreign else value
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    attribute_filter=_own_pictures,
    allowed_classes=_CLASSES,
    url_schemes=set(_SCHEMES),
    id_prefix=ID_PREFIX,
    link_rel="nofollow ugc noopener noreferrer",
)


def _cleaned(markup: str) -> str:
    return _CLEANER.clean(longtexts.cut(markup))
