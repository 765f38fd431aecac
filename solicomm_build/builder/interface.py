"""The words of the interface in every language, for pages that exist in one.

A topic is one file, in the language of its conference. Who chose another language gets the words
of the interface in it: `/theme/words-<lang>.js` is a list of them, in the same order for every
language, taken from the templates of those pages and the catalogues. What is a placeholder in a
message is `%` in the list; a message with several forms is the list of its forms.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.foundation import i18n

TEMPLATES = (
    "base.html",
    "topic.html",
    "month.html",
    "conference_page.html",
    "week.html",
    "download.html",
)
"""The templates of pages that exist once."""
MACROS = ("spoken", "languages", "crumbs", "pages", "posts", "who_writes")
"""What they use of macros.html."""

DOMAINS = ("topic",)
"""Catalogues of which they show all messages, too."""

SINGLE = (("search", "Search"),)
"""Single messages of other catalogues, as (catalogue, message)."""

_CALL = re.compile(r'\b(?:_|ngettext)\("([^"\\]+)"(?:, "([^"\\]+)")?')
_PLACEHOLDER = re.compile(r"%\(\w+\)s")
_COUNTS = {"ar": (0, 1, 2, 3, 11, 100), "ru": (1, 2, 5)}
"""A number of each form of a language that has more than two, as its catalogue orders them."""


def messages(templates: Path) -> list[tuple[str, str]]:
    """(message, plural or "") of all the words of the templates, in a fixed order."""
    found = dict.fromkeys(
        match.groups(default="") for text in _texts(templates) for match in _CALL.finditer(text)
    )
    return [(one, many) for one, many in found]


def script(templates: Path, lang: str) -> bytes:
    """The words in one language, as a script that hands them over."""
    words = [_word(lang, one, many) for one, many in messages(templates)]
    for domain in DOMAINS:
        words += [_bare(i18n.gettext(lang, one, domain)) for one in i18n.messages(domain)]
    words += [i18n.gettext(lang, one, domain) for domain, one in SINGLE]
    told = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    return f'solicommWords("{lang}","{i18n.direction(lang)}",{told});\n'.encode()


def _texts(templates: Path) -> Iterator[str]:
    for name in TEMPLATES:
        yield (templates / name).read_text("utf-8")
    for macro in (templates / "macros.html").read_text("utf-8").split("{% macro ")[1:]:
        if macro.startswith(tuple(f"{name}(" for name in MACROS)):
            yield macro


def _word(lang: str, one: str, many: str) -> str | list[str]:
    if not many:
        return _bare(i18n.gettext(lang, one))
    counts = _COUNTS.get(lang, (1, 2))
    return [_bare(i18n.ngettext(lang, one, many, count)) for count in counts]


def _bare(text: str) -> str:
    return _PLACEHOLDER.sub("%", text)
