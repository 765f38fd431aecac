"""A choice among the values of a facet. HTML, escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from solicomm_build.features.library.cards.facetwords import kind_name, value_name
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext


def select(kind: str, lang: str, values: Sequence[tuple[str, int]], chosen: str) -> str:
    """A choice among the values of a facet, sorted as people look for them."""
    named = [(value_name(kind, value, lang), value, count) for value, count in values]
    named.sort(key=lambda one: i18n.sort_key(one[0]), reverse=kind == "year")
    known = {value for value, _ in values}
    if chosen and chosen not in known:
        named.append((value_name(kind, chosen, lang), chosen, 0))
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
        f"{escape(words)} ({i18n.format_number(lang, count)})</option>"
        for words, value, count in named
    )
    every = escape(gettext(lang, "All"))
    return (
        f'<p class="field"><label for="f-{kind}">{escape(kind_name(kind, lang))}</label>'
        f'<select id="f-{kind}" name="{kind}"><option value="">{every}</option>{options}'
        "</select></p>"
    )
