"""The two engines behind `markdown`: cmark (CommonMark to HTML) and nh3 (HTML to safe HTML).

No other module imports them. What comes out of `clean` is canonical: balanced tags in lower case,
attributes in double quotes, `&`, `<` and `>` of the text escaped; so what follows may work on it as
on a string, and nothing after it parses HTML.
"""

from __future__ import annotations

import ctypes
import re

import nh3
from cmarkgfm import _cmark  # type: ignore[attr-defined]

from solicomm_build.foundation.errors import MessageError
from solicomm_build.message.text import longtexts

MAX_MARKDOWN = 1024 * 1024
"""Characters given to cmark; longer texts are shown as they are."""
MAX_NESTING = 40
"""Nested quotes, lists and emphases. nh3's time grows with the square of the depth: 100,000
nested quotes, which is 100 KB of `>`, take it more than a minute."""

# cmark's result is malloc'ed and its Python binding never frees it: 100 MB in an import of 18,000
# messages. cmark allocates with the C library, and so does its free.
_free = ctypes.CDLL(None).free
_free.argtypes, _free.restype = [ctypes.c_void_p], None

# 0: no raw HTML, no javascript:, vbscript:, file: or data: addresses (CommonMark 0.29).
_SAFE = 0

_NESTING = re.compile(rb'<(/?)(?:blockquote|ul|ol|li|em|strong)(?: start="\d+")?>')
_IMAGE = re.compile(r'<img src="([^"]*)" alt="([^"]*)"(?: title="[^"]*")? />')

# fmt: off
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol",
    "p", "pre", "strong", "ul",
}
_LANGUAGES = {
    "bash", "c", "cpp", "css", "csv", "diff", "go", "html", "ini", "java", "javascript", "js",
    "json", "make", "perl", "php", "python", "ruby", "rust", "sh", "sql", "text", "toml", "ts",
    "xml", "yaml",
}
# fmt: on
_cleaner = nh3.Cleaner(
    tags=_TAGS,
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    allowed_classes={"code": {f"language-{name}" for name in _LANGUAGES}},
    link_rel="nofollow ugc noopener noreferrer",
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
)


def to_html(markdown: str) -> str:
    """CommonMark to HTML; raw HTML becomes a comment. Lone surrogates become `?`.

    Raises MessageError when the result nests too deeply for what must come after.
    """
    html = octets_of(markdown)
    if _is_deep(html):
        raise MessageError(f"the text nests more than {MAX_NESTING} quotes and lists")
    return html.decode("utf-8", "replace")


def octets_of(markdown: str) -> bytes:
    """`to_html` in UTF-8, however deep: for who only compares what stands there."""
    octets = markdown.encode("utf-8", "replace")
    result = _cmark.lib.cmark_markdown_to_html(octets, len(octets), _SAFE)
    try:
        html: bytes = _cmark.ffi.string(result)
    finally:
        _free(int(_cmark.ffi.cast("uintptr_t", result)))
    return html


def _is_deep(html: bytes) -> bool:
    if sum(map(html.count, (b"<blockquote>", b"<li>", b"<em>", b"<strong>"))) < MAX_NESTING // 2:
        return False
    depth = 0
    for match in _NESTING.finditer(html):
        depth += -1 if match[1] else 1
        if depth > MAX_NESTING:
            return True
    return False


def clean(html: str) -> str:
    """Safe, canonical HTML: the tags of CommonMark, links with rel, images turned into links."""
    if "<img" in html:  # only cmark's own: a `<` of the text is `&lt;` here
        html = _IMAGE.sub(r'<a href="\1">\2</a>', html)
    return _cleaner.clean(longtexts.cut(html)).replace('<code class="">', "<code>")
