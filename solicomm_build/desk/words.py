"""The text of a mail of the desk: paragraphs, whose lines a reader's own program breaks.

Texts are marked as message/richtext.py says: short sentences, one thing after the other. What a
program may turn around in Arabic, such as an address, stands on a line of its own; a link to press
is a button.
"""

from __future__ import annotations

from collections.abc import Iterable


def line(text: str) -> str:
    """A line that stays as it is, such as an address: indented, never broken."""
    return f"    {text}"


def paragraphs(parts: Iterable[str]) -> str:
    """The text of a mail: a blank line between paragraphs, those that are empty left out."""
    return "\n\n".join(filter(None, parts)) + "\n"
