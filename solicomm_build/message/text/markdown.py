"""Mail text to Markdown and Markdown to safe HTML: what a reader sees is what the author typed.

`from_text` writes CommonMark for a text that is not Markdown; it renders its own result and
compares, so its promise holds by construction. `render` is the one way from Markdown to HTML for
posts, whoever wrote the Markdown; its result may stand in a page as it is. The engines are hidden
in `engine`.
"""

from __future__ import annotations

import html as _html
import re

from solicomm_build.foundation import characters
from solicomm_build.foundation.errors import MessageError
from solicomm_build.message.text import engine, fold, layout, prose

MAX_TEXT = 256 * 1024
"""Characters of mail text that are laid out; a longer text is fenced as a whole."""
_MAX_SIGNATURE, _MAX_DOUBTFUL = 20, 6  # lines
_DASHES = "\\--\u00a0"

# Characters that a page must not carry. White space of other kinds is made a space, the rest goes:
# controls, the line separators, what overrides or isolates direction, lone surrogates, U+FEFF.
_SPACES = "\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_UNSEEN = characters.any_of(
    characters.TEXT_CONTROLS,
    characters.BREAKS,
    characters.DIRECTION,
    characters.SURROGATES,
    characters.BOM,
)
_ASCII = {n: " " if chr(n) in _SPACES else None for n in (*range(32), 127) if n not in (9, 10)}
_WHITE, _NBSP = b" \t\n>", "\u00a0".encode()
_TAG = re.compile(rb"<[^>]*+>?")
_MARKUP = re.compile(r"<[^>]*+>?")
_FENCED = re.compile(r"(`{3,})\w*\n(.*)\n\1\n?", re.DOTALL)
INTERFACE = re.compile(r"<summary data-ui[^<>]*+>(?:[^<]++|<(?!/?summary\b))*+</summary>")
"""What a page says about the text and its author did not."""
_REL = re.compile(r' rel="[^"]*">')
_FENCE = re.compile(r"(?:> )*`{3,}")
_BROKEN = re.compile(r"(?<!\\)((?:\\\\)*)\\$")
_AUTOLINK = re.compile(r"(?<!\\)<((?:https?://|mailto:)[^\s<>]+)>")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_BLOCK = re.compile(r"</?(?:p|div|pre|li|ul|ol|blockquote|h[1-6]|details|hr|br)\b[^>]*+>?")


def from_text(text: str) -> str:
    """Mail text (LF) as CommonMark that reads exactly like it, white space and `>` aside.

    Quotes become `>`, web addresses links, preformatted runs fenced blocks, the signature a
    paragraph that starts with `--` and a no-break space. Ends with LF unless empty. Control and
    direction-override characters are left out; the raw message keeps them.
    """
    text = _seen(text).strip("\n")
    if not text.strip():
        return ""
    if len(text) > MAX_TEXT:
        return layout.fence(text) + "\n"
    wanted = _letters(text)
    for check in (None, _reads_as):
        markdown = _markdown(text, careful=check is not None)
        if _shown(markdown) == wanted:
            return markdown
    return layout.fence(text) + "\n"


def render(markdown: str) -> str:
    """CommonMark, friendly or hostile, as safe HTML: raw HTML, images and scripts never pass.

    Long quotes are folded into `details.quote`, a signature stands in `div.sig`, patches in
    `code.language-diff`, bare web addresses are links. What the interface adds carries `data-ui`.
    """
    if len(markdown) > engine.MAX_MARKDOWN:
        return _as_is(markdown)
    try:
        html = engine.to_html(markdown)
    except MessageError:
        return _as_is(markdown)
    html = engine.clean(html)
    return fold.finish(_UNSEEN.sub("", html) if _UNSEEN.search(html) else html)


def in_letters(markdown: str) -> str:
    """As `render`, for an HTML part of a mail: nothing is folded, and links have no `rel`."""
    try:
        html = engine.to_html(markdown) if len(markdown) <= engine.MAX_MARKDOWN else None
    except MessageError:
        html = None
    if html is None:
        return _as_is(markdown)
    return _REL.sub(">", _UNSEEN.sub("", fold.linked(engine.clean(html))))


def as_typed(markdown: str) -> str:
    """The text of a post as its author typed it: without the marks by which `from_text` and
    `typed.from_typed` say that something is no markup. What was typed as markup stays."""
    rows, fence = list[str](), ""
    for row in markdown.split("\n"):
        opens = _FENCE.match(row)
        if not fence and opens is None:
            plain = _BROKEN.sub(r"\1", _AUTOLINK.sub(r"\1", row))
            rows.append(_ESCAPED.sub(r"\1", plain))
        elif not fence and opens is not None:
            fence = opens[0]
        elif row == fence:
            fence = ""
        else:
            rows.append(row)
    return "\n".join(rows)


def text_of_html(html: str) -> str:
    """What a reader of `render`'s HTML sees, blocks on lines of their own, interface left out."""
    html = _BLOCK.sub("\n", INTERFACE.sub("", html))
    return _html.unescape(_MARKUP.sub("", html))


def _seen(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    if text.isascii():
        return text.translate(_ASCII)
    return _UNSEEN.sub(lambda m: " " if m[0] in _SPACES else "", text)


def _markdown(text: str, *, careful: bool) -> str:
    check = _reads_as if careful else None
    at, start = _signed(text)
    if at < 0:
        return layout.blocks(text, check=check) + "\n"
    body = layout.blocks(text[:at], check=check)
    signature = _signature(text[start:], careful=careful)
    return f"{body}\n\n{signature}\n" if body else f"{signature}\n"


def _signed(text: str) -> tuple[int, int]:
    """Where the signature's line of dashes begins and what is below it; (-1, -1) without one.

    RFC 3676 4.3 wants `-- `; many programs lose the space, and then only few lines may follow.
    """
    for dashes, most in (("-- \n", _MAX_SIGNATURE), ("--\n", _MAX_DOUBTFUL)):
        at = 0 if text.startswith(dashes) else text.rfind("\n" + dashes) + 1
        start = at + len(dashes)
        if (at or text.startswith(dashes)) and text.count("\n", start) < most:
            return at, start
    return -1, -1


def _signature(text: str, *, careful: bool) -> str:
    """`\\--`, a no-break space, and the lines below it, whose breaks are all kept."""
    first, gap, rest = text.strip("\n").partition("\n\n")
    if layout.preformatted(first) is not None or first.startswith(">") or not first.strip():
        blocks = layout.blocks(text, check=_reads_as if careful else None)
        return f"{_DASHES}\n\n{blocks}" if blocks else _DASHES
    markdown = f"{_DASHES}\\\n" + prose.to_markdown(first, keep_breaks=True)
    if careful and not _reads_as(markdown, f"--\n{first}"):
        markdown = f"{_DASHES}\n\n{layout.fence(first)}"
    more = layout.blocks(rest, check=_reads_as if careful else None) if gap else ""
    return f"{markdown}\n\n{more}" if more else markdown


def _reads_as(markdown: str, text: str) -> bool:
    return _shown(markdown) == _letters(text)


def _shown(markdown: str) -> bytes:
    """The letters that the Markdown shows; cmark escapes `<` and `>` everywhere but in its tags."""
    html = engine.octets_of(markdown)
    html = _TAG.sub(b"", html).replace(b"&gt;", b"").translate(None, _WHITE).replace(_NBSP, b"")
    return html.replace(b"&lt;", b"<").replace(b"&quot;", b'"').replace(b"&amp;", b"&")


def _letters(text: str) -> bytes:
    return text.encode().translate(None, _WHITE).replace(_NBSP, b"")


def _as_is(markdown: str) -> str:
    """Text that is too large or too deep for the engines, in one preformatted block."""
    whole = _FENCED.fullmatch(markdown)
    text = _UNSEEN.sub("", whole[2] if whole else markdown)
    return f"<pre><code>{_html.escape(text, quote=False)}\n</code></pre>\n"
