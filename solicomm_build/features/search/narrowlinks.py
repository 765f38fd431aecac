"""The links that narrow an answer, and those that take away what was narrowed by."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from solicomm_build.features.search.answers import Answer
from solicomm_build.features.search.asked import ATTRIBUTES, FIELDS
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import N_, gettext, pgettext

_MOST = 8
"""Values of one kind that are offered."""

_KINDS = {
    "conference": N_("Conferences"),
    "list": N_("Lists"),
    "library": N_("Documents"),
    "union": N_("Unions"),
    "hub": N_("Pages of this hub"),
}


def narrowing(answer: Answer) -> str:
    """The `nav` of an answer; nothing when it cannot be narrowed and was not."""
    chosen = "".join(_taken_away(answer))
    offered = "".join(_offered(answer))
    if not chosen and not offered:
        return ""
    label = escape(gettext(answer.lang, "Narrow the results"))
    parts = f'<p class="chips">{chosen}</p>' if chosen else ""
    if offered:
        parts += f"<details><summary>{label}</summary><dl>{offered}</dl></details>"
    return f'<nav class="narrow" aria-label="{label}">{parts}</nav>'


def _taken_away(answer: Answer) -> Iterator[str]:
    for name, value in answer.asked.chosen.items():
        shown = _shown(answer, name, value)
        label = escape(gettext(answer.lang, "Take away: %(what)s", what=shown))
        link = escape(answer.asked.link(**{ATTRIBUTES[name]: ""}))
        yield (
            f'<a href="{link}" aria-label="{label}">'
            f'<bdi>{escape(shown)}</bdi> <span aria-hidden="true">×</span></a> '
        )


def _offered(answer: Answer) -> Iterator[str]:
    for name in FIELDS:
        values = answer.found.narrower.get(name, ())
        if name in answer.asked.chosen or len(values) < 2:
            continue
        links = "".join(_link(answer, name, value, count) for value, count in values[:_MOST])
        heading = escape(_heading(answer.lang, name))
        yield f'<div><dt>{heading}</dt><dd class="chips">{links}</dd></div>'


def _link(answer: Answer, name: str, value: str, count: int) -> str:
    link = escape(answer.asked.link(**{ATTRIBUTES[name]: value}))
    number = i18n.format_number(answer.lang, count) if name != "who" else ""
    shown = escape(_shown(answer, name, value))
    many = f' <span class="meta">{number}</span>' if number else ""
    return f'<a rel="nofollow" href="{link}"><bdi>{shown}</bdi>{many}</a> '


def _shown(answer: Answer, name: str, value: str) -> str:
    if name == "in":
        key = next((k for k in answer.places if f"/{k}".endswith(f"/{value}")), value)
        return answer.place(key)
    if name == "kind":
        return gettext(answer.lang, _KINDS[value]) if value in _KINDS else value
    if name == "language":
        return i18n.language_name(value, answer.lang)
    return value


def _heading(lang: str, name: str) -> str:
    headings = {
        "in": pgettext(lang, "to search in", "Where"),
        "kind": gettext(lang, "Kind"),
        "when": gettext(lang, "Year"),
        "language": gettext(lang, "Language"),
        "who": gettext(lang, "Written by"),
    }
    return headings[name]
