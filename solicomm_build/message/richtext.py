"""A letter of the hub in two forms that say the same: plain text, and HTML beside it.

    made = richtext.render(text, lang="fr", title="Water for all", about="New answer", why="…")
    octets = b"".join(fields) + richtext.alternative(made, seed=cause)   # a whole message

`text` is what templates and functions write, in UTF-8 with LF line ends:

- paragraphs with a blank line between; a line is never broken here, the reader's program does that;
- a line that is `[Label](https://…)` or `[Label](mailto:…)` and nothing else is a large button; the
  text part has `Label:` and the link below, indented (`button` makes such a line);
  The first is the strong one, those after it up to a rule are outlined;
- a line indented by two spaces or more stays as it is; a link or an address in it can be pressed.
  One that is deeper than those around it hangs below them;
- lines of `- ` or `– ` are a list, lines of `> ` are quoted, a line of dashes is a rule;
- lines that begin with `POST` are a post in Markdown: HTML as on its page, and text as its author
  typed it.

Whatever strangers wrote goes in through `literal`, so that no line of theirs becomes a button.

The HTML part loads nothing: no picture, no font, no script, one style in its head. It has no more
than `MOST_OCTETS`; a letter that would be longer has none, since whoever sees HTML would not look
for the rest elsewhere. It is right in the dark (`prefers-color-scheme`) and from right to left.

Pure and deterministic: the same letter is the same octets, also after a kill. Sources: RFC 2046
5.1.4 (alternatives, the best last), RFC 3676 4.3 (what stands below `-- `), RFC 5322 2.1.1 (lines).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby

from solicomm_build.foundation import characters, i18n
from solicomm_build.message import compose
from solicomm_build.message.text import markdown

MOST_OCTETS = 30_000
"""Of an HTML part in UTF-8. Gmail cuts at 102 KB; a letter on a bad line should be far from it."""

POST = "\x02"
"""Begins each line of a post in Markdown (`post`). No other line has such a sign in HTML."""

_LINK = r"(?:https?://|mailto:)[^\s<>\"()]+"
_BUTTON = re.compile(rf"\[(?P<label>[^\n]+)\]\((?P<link>{_LINK})\)")
_LITERAL = re.compile(rf"^(?=\\*{_BUTTON.pattern}[^\S\n]*$)", re.MULTILINE)
_BOUND, _NOWHERE = re.compile("(?<=[^ ]) (?=[:;?!»])|(?<=«) "), re.compile(r"(?!)")
_SAVED = re.compile(rf"\\+{_BUTTON.pattern}\s*")
_PRESSED = re.compile(
    r"https?://\w[^\s<>\"“”«»\\^`{|}]{0,2000}|(?<![\w.+@/-])[\w.+=-]{1,64}@[\w-]+(?:\.[\w-]+)+"
)
_COLUMNS = re.compile(r"\S {2,}\S")
_BLOCK = re.compile(r"<(p|li|h[3-6])>")
_RULE = re.compile(r"-{4,}|—{4,}")
_END = ".,;:!?،؛؟'’"
_UNSHOWN = characters.any_of(
    characters.TEXT_CONTROLS, characters.BREAKS, characters.SURROGATES, characters.NO_CHARACTERS
)
_ARABIC_AND_HEBREW = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RIGHT = re.compile(f"[{_ARABIC_AND_HEBREW}]")
_LEFT = re.compile(rf"[^\W\d_{_ARABIC_AND_HEBREW}]")


@dataclass(frozen=True, slots=True)
class Rich:
    """A letter's two forms: text with LF line ends, and HTML, empty when it would be too long."""

    text: str
    html: str


def button(label: str, link: str) -> str:
    """The line of a letter that is a large button."""
    return f"[{' '.join(label.split())}]({link.translate(_QUOTED)})"


_QUOTED = {ord(one): f"%{ord(one):02X}" for one in '()<>" \n\r\t'}


def is_button(line: str) -> bool:
    """Whether a line of a letter is a large button."""
    return _BUTTON.fullmatch(line.rstrip()) is not None


def literal(text: str) -> str:
    """Somebody else's text as lines of a letter: none of them is a button."""
    return _LITERAL.sub(r"\\", text)


def post(markdown: str) -> str:
    """A post as lines of a letter, none of which is a button."""
    return "\n".join(POST + row for row in markdown.strip("\n").split("\n"))


def render(
    text: str, *, lang: str, title: str, about: str = "", why: str = "", stop: str = ""
) -> Rich:
    """A letter's two forms. `title` is the hub's or the list's name and stands on top of the HTML
    part with `about`, what the letter is about; the text part has both in its header fields. `why`
    says why somebody gets it and `stop` how that ends; both may hold links and buttons, which are
    outlined and smaller there, high enough for a thumb, and stand at the end of both parts."""
    rows = _rows(text, lang)
    below = [row for part in (why, stop) if part for row in _rows(part, lang)]
    html = _page(rows, below, lang, title, about)
    if _is_long(html) and any(row.kind == "post" for row in rows):  # marks cost octets
        html = _page([_unmarked(row) for row in rows], below, lang, title, about)
    return Rich(_plain(rows, below), "" if _is_long(html) else html)


def _is_long(html: str) -> bool:
    return len(html.encode("utf-8")) > MOST_OCTETS


def _unmarked(row: _Row) -> _Row:
    if row.kind != "post":
        return row
    said = markdown.as_typed(row.said)
    return replace(row, kind="said" if said else "gap", said=said)


def alternative(rich: Rich, *, seed: str, more: Sequence[bytes] = ()) -> bytes:
    """Both forms as one part: content fields, blank line, body. `more` are parts that say the same
    to programs, the best last. `seed` names the letter: its boundaries are made of it."""
    forms = [compose.text_part(rich.text)]
    if rich.html:
        forms.append(compose.text_part(rich.html, "html"))
    forms += more
    return forms[0] if len(forms) == 1 else compose.multipart("alternative", forms, seed=seed)


# -- what a text is made of ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A line: what it is, how it stands in the text part, what HTML says of it, and for a button
    where it leads."""

    kind: str
    plain: str
    said: str
    link: str = ""


def _rows(text: str, lang: str) -> list[_Row]:
    """The lines of a text, without blank ones at its ends."""
    return [_row(line, lang) for line in text.strip("\n").split("\n")]


def _row(line: str, lang: str) -> _Row:
    if line.startswith(POST):
        return _Row("post", line[1:], _UNSHOWN.sub(" ", line[1:].replace("\t", "    ")).rstrip())
    if found := _BUTTON.fullmatch(line.rstrip()):
        return _button(found, lang)
    line = line[1:] if _SAVED.fullmatch(line) else line
    shown = _UNSHOWN.sub(" ", line.replace("\t", "    ")).rstrip()
    if not shown:
        return _Row("gap", line, "")
    if shown.startswith("  "):
        return _Row("kept", line, shown)
    if shown.startswith(("- ", "– ")):
        return _Row("item", line, shown[2:].lstrip())
    if shown.startswith(">"):
        return _Row("quoted", line, shown[1:].removeprefix(" "))
    if _RULE.fullmatch(shown):
        return _Row("rule", line, shown)
    return _Row("said", line, shown)


def _button(found: re.Match[str], lang: str) -> _Row:
    """A button; in the text part its label, and the link below. French has a space before the
    colon."""
    label, link = found["label"].strip(), found["link"]
    address = link.removeprefix("mailto:")
    is_bare = address != link and not set("?%") & set(address)
    colon = "" if label.endswith((":", "?", "!")) else "\u00a0:" if lang == "fr" else ":"
    plain = f"{label}{colon}\n    {address if is_bare else link}"
    return _Row("button", plain, _UNSHOWN.sub(" ", label), link)


# -- the text part ------------------------------------------------------------------------------


def _plain(rows: list[_Row], below: list[_Row]) -> str:
    text = ""
    for kind, group in groupby(rows, key=lambda row: row.kind):
        part = "\n".join(row.plain for row in group)
        text += (markdown.as_typed(part) if kind == "post" else part) + "\n"
    return text + "\n".join(["", "-- ", *(row.plain for row in below), ""]) if below else text


# -- the HTML part ------------------------------------------------------------------------------


# Colours are those of the theme, light and dark; the ratios of text to ground are 7 and more, of a
# button 5 and more (WCAG 2.2, 1.4.3). A program that drops the style still has the button's own.
_STYLE = """\
:root{color-scheme:light dark}
body{margin:0;padding:12px;background:#fdfaf4;color:#2b2420;\
font:17px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.f{max-width:36em;margin:0 auto;padding:16px 20px;background:#fffefb;border:1px solid #e6ddd0;\
border-radius:8px;overflow-wrap:anywhere}
.t{margin:0;color:#655a52;font-size:15px}
h1{margin:4px 0 20px;font-size:21px;line-height:1.3}
p,ul,ol,pre,blockquote{margin:0 0 16px}
ul,ol{padding-inline-start:22px}
pre{white-space:pre-wrap;font:inherit;padding-inline-start:12px;\
border-inline-start:3px solid #e6ddd0}
.k{margin:0 0 16px;padding-inline-start:12px;border-inline-start:3px solid #e6ddd0}
.i{padding-inline-start:1.4em}
.m{font:14px/1.4 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.w h3,.w h4,.w h5,.w h6{margin:0 0 16px;font-size:17px}
.w pre,code{font:14px/1.4 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
blockquote{padding-inline-start:12px;border-inline-start:3px solid #b4674a;color:#655a52}
a{color:#96301f}
hr{border:0;border-top:1px solid #e6ddd0;margin:20px 0}
.e{margin-top:24px;padding-top:12px;border-top:1px solid #e6ddd0;color:#655a52;font-size:14px}
.e p,.e pre{margin:0 0 8px}
@media(prefers-color-scheme:dark){
body{background:#1b1815;color:#ece4d9}
.f{background:#231f1b;border-color:#3b352e}
.t,.e,blockquote{color:#b3a799}
pre,.k,.e{border-color:#3b352e}
hr{border-top-color:#3b352e}
a{color:#f0a58d}
.b{background:#b5452f!important;color:#fff!important}
.q,.s{color:#f0a58d!important;border-color:#f0a58d!important}
}
"""
_PRESS = (
    "display:inline-block;padding:13px 24px;border-radius:8px;background:#96301f;color:#ffffff;"
    "font-weight:600;text-decoration:none"
)
_OUTLINED = (
    "display:inline-block;padding:11px 22px;border:2px solid #96301f;border-radius:8px;"
    "color:#96301f;font-weight:600;text-decoration:none"
)

_BESIDE = (
    "display:inline-block;padding:10px 16px;border:1px solid #96301f;border-radius:8px;"
    "color:#96301f;text-decoration:none"
)


def _page(rows: list[_Row], below: list[_Row], lang: str, title: str, about: str) -> str:
    way = i18n.language(lang).dir
    made = _Html(way, is_french=lang == "fr")
    name, subject = (" ".join(_UNSHOWN.sub(" ", one).split()) for one in (title, about))
    head = f'<p class="t">{made.beside(name)}</p>\n' if name else ""
    head += f"<h1>{made.beside(subject)}</h1>\n" if subject else ""
    end = f'<div class="e">\n{made.blocks(below, small=True)}</div>\n' if below else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(lang)}" dir="{way}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(subject or name or '-')}</title>\n<style>\n{_STYLE}</style>\n</head>\n"
        f'<body>\n<div class="f">\n{head}{made.blocks(rows)}{end}</div>\n</body>\n</html>\n'
    )


class _Html:
    """Rows as HTML in a letter that runs `way`, ltr or rtl. French has spaces at its marks, which
    end no line."""

    def __init__(self, way: str, *, is_french: bool = False) -> None:
        self._way = way
        self._bound = _BOUND if is_french else _NOWHERE

    def blocks(self, rows: list[_Row], *, small: bool = False) -> str:
        """Rows of one kind that follow each other are one element."""
        made, is_first = "", True
        for kind, group in groupby(rows, key=lambda row: row.kind):
            of = list(group)
            if kind == "button":
                looks = [is_first, *[False] * (len(of) - 1)]
                made += "".join(map(_small if small else _large, of, looks))
                is_first = False
            elif kind == "rule":
                made, is_first = f"{made}<hr>\n", True
            elif kind != "gap":
                made += self._block(kind, [row.said for row in of])
        return made

    def way(self, texts: list[str]) -> str:
        """The direction of a text that has no letter of the letter's own direction."""
        own, other, way = (_LEFT, _RIGHT, "rtl") if self._way == "ltr" else (_RIGHT, _LEFT, "ltr")
        said = [_PRESSED.sub("", text) for text in texts] if way == "ltr" else texts
        if any(map(own.search, said)) or not any(map(other.search, said)):
            return ""
        return f' dir="{way}"'

    def _block(self, kind: str, texts: list[str]) -> str:
        if kind == "item":
            items = "".join(f"<li{self.way([one])}>{self._inline(one)}</li>\n" for one in texts)
            return f"<ul>\n{items}</ul>\n"
        if kind == "kept":
            return self._kept(texts)
        if kind == "post":
            return self._post("\n".join(texts))
        tag = "blockquote" if kind == "quoted" else "p"
        way = self.way(texts)
        inside = "<br>\n".join(map(_spaced, map(self._inline if way else self._own, texts)))
        return f"<{tag}{way}>{inside}</{tag}>\n"

    def _post(self, text: str) -> str:
        """A post in Markdown; in one with letters of both directions each block runs its own."""
        inside = markdown.in_letters(text)
        if _RIGHT.search(text) and _LEFT.search(text):
            inside = _BLOCK.sub(r'<\1 dir="auto">', inside)
        return f'<div class="w"{self.way([text])}>\n{inside}</div>\n'

    def _kept(self, texts: list[str]) -> str:
        """Lines as they are, without what all are indented by; even ones where columns stand."""
        least = min(len(one) - len(one.lstrip()) for one in texts)
        rows = [one[least:] for one in texts]
        if any(row.startswith(" ") for row in rows) and not any(map(_COLUMNS.search, rows)):
            return self._hanging(rows)
        even = ' class="m"' if any(map(_COLUMNS.search, rows)) else ""
        way = self.way(rows) if len(rows) > 1 else ""
        inside = "\n".join(map(self._inline if way else self._own, rows))
        return f"<pre{even}{way}>{inside}</pre>\n"

    def _hanging(self, rows: list[str]) -> str:
        """Lines of which some are deeper: those stay so where they are broken."""
        inside = ""
        for row in rows:
            deeper = ' class="i"' if row.startswith(" ") else ""
            inside += f"<div{deeper}>{_spaced(self._own(row.strip()))}</div>\n"
        return f'<div class="k">\n{inside}</div>\n'

    def beside(self, text: str) -> str:
        """A line of a head, which begins where the letter does, whatever way it runs itself."""
        way = self.way([text])
        return f"<bdi{way}>{escape(text)}</bdi>" if way else escape(text)

    def _own(self, text: str) -> str:
        """A line among others that runs its own way, such as a name and an address in Arabic."""
        way = self.way([text])
        return f"<bdi{way}>{self._inline(text)}</bdi>" if way else self._inline(text)

    def _inline(self, text: str) -> str:
        """A line, escaped, with its links and addresses to press; they run from left to right."""
        made, at = "", 0
        for found in _PRESSED.finditer(text):
            link = _whole(found[0])
            end = found.start() + len(link)
            href = link if link.startswith("http") else f"mailto:{link.translate(_AS_MAILTO)}"
            made += self._escaped(text[at : found.start()])
            made += f'<a dir="ltr" href="{escape(href)}">{escape(link)}</a>'
            at = end
        return made + self._escaped(text[at:])

    def _escaped(self, text: str) -> str:
        return escape(self._bound.sub("\u00a0", text))


def _small(row: _Row, _: bool) -> str:
    return (
        f'<p><a class="s" style="{_BESIDE}" href="{escape(row.link)}">{escape(row.said)}</a></p>\n'
    )


def _large(row: _Row, is_first: bool) -> str:
    look = f'class="b" style="{_PRESS}"' if is_first else f'class="q" style="{_OUTLINED}"'
    return f'<p><a {look} href="{escape(row.link)}">{escape(row.said)}</a></p>\n'


_AS_MAILTO = {ord(one): f"%{ord(one):02X}" for one in "%?&#"}


def _whole(link: str) -> str:
    """A link without the marks that end its sentence."""
    while link and (link[-1] in _END or (link[-1] == ")" and link.count("(") < link.count(")"))):
        link = link[:-1]
    return link


def _spaced(html: str) -> str:
    """Runs of spaces in a line that is no preformatted one, such as the middle of somebody's
    table, stay as wide."""
    return re.sub(r"(?<= ) ", "&nbsp;", html)
