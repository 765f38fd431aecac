"""Sentences of the desk in the reader's language, and paragraphs of at most 72 columns.

The catalogue is `translations/<lang>/LC_MESSAGES/desk.po`. Texts are plain: no HTML, short
sentences, one thing after the other. What a program may turn around in Arabic, such as an address,
stands on a line of its own.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from solicomm_build.foundation import i18n

DOMAIN = "desk"
_WIDTH = 72


def say(lang: str, message: str, **facts: str) -> str:
    """A sentence in `lang` with its facts put in."""
    return i18n.gettext(lang, message, domain=DOMAIN) % facts


def say_many(lang: str, one: str, many: str, count: int) -> str:
    """A sentence with a number, in the form that `lang` wants for it; `%(num)s` is the number."""
    text = i18n.ngettext(lang, one, many, count, domain=DOMAIN)
    return text % {"num": i18n.format_number(lang, count)}


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
