"""The words of the interface in every language, for pages that exist in one.

A topic is one file, in the language of its conference. Who chose another language gets the words
of the interface in it: `/theme/words-<lang>.js` is a list of them, in the same order for every
language, taken from the templates of those pages and the catalogues. What is a placeholder in a
message is `%` in the list; a message with several forms is the list of its forms.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext, pgettext

TEMPLATES = (
    "base.html",
    "topic.html",
    "month.html",
    "conference_page.html",
    "week.html",
    "download.html",
)
"""The templates of pages that exist once."""
MACROS = ("spoken", "languages", "crumbs", "pages", "posts", "who_writes", "write")
"""What they use of macros.html."""

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


def script(said: Sequence[tuple[str, str]], lang: str) -> bytes:
    """These words in one language, as a script that hands them over."""
    words = [_word(lang, one, many) for one, many in said]
    words += _of_presenters(lang)
    told = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    return f'solicommWords("{lang}","{i18n.direction(lang)}",{told});\n'.encode()


def _of_presenters(lang: str) -> list[str]:
    """Words that come into these pages from plugins/topics.py and plugins/search.py."""
    return [
        gettext(lang, "Accepted answer"),
        gettext(lang, "Earlier summaries:"),
        gettext(lang, "It covers:"),
        gettext(lang, "Labels"),
        gettext(lang, "Read the whole summary"),
        pgettext(lang, "of a topic", "Summary"),
        gettext(lang, "The original has changed since."),
        gettext(lang, "Translations:"),
        gettext(lang, "This post arrived after the topic was closed."),
        gettext(lang, "This topic was split from:"),
        gettext(lang, "Topics that were joined to this one:"),
        gettext(lang, "Topics that were split from this one:"),
        pgettext(lang, "of a post", "Translation of"),
        gettext(lang, "Search"),
    ]


def _texts(templates: Path) -> Iterator[str]:
    for name in TEMPLATES:
        yield (templates / name).read_text("utf-8")
    for macro in (templates / "macros.html").read_text("utf-8").split("{% macro ")[1:]:
        if macro.startswith(tuple(f"{name}(" for name in MACROS)):
            yield macro


def _word(lang: str, one: str, many: str) -> str | list[str]:
    if not many:
        return _bare(gettext(lang, one))
    counts = _COUNTS.get(lang, (1, 2))
    return [_bare(i18n.translation(lang).ngettext(one, many, count)) for count in counts]


def _bare(text: str) -> str:
    return _PLACEHOLDER.sub("%", text)
