"""The text of a mail of the desk: paragraphs of at most 72 columns.

Texts are plain: no HTML, short sentences, one thing after the other. What a program may turn around
in Arabic, such as an address, stands on a line of its own.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

_WIDTH = 72


def line(text: str) -> str:
    """A line that stays as it is, such as an address: indented, never broken."""
    return f"    {text}"


def paragraphs(parts: Iterable[str]) -> str:
    """The text of a mail: paragraphs filled, indented lines left alone, a blank line between."""
    blocks: list[str] = []
    for part in parts:
        if not part:
            continue
        rows = part.split("\n")
        blocks.append("\n".join(row if row.startswith("  ") else _filled(row) for row in rows))
    return "\n\n".join(blocks) + "\n"


def _filled(row: str) -> str:
    return textwrap.fill(
        row, _WIDTH, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )
