"""HTML mail to plain text, for reading: the only place that looks into HTML from outside.

A linear walk over the tags, written for hostile input: no tree, no recursion, nothing searched
twice. The result is text and is treated as such; that no tag survives is not what keeps pages
safe (`markdown` does), so a tag taken for text does no harm.
"""

from __future__ import annotations

import html
import re

# fmt: off
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt",
    "fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr",
    "ul",
))
_PARAGRAPHS = frozenset((
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre", "table", "blockquote", "hr",
))
_HIDDEN = frozenset((
    "script", "style", "head", "title", "template", "svg", "math", "select", "object", "iframe",
))
# fmt: on
_STEP = re.compile(
    # Tags that show in no text, as most of a word processor's; text; a tag.
    r"(?:</?+(?i:o:p|span|font|b|i|u|em|strong)(?![a-zA-Z0-9:])[^>]*+>)*+"
    r"([^<]*+)(?:<(/?+[a-zA-Z][a-zA-Z0-9:]*+)([^>]*+)>)?+"
)
_OPEN = re.compile(r"</?[a-zA-Z]")
_HREF = re.compile(r"""\bhref\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\n\r\f]{2,}+|[\t\n\r\f]")  # what is more than one space
_HEAD_END = re.compile(r"</head(?![a-z])|<body(?![a-z])", re.IGNORECASE)
"""The end tag of a head may be left out where the body begins."""
_MAX_DEPTH = 8
_INLINE = frozenset(("br", "a", "img", "td", "th"))
_TOLD = frozenset(slash + name for name in _INLINE | _BLOCKS for slash in ("", "/"))
"""The tags that show in a text; the others, which are most of a word processor's, are passed."""


class _Text:
    """Collects lines; `line` is the open one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes = self.quotes_before = 0  # open now; around the last line
        self.lists: list[int] = []
        self.pre = 0
        self.href = ""
        self.anchor = 0
        self.gap = False
        self.unclosed: set[str] = set()

    def write(self, text: str) -> None:
        if text == "\n" and not (self.line or self.pre):
            return
        if self.pre:
            first, *more = text.split("\n")
            self._append(first)
            for line in more:
                self.end_line(force=True)
                self._append(line)
            return
        text = _SPACES.sub(" ", text)
        if not self.line or self.line[-1].endswith(" "):
            text = text.lstrip(" ")
        self._append(text)

    def _append(self, text: str) -> None:
        if text:
            self.line.append(text)

    def end_line(self, *, force: bool = False) -> None:
        text = "".join(self.line).rstrip(" ") if self.line else ""
        self.line = []
        if text or force:
            quotes = min(self.quotes, _MAX_DEPTH)
            prefix = "> " * quotes
            if self.gap and self.lines:
                self.lines.append(("> " * min(quotes, self.quotes_before)).rstrip())
            self.gap, self.quotes_before = False, quotes
            self.lines.append((prefix + text).rstrip(" "))

    def paragraph(self) -> None:
        self.end_line()
        self.gap = True


def to_text(source: str) -> str:
    """The text that a reader of the HTML would see, LF line ends, quotes as `> `, items as `- `.

    A link is followed by its address in angle brackets where the words do not show it.
    """
    out = _Text()
    position, size = 0, len(source)
    while position < size and (found := _STEP.match(source, position)):
        text, tag, attributes = found.groups()
        position = found.end()
        if text:
            out.write(_unescaped(text))
        if tag is None:
            position = _no_tag(out, source, position) if position < size else size
        elif (name := tag.lower()) in _TOLD:
            _tag(out, name, attributes)
        elif name in _HIDDEN and name not in out.unclosed:
            position = _after_hidden(out, source, name, position)
    out.end_line()
    return "\n".join(out.lines).replace("\u00a0", " ").strip("\n")


def _no_tag(out: _Text, source: str, start: int) -> int:
    """Handles a `<` at `start` that begins no whole tag: a comment, a declaration, a tag without an
    end, or one that stands for itself. Returns where to go on."""
    if source.startswith("<!--", start):
        end = source.find("-->", start + 4)
        return len(source) if end < 0 else end + 3
    if source.startswith(("<!", "<?"), start):
        end = source.find(">", start)
        return len(source) if end < 0 else end + 1
    if _OPEN.match(source, start):
        out.write(html.unescape(source[start:]))
        return len(source)
    out.write("<")
    return start + 1


def _unescaped(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r", "")
    return html.unescape(text) if "&" in text else text


def _after_hidden(out: _Text, source: str, tag: str, start: int) -> int:
    pattern = _HEAD_END if tag == "head" else re.compile(f"</{tag}", re.IGNORECASE)
    close = pattern.search(source, start)
    if close is not None and close[0][1] != "/":
        return close.start()
    if close is not None:
        end = source.find(">", close.end())
        return len(source) if end < 0 else end + 1
    out.unclosed.add(tag)
    return len(source) if tag in ("script", "style") else start


def _tag(out: _Text, tag: str, attributes: str) -> None:
    closing, name = tag[0] == "/", tag.removeprefix("/")
    if name == "br":
        out.end_line(force=True)
    elif name == "a":
        _anchor(out, closing, attributes)
    elif name == "img":
        if (alt := _ALT.search(attributes)) is not None:
            out.write(html.unescape(alt[1][1:-1]))
    elif name in ("td", "th"):
        out.write(" " if closing else "")
    else:
        _block(out, name, closing)


def _anchor(out: _Text, closing: bool, attributes: str) -> None:
    if not closing:
        found = _HREF.search(attributes)
        out.href = html.unescape(found[1].strip("\"'")) if found else ""
        out.anchor = len(out.line)
        return
    href, out.href = out.href.strip(), ""
    if not href.startswith(("http://", "https://")) or re.search(r"[\s<>]", href):
        return  # no link: of ends without a beginning each would look through the whole line
    shown = "".join(out.line[out.anchor :]).strip()
    if shown and href.rstrip("/").removeprefix("https://") not in shown:
        out.write(f" <{href}>")


def _block(out: _Text, name: str, closing: bool) -> None:
    is_inner_list = name in ("ul", "ol") and len(out.lists) > closing
    if name in _PARAGRAPHS and not is_inner_list:
        out.paragraph()
    else:
        out.end_line()
    if name == "blockquote":
        out.quotes = max(0, out.quotes + (-1 if closing else 1))
    elif name in ("ul", "ol"):
        _list(out, name, closing)
    elif name == "pre":
        out.pre = max(0, out.pre + (-1 if closing else 1))
    elif name == "li" and not closing:
        _item(out)
    elif name == "hr" and not closing:
        out.write("---")
        out.paragraph()


def _list(out: _Text, name: str, closing: bool) -> None:
    if closing:
        del out.lists[-1:]
    elif len(out.lists) < 100:
        out.lists.append(0 if name == "ul" else 1)


def _item(out: _Text) -> None:
    indent = "  " * min(len(out.lists) - 1, _MAX_DEPTH)
    if out.lists and out.lists[-1]:
        out._append(f"{indent}{out.lists[-1]}. ")
        out.lists[-1] += 1
    else:
        out._append(f"{indent}- ")
