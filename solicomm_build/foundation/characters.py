"""Characters that nobody sees: one place says which, and each reader says which of them it means.

The parts are contents of a class of a regular expression; `any_of` makes the expression. Sources:
Unicode 15, UAX 9 (direction), UAX 14 (line breaks), RFC 5198 (network text).
"""

from __future__ import annotations

import re

CONTROLS = "\x00-\x1f\x7f-\x9f"
"""C0, DEL and C1, tab and line ends with them."""
TEXT_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
"""The same without tab and LF, which a text of several lines has."""
BREAKS = "\u2028\u2029"
"""Line and paragraph separator: where some programs see another line."""
DIRECTION = "\u202a-\u202e\u2066-\u2069"
"""Embeddings, overrides and isolates: what a reader sees is not what stands there."""
MARKS = "\u200b-\u200f\u2060-\u2065"
"""Zero-width spaces, joiners and marks of direction: right in some scripts, a disguise in names."""
BOM = "\ufeff"
SURROGATES = "\ud800-\udfff"
NO_CHARACTERS = "\ufffe\uffff"

DISGUISES = BREAKS + DIRECTION + BOM + NO_CHARACTERS
"""What never stands in a title, a name or a text of a file that people write."""


def any_of(*parts: str, but: str = "") -> re.Pattern[str]:
    """An expression that matches one character of these parts, and none of `but`."""
    ahead = f"(?![{but}])" if but else ""
    return re.compile(f"{ahead}[{''.join(parts)}]")


UNSEEN = any_of(MARKS, DIRECTION, BOM)
"""What programs put around words for the direction of a line, and means nothing to who reads it."""
IN_LINES = any_of(TEXT_CONTROLS, DISGUISES)
"""What a text in a file of ours must not hold."""


def begun(text: str) -> str:
    """A text from its first character that is seen: programs begin lines of Arabic with a mark."""
    start = 0
    while start < len(text) and _is_around(text[start]):
        start += 1
    return text[start:]


def bare(text: str) -> str:
    """A text without spaces, and what nobody sees, at its ends: a paste brings them along."""
    text = begun(text)
    end = len(text)
    while end and _is_around(text[end - 1]):
        end -= 1
    return text[:end]


def _is_around(character: str) -> bool:
    return character.isspace() or bool(UNSEEN.match(character))
