"""Clean HTML of pages as the XHTML of books (EPUB 3.3, 6.1): every element closed, only what books
know. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from xml.sax.saxutils import quoteattr

_VOID = {"br", "hr", "img", "col", "wbr", "input"}
_KEPT = {
    "href",
    "src",
    "alt",
    "title",
    "id",
    "class",
    "start",
    "lang",
    "dir",
    "cite",
    "colspan",
    "rowspan",
}
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LEADS = re.compile(r"#|https?:|mailto:|tel:")

Named = Callable[[str], str]
"""What an id of a text is called in the book."""


def clean(text: str) -> str:
    """The text without the characters that XML 1.0 cannot hold (section 2.2, Char)."""
    return _FORBIDDEN.sub("", text)


def escaped(text: str) -> str:
    """A text to stand between tags."""
    return html.escape(clean(text), quote=False)


def quoted(text: str) -> str:
    """A text as the value of an attribute, with its quotes."""
    return quoteattr(clean(text))


def of_html(
    body: str, pictures: Mapping[str, str] | None = None, *, named: Named | None = None
) -> str:
    """HTML as nh3 writes it as XHTML. `pictures` are names in the book by the addresses that the
    text has; what is not among them becomes its alt text. `named` gives ids, and the links to them,
    other names: texts that stand in one file may use the same."""
    parser = _Serializer(pictures or {}, named)
    parser.feed(body)
    parser.close()
    return parser.text()


class _Serializer(HTMLParser):
    def __init__(self, pictures: Mapping[str, str], named: Named | None) -> None:
        super().__init__(convert_charrefs=True)
        self._pictures, self._named = pictures, named
        self._out: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "img":
            name = self._pictures.get(found.get("src") or "")
            if name is None:
                self.handle_data(found.get("alt") or "")
                return
            attrs = [("src", name), ("alt", found.get("alt") or "")]
        if tag == "a" and not _LEADS.match(found.get("href") or ""):
            attrs = [(key, value) for key, value in attrs if key != "href"]
        pairs = [(key, self._value(key, value or "")) for key, value in attrs if key in _KEPT]
        pairs += [("xml:lang", value) for key, value in pairs if key == "lang"]
        written = "".join(f" {key}={quoted(value)}" for key, value in pairs)
        if tag in _VOID:
            self._out.append(f"<{tag}{written}/>")
        else:
            self._open.append(tag)
            self._out.append(f"<{tag}{written}>")

    def _value(self, key: str, value: str) -> str:
        if self._named is None:
            return value
        if key == "id":
            return self._named(value)
        is_within = key == "href" and value.startswith("#")
        return f"#{self._named(value[1:])}" if is_within else value

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        while (last := self._open.pop()) != tag:
            self._out.append(f"</{last}>")
        self._out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._out.append(escaped(data))

    def text(self) -> str:
        return "".join(self._out) + "".join(f"</{tag}>" for tag in reversed(self._open))
