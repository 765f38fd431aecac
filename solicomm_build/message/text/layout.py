"""The shape of mail text: quotes by depth, patches and other preformatted runs, paragraphs.

Turns text into CommonMark blocks. Works on whole runs with few regular expressions rather than
line by line, since every imported message goes through here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from solicomm_build.message.text import prose

MAX_QUOTES = 10
"""Deeper quote marks stay in the text as characters."""

_QUOTED_RUN = re.compile(r"^>.*(?:\n>.*)*", re.MULTILINE)
_LEADING = re.compile(r"\A(?:[ \t]*\n)+")
_BLANK = re.compile(r"\n(?:[ \t]*\n)+")

_DIFF_START = re.compile(
    r"^(?:diff --git |@@ -\d+(?:,\d+)? \+\d+|--- \S.*\n\+\+\+ \S|Index: \S.*\n===)", re.MULTILINE
)
_DIFF_RUN = re.compile(
    r"(?:(?:[ \t+\-@\\].*|(?:diff |index |new file mode|deleted file mode|old mode|new mode|"
    r"similarity index|dissimilarity index|rename |copy |Binary files |GIT binary|Index: |====).*|)"
    r"(?:\n|\Z(?<!\n)))+"
)
# All lines begin as in a hunk, and one of them is no list item and no signature.
_HUNK = re.compile(r"(?:[ +\-@\\].*(?:\n|\Z))+\Z")
_HUNK_LINE = re.compile(r"^(?:[+-](?:[^\s+-]|\t| {2,})|@@ )", re.MULTILINE)

_TELLING = re.compile(r"[\t;{}|\\/](?:(?<=\t)|[ \t]*\n)")
_STARTING = re.compile(r"\n(?:[ +|$%#/{}]|---|===|-[^\s-])")
_DEEP = re.compile(r"^(?: *\t| {4}).*\S", re.MULTILINE)
_INDENTED = re.compile(r"^(?:\t| {2,})", re.MULTILINE)
_FIRST_ITEM = re.compile(r"[ ]{0,3}(?:[-+*•·–—o]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\[\d{1,3}\])[ \t]")
_HANGING = re.compile(r"^(?: {9}|\t)|\S(?: {3}|\t)\s*\S", re.MULTILINE)
_COLUMNS = re.compile(r"\S(?: {3,}|\t+)\S.*")
_CODE = re.compile(
    r"(?:[;{}]|\*/|\\)[ \t]*$"
    r"|^[ \t]*(?:#(?:include|define|ifn?def|if|endif)\b|//|/\*|[{}]|\$ \S|%\S)",
    re.MULTILINE,
)
_CODE_MARK = re.compile(r"[;{}\\#$%/]")
"""One of these is in whatever `_CODE` finds."""
_DRAWN = re.compile(r"^[ \t]*+(?:[|+].*[|+]|[-=+|]{4}[-=+| ]*+|.*[|+-]-{3}[|+-].*)$", re.MULTILINE)
_STAT = re.compile(r"^ ?\S.* \| +(?:\d+ [+-]*|Bin .*)$", re.MULTILINE)  # git's summary of a patch
_TICKS = re.compile(r"`{3,}")


def blocks(text: str, depth: int = 0, *, check: Callable[[str, str], bool] | None = None) -> str:
    """The text as CommonMark. `check(markdown, text)` is asked about every paragraph, when given;
    one that does not read as written is fenced. Recursive, at most `MAX_QUOTES` deep.
    """
    if depth >= MAX_QUOTES or (text[:1] != ">" and "\n>" not in text):
        return "\n\n".join(_plain(text, check))
    out: list[str] = []
    position = 0
    for run in _QUOTED_RUN.finditer(text):
        out += _plain(text[position : run.start()], check)
        inner = blocks(_unquoted(run[0]), depth + 1, check=check)
        out.append("> " + inner.replace("\n", "\n> ") if inner else ">")
        position = run.end()
    out += _plain(text[position:], check)
    return "\n\n".join(out)


def _unquoted(run: str) -> str:
    """Every line without its first `>` and the space after it. NUL, which no text here holds,
    marks the lines that are done: a substitution by pattern takes ten times as long."""
    text = f"\n{run}".replace("\n> ", "\n\0").replace("\n>", "\n").replace("\n\0", "\n")
    return text[1:]


def fence(text: str, language: str = "") -> str:
    """A fenced block (CommonMark 4.5) of `text`, whatever runs of backticks are inside."""
    ticks = "```"
    if ticks in text:
        ticks = "`" * (1 + max(map(len, _TICKS.findall(text))))
    return f"{ticks}{language}\n{text}\n{ticks}"


def _plain(text: str, check: Callable[[str, str], bool] | None) -> list[str]:
    """Blocks of a run without quote marks: patches first, since blank lines do not end them."""
    out: list[str] = []
    position = 0
    for start in _DIFF_START.finditer(text) if _may_hold_a_patch(text) else ():
        if start.start() < position:
            continue
        run = _DIFF_RUN.match(text, start.start())
        if run is not None:  # pragma: no branch - what starts a patch also goes on with it
            out += _paragraphs(text[position : start.start()], check)
            out.append(fence(run[0].strip("\n"), "diff"))
            position = run.end()
    return out + _paragraphs(text[position:], check)


def _may_hold_a_patch(text: str) -> bool:
    """One character is found much sooner than a word, and most texts lack one of these."""
    return (
        ("@" in text and "@@ -" in text)
        or ("+" in text and "\n+++ " in text)
        or ("=" in text and "\n===" in text)
        or "diff --git " in text
    )


def _paragraphs(text: str, check: Callable[[str, str], bool] | None) -> list[str]:
    text = _LEADING.sub("", text, count=1).rstrip(" \t\n")
    if not text:
        return []
    out: list[str] = []
    begin = position = 0
    language: str | None = None  # of the open preformatted run, which starts at `begin`
    end = 0
    while position <= len(text):
        gap = _BLANK.search(text, position)
        stop = gap.start() if gap else len(text)
        paragraph = text[position:stop]
        kind = preformatted(paragraph)
        markdown = ""
        if kind is None:
            markdown = prose.to_markdown(paragraph)
            if check is not None and not check(markdown, paragraph):
                kind = ""
        if kind is not None:
            if language is None:
                begin, language = position, kind
            language, end = language or kind, stop
        else:
            if language is not None:
                out.append(fence(text[begin:end], language))
                language = None
            out.append(markdown)
        position = gap.end() if gap else len(text) + 1
    if language is not None:
        out.append(fence(text[begin:end], language))
    return out


def preformatted(paragraph: str) -> str | None:
    """The language of a fence that keeps the paragraph's shape, "" for none in particular, or
    None when it is prose whose lines may flow. Most paragraphs lack what a pattern is about, and to
    look for that alone is quicker."""
    probe = f"\n{paragraph}\n"
    if not ("   " in probe or " | " in probe or _TELLING.search(probe) or _STARTING.search(probe)):
        return None
    if _HUNK_LINE.search(paragraph) and _HUNK.match(paragraph):
        return "diff"
    if " | " in paragraph and _STAT.search(paragraph):
        return ""
    lines = paragraph.count("\n") + 1
    if _FIRST_ITEM.match(paragraph):
        return "" if _HANGING.search(paragraph) else None
    has_gaps = "   " in paragraph or "\t" in paragraph
    if has_gaps and _DEEP.search(paragraph):
        return ""
    if paragraph.startswith((" ", "\t")) and len(_INDENTED.findall(paragraph)) == lines:
        return ""
    if has_gaps and len(_COLUMNS.findall(paragraph)) * 2 >= lines:
        return ""
    has_rules = "|" in paragraph or "+" in paragraph or "=" in paragraph or "---" in paragraph
    if has_rules and len(_DRAWN.findall(paragraph)) * 2 > lines:
        return ""
    if _CODE_MARK.search(paragraph) and len(_CODE.findall(paragraph)) * 3 > lines:
        return ""
    return None
