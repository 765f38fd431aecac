"""`/libraries/<id>/find/`: the documents with all that was chosen; GET only, nothing changes.

?subject=…&country=…&language=…&sector=…&year=…&type=…   what they have
&q=…                                                      words of what lists say of them
&from=…                                                   the number of the first one
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.library.cards import coverfile
from solicomm_build.features.library.cards.cardrows import Row
from solicomm_build.features.library.cards.facetwords import value_name
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.library.cards.kinds import kind_label
from solicomm_build.features.library.filtering.selecting import select
from solicomm_build.features.library.reading import answers
from solicomm_build.features.library.reading.openlibraries import OpenLibraries, Visit
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.web.plainpage import page

FILTERS = ("subject", "country", "language", "sector", "year", "type")
ON_ONE = 20
_MOST_QUERY = 100
_MOST_VALUES = 300
"""Values of a facet in its choice, those that most documents have."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What was asked for, and what there is."""

    visit: Visit
    wanted: Mapping[str, str]
    query: str
    start: int
    rows: Sequence[Row]
    count: int
    facets: Mapping[str, list[tuple[str, int]]]
    store: FileStore

    def link(self, start: int) -> str:
        """The same from another number on."""
        said = [*self.wanted.items()]
        said += [("q", self.query)] if self.query else []
        said += [("from", str(start))] if start else []
        return f"{self.visit.url}find/?{urlencode(said)}"


class Filtering:
    """The pages of one hub."""

    def __init__(self, libraries: OpenLibraries) -> None:
        self._libraries = libraries

    async def find(self, request: Request) -> Response:
        """The documents, with the choice beside them."""
        return await self._libraries.desk.run(request, self._find)

    def _find(self, request: Request) -> Response:
        visit = self._libraries.visit(request)
        if visit is None:
            return answers.nothing(request)
        said = request.query_params
        wanted = {kind: said[kind][:100] for kind in FILTERS if said.get(kind)}
        query = " ".join(said.get("q", "").split())[:_MOST_QUERY]
        number = said.get("from", "")[:7]
        start = int(number) if number.isdecimal() else 0
        with self._libraries.looking(visit.library) as shelves:
            rows, count = shelves.index.matching(
                visit.library, [*wanted.items()], query.split()[:8], start=start, count=ON_ONE
            )
            facets = {kind: shelves.index.facets(visit.library, kind) for kind in FILTERS}
        store = FileStore(self._libraries.config, visit.library)
        return _page(_Found(visit, wanted, query, start, rows, count, facets, store))


def _page(found: _Found) -> Response:
    visit, lang = found.visit, found.visit.lang
    back = f'<p class="meta"><a href="{visit.url}"><bdi>{escape(visit.title)}</bdi></a></p>'
    said = ngettext(
        lang,
        "%(num)s document",
        "%(num)s documents",
        found.count,
        num=i18n.format_number(lang, found.count),
    )
    if not found.count:
        said = gettext(lang, "Nothing found")
    rows = "".join(_line(found, row) for row in found.rows)
    listed = f'<ol class="found">{rows}</ol>' if rows else ""
    status = f'<p role="status">{escape(said)}</p>'
    inside = (
        f'{back}<div class="find">{_form(found)}<div>{status}{listed}{_pager(found)}</div></div>'
    )
    heading = gettext(lang, "Find documents")
    return page(lang, f"{heading}: {visit.title}", inside)


def _form(found: _Found) -> str:
    """The choice; a facet with one value is none."""
    lang = found.visit.lang
    fields = "".join(
        select(kind, lang, _most(found.facets[kind]), found.wanted.get(kind, ""))
        for kind in FILTERS
        if len(found.facets[kind]) > 1 or kind in found.wanted
    )
    label, button = gettext(lang, "Words"), gettext(lang, "Show these")
    return (
        f'<form action="{found.visit.url}find/"><p class="field"><label for="f-q">{escape(label)}'
        f'</label><input id="f-q" name="q" type="search" maxlength="{_MOST_QUERY}" dir="auto" '
        f'value="{escape(found.query)}"></p>{fields}'
        f'<p><button type="submit">{escape(button)}</button></p></form>'
    )


def _most(values: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(values, key=lambda one: (-one[1], one[0]))[:_MOST_VALUES]


def _line(found: _Found, row: Row) -> str:
    """A document as lists show it."""
    lang, url = found.visit.lang, f"{found.visit.url}{row.key}/"
    has_own = coverfile.our_cover(row) or coverfile.first_pdf(row, found.store)
    cover = url + (coverfile.SMALL if has_own else coverfile.DRAWN)
    own = escape(row.line.lang)
    about = [*row.line.creators[:3], row.issued, kind_label(row.type, lang)]
    about += [value_name("language", one, lang) for one in row.line.languages]
    summary = f'<p lang="{own}" dir="auto">{escape(row.line.summary)}</p>'
    return (
        f'<li><img src="{cover}" alt="" width="60" height="85" loading="lazy"><div>'
        f'<h2 lang="{own}"><a href="{url}"><bdi>{escape(row.title)}</bdi></a></h2>'
        f'<p class="meta">{escape(" · ".join(one for one in about if one))}</p>'
        f"{summary if row.line.summary else ''}</div></li>"
    )


def _pager(found: _Found) -> str:
    lang, ways = found.visit.lang, ""
    if found.start:
        words = escape(gettext(lang, "Newer documents"))
        ways += (
            f'<a rel="prev" href="{escape(found.link(max(0, found.start - ON_ONE)))}">{words}</a>'
        )
    if found.start + ON_ONE < found.count:
        words = escape(gettext(lang, "Older documents"))
        ways += f'<a rel="next" href="{escape(found.link(found.start + ON_ONE))}">{words}</a>'
    label = escape(gettext(lang, "Pages of this list"))
    return f'<nav class="pager" aria-label="{label}">{ways}</nav>' if ways else ""
