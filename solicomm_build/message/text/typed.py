"""What people type into a form, as CommonMark: bold, emphasis, code and lists mean what they look
like; all else reads exactly as it was typed, as mail does (markdown.from_text). Pure.

    **bold**  __bold__  *emphasis*  _emphasis_  `code`     within a line
    - one     * one     1. one     1) one                  two lines or more below each other

Only marks that begin and end beside a word count, and only outside of quotes and of what keeps its
shape. Quotes and web addresses are as in mail. Nothing that is typed becomes markup otherwise.
"""

from __future__ import annotations

import re

from solicomm_build.message.text import markdown

_BOLD = re.compile(r"(?<![\w*\\])(\\\*\\\*|\\_\\_)(?![\s*_])([^*_\\`\n]*[^*_\\`\s])\1(?![\w*])")
_EMPHASIS = re.compile(r"(?<![\w*\\])(\\\*|\\_)(?![\s*_])([^*_\\`\n]*[^*_\\`\s])\1(?![\w*])")
_CODE = re.compile(r"(?<![`\\])\\`([^`\\\n]*[^`\\\s])\\`(?!\\?`)")
_ITEM = re.compile(r"(?:\\[-+*]|(\d{1,3})\\[.)]) +(?=\S)")
_FENCE = re.compile(r"(?:> )*`{3,}")
_FEWEST = 2
"""Lines that make a list; one that begins with a dash may be speech."""


def from_typed(text: str) -> str:
    """The text (LF) as CommonMark; ends with LF unless empty."""
    made = markdown.from_text(text)
    if not any(mark in text for mark in "*_`-+.)"):
        return made
    out: list[str] = []
    fence = ""
    rows: list[str] = []
    for row in [*made.split("\n"), "\n"]:  # a last one that is none ends the run
        opens = _FENCE.match(row)
        if fence or opens or row == "\n" or row.startswith(">"):
            out += _run(rows)
            rows = []
            if opens and not fence:
                fence = opens[0]
            elif fence and row == fence:
                fence = ""
            if row != "\n":
                out.append(row)
        else:
            rows.append(row)
    return "\n".join(out)


def _run(rows: list[str]) -> list[str]:
    """Lines of paragraphs, with what they mean."""
    out: list[str] = []
    at = 0
    while at < len(rows):
        end = at
        kind = _kind(rows[at])
        while kind and end < len(rows) and _kind(rows[end]) == kind:
            end += 1
        if end - at < _FEWEST:
            out.append(_inline(rows[at]))
            at += 1
            continue
        if out and out[-1]:
            out[-1] = _open(out[-1])
            out.append("")
        out += (_inline(_item(_open(row))) for row in rows[at:end])
        if end < len(rows) and rows[end]:
            out.append("")
        at = end
    return out


def _kind(row: str) -> str:
    """What begins a line: a mark, a number with its sign, or nothing."""
    found = _ITEM.match(row)
    return "" if found is None else found[0].strip()[-1]


def _item(row: str) -> str:
    found = _ITEM.match(row)
    return row if found is None else found[0].replace("\\", "") + row[found.end() :]


def _open(row: str) -> str:
    """A line without the mark that keeps its break."""
    return row[:-1] if row.endswith("\\") and not row.endswith("\\\\") else row


def _inline(row: str) -> str:
    if "\\" not in row:
        return row
    row = _CODE.sub(r"`\1`", row)
    row = _BOLD.sub(lambda m: f"**{m[2]}**", row)
    return _EMPHASIS.sub(lambda m: f"*{m[2]}*", row)
