"""How agreements look beside each other: the choice, the comparison, the table. HTML, escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlencode

from starlette.responses import Response

from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.cards.facetwords import kind_name, value_name
from solicomm_build.features.library.cards.sectors import of as section_of
from solicomm_build.features.library.comparing.agreements import FILTERS, Agreement
from solicomm_build.features.library.comparing.matters import MATTERS, name
from solicomm_build.features.library.filtering.selecting import select
from solicomm_build.features.library.reading import leaf
from solicomm_build.features.library.reading.openlibraries import Book, Visit
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.oneline import shortened
from solicomm_build.web.plainpage import page

MOST = 4
"""Agreements side by side."""
ON_ONE = 40
"""Agreements to choose among, on one page."""
_OPEN = 900
"""Characters of a clause that stand open."""


def choice(
    visit: Visit,
    books: Sequence[Book],
    count: int,
    chosen: Sequence[Book],
    wanted: Mapping[str, str],
    facets: Mapping[str, list[tuple[str, int]]],
    notice: str = "",
) -> Response:
    """The agreements to choose among, with the filters above them."""
    lang = visit.lang
    rows = [_way_back(visit)]
    if notice:
        rows.append(f'<p role="alert">{escape(notice)}</p>')
    calm = gettext(lang, "Choose two to four agreements. Their clauses stand side by side then.")
    rows.append(f"<p>{escape(calm)}</p>")
    keys = {book.key for book in chosen}
    listed = [*chosen, *(book for book in books if book.key not in keys)]
    boxes = "".join(_box(book, lang, is_chosen=book.key in keys) for book in listed)
    compare = _button(gettext(lang, "Compare"))
    filters = _filters(lang, wanted, facets)
    more = ""
    if count > len(books):
        text = _newest(lang, len(books), count)
        more = f'<p class="meta">{escape(text)}</p>'
    legend = escape(gettext(lang, "Agreements"))
    choose = (
        f"<fieldset><legend>{legend}</legend>{boxes}</fieldset>{more}{compare}"
        if keys or boxes
        else ""
    )
    rows.append(f'<form class="compare" action="{visit.url}compare/">{filters}{choose}</form>')
    rows.append(_downloads(visit, wanted))
    heading = gettext(lang, "Compare agreements")
    return page(lang, f"{heading}: {visit.title}", "".join(rows))


def comparison(visit: Visit, agreements: Sequence[Agreement], *, rules: bool) -> Response:
    """Agreements side by side, matter by matter."""
    lang = visit.lang
    heads = "".join(_head(visit, one, rules=rules) for one in agreements)
    rows = [_way_back(visit), f'<div class="beside of{len(agreements)}">{heads}</div>']
    for matter in MATTERS:
        cells = "".join(_cell(one, matter, lang) for one in agreements)
        rows.append(
            f'<h2 id="{matter}">{escape(name(matter, lang))}</h2>'
            f'<div class="beside of{len(agreements)}">{cells}</div>'
        )
    text = gettext(
        lang,
        "Clauses are found by program, by headings and numbers, until somebody who looks after the "
        "library has put them right. What counts is the document.",
    )
    rows.append(f'<p class="meta">{escape(text)}</p>')
    keys = [("e", one.key) for one in agreements]
    again = urlencode([*keys, ("choose", "1")])
    label = escape(gettext(lang, "Choose others"))
    rows.append(f'<p><a href="{visit.url}compare/?{escape(again)}">{label}</a></p>')
    rows.append(_files(visit, keys))
    return page(lang, gettext(lang, "Compare agreements"), "".join(rows))


def table(
    visit: Visit, agreements: Sequence[Agreement], count: int, wanted: Mapping[str, str]
) -> Response:
    """One row an agreement, one column a matter, with the beginnings of the clauses."""
    lang = visit.lang
    heads = [gettext(lang, "Agreement"), *(kind_name(kind, lang) for kind in FILTERS)]
    heads += [name(matter, lang) for matter in MATTERS]
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join(_row(visit, one) for one in agreements)
    label = escape(gettext(lang, "Compare agreements"))
    rows = [_way_back(visit)]
    if count > len(agreements):
        text = _newest(lang, len(agreements), count)
        rows.append(f'<p class="meta">{escape(text)}</p>')
    rows.append(
        f'<div class="scroll wide" tabindex="0" role="region" aria-label="{label}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    rows.append(_files(visit, [*wanted.items()]))
    heading = gettext(lang, "Table of agreements")
    return page(lang, f"{heading}: {visit.title}", "".join(rows))


# -- pieces -----------------------------------------------------------------------------------


def _way_back(visit: Visit) -> str:
    return f'<p class="meta"><a href="{visit.url}"><bdi>{escape(visit.title)}</bdi></a></p>'


def _filters(
    lang: str, wanted: Mapping[str, str], facets: Mapping[str, list[tuple[str, int]]]
) -> str:
    fields = "".join(
        select(kind, lang, facets[kind], wanted.get(kind, "")) for kind in FILTERS if facets[kind]
    )
    show = _button(gettext(lang, "Show these"), ' name="choose" value="1" class="quiet"')
    return f'<div class="filters">{fields}{show}</div>' if fields else ""


def _box(book: Book, lang: str, *, is_chosen: bool) -> str:
    entry, on = book.entry, " checked" if is_chosen else ""
    said = escape(" · ".join(about(entry, lang)))
    return (
        f'<label><input type="checkbox" name="e" value="{book.key}"{on}> <span><bdi>'
        f"{escape(entry.title_in(lang))}</bdi> <small>{said}</small></span></label>"
    )


def about(entry: Entry, lang: str) -> list[str]:
    """Where, in which sector, when, in which language."""
    found = [i18n.country_name(country, lang) for country in entry.countries]
    found += [value_name("sector", one, lang) for one in _sections(entry)]
    found.append(entry.date.issued[:4])
    found += [i18n.language_name(entry.languages[0], lang)] if entry.languages else []
    return [one for one in found if one]


def _sections(entry: Entry) -> list[str]:
    return list(dict.fromkeys(section_of(sector) for sector in entry.sectors))


def _head(visit: Visit, one: Agreement, *, rules: bool) -> str:
    lang, entry = visit.lang, one.entry
    title = f'<a href="{visit.url}{one.key}/"><bdi>{escape(entry.title_in(lang))}</bdi></a>'
    rows = [
        f"<p><strong>{title}</strong></p>",
        f'<p class="meta">{escape(" · ".join(about(entry, lang)))}</p>',
    ]
    dates = entry.date
    if dates.valid_from or dates.valid_to:
        text = gettext(
            lang,
            "Valid %(begin)s – %(end)s",
            begin=_isolated(dates.valid_from),
            end=_isolated(dates.valid_to),
        )
        rows.append(_meta(text))
    if one.checked:
        state = gettext(lang, "Checked by who looks after the library")
    elif one.is_read:
        state = gettext(lang, "Found by program")
    else:
        state = gettext(lang, "Its text could not be read yet.")
    rows.append(_meta(state))
    if rules:
        right = escape(gettext(lang, "Put the clauses right"))
        rows.append(f'<p><a href="{visit.url}{one.key}/clauses/">{right}</a></p>')
    return f"<div>{''.join(rows)}</div>"


def _cell(one: Agreement, matter: str, lang: str) -> str:
    entry, clause = one.entry, one.clauses.get(matter)
    title = escape(shortened(entry.title_in(lang), 60))
    if clause is None:
        text = gettext(lang, "Nothing found") if not one.checked else gettext(lang, "Not in it")
        return f'<article><h3><bdi>{title}</bdi></h3><p class="meta">{escape(text)}</p></article>'
    own = escape(entry.languages[0] if entry.languages else "")
    heading = (
        f"<p><strong>{escape(clause.heading)}</strong></p>"
        if _adds(clause.heading, clause.text)
        else ""
    )
    said = leaf.html(clause.text, is_markdown=one.is_markdown)
    if len(clause.text) > _OPEN:
        cut = clause.text.rfind("\n", 0, _OPEN)
        cut = cut if cut > _OPEN // 2 else _OPEN
        rest = leaf.html(clause.text[cut:], is_markdown=one.is_markdown)
        more = escape(gettext(lang, "The rest of it"))
        said = leaf.html(clause.text[:cut], is_markdown=one.is_markdown)
        said += f"<details><summary>{more}</summary>{rest}</details>"
    where = ""
    if clause.page:
        number = i18n.format_number(lang, clause.page)
        where = _meta(gettext(lang, "Page %(number)s", number=number))
    return (
        f'<article><h3><bdi>{title}</bdi></h3><div lang="{own}" dir="auto">{heading}{said}</div>'
        f"{where}</article>"
    )


def _adds(heading: str, text: str) -> bool:
    """Whether the heading says what the text does not begin with."""
    begun = leaf.plain(" ".join(text[:200].split()))
    return bool(heading) and not begun.startswith(heading[:40])


def _row(visit: Visit, one: Agreement) -> str:
    lang, entry = visit.lang, one.entry
    cells = [
        ", ".join(i18n.country_name(country, lang) for country in entry.countries),
        ", ".join(value_name("sector", sector, lang) for sector in _sections(entry)),
        entry.date.issued[:4],
    ]
    title = f'<a href="{visit.url}{one.key}/"><bdi>{escape(entry.title_in(lang))}</bdi></a>'
    rows = f'<th scope="row">{title}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    own = escape(entry.languages[0] if entry.languages else "")
    for matter in MATTERS:
        clause = one.clauses.get(matter)
        text = leaf.begun(clause.text) if clause else ""
        rows += f'<td lang="{own}" dir="auto">{escape(shortened(text, 120))}</td>'
    return f"<tr>{rows}</tr>"


def _downloads(visit: Visit, wanted: Mapping[str, str]) -> str:
    label = escape(gettext(visit.lang, "As a table"))
    query = f"?{escape(urlencode([*wanted.items()]))}" if wanted else ""
    link = f'<p><a href="{visit.url}compare/table/{query}">{label}</a></p>'
    return link + _files(visit, [*wanted.items()])


def _files(visit: Visit, query: Sequence[tuple[str, str]]) -> str:
    more = f"?{escape(urlencode(query))}" if query else ""
    said = escape(gettext(visit.lang, "Take them with you:"))
    links = " · ".join(
        f'<a href="{visit.url}compare/agreements.{end}{more}" rel="nofollow" download>{label}</a>'
        for end, label in (("csv", "CSV"), ("sqlite", "SQLite"))
    )
    return f"<p>{said} {links}</p>"


def _newest(lang: str, some: int, count: int) -> str:
    return gettext(
        lang,
        "The newest %(some)s of %(count)s.",
        some=i18n.format_number(lang, some),
        count=i18n.format_number(lang, count),
    )


def _isolated(date: str) -> str:
    """A date that stays as it is in a text from right to left."""
    return f"\N{FIRST STRONG ISOLATE}{date or '…'}\N{POP DIRECTIONAL ISOLATE}"


def _meta(text: str) -> str:
    return f'<p class="meta">{escape(text)}</p>'


def _button(words: str, more: str = "") -> str:
    return f'<p><button type="submit"{more}>{escape(words)}</button></p>'
