"""The newest documents of public libraries, for the hub's front page, and the way to agreements."""

from __future__ import annotations

from dataclasses import replace

from solicomm_build.builder.front.offered import Around, Block, Offered, Row
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardrows import Row as CardRow
from solicomm_build.features.library.cards.cardrows import datetime_of
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.library.cards.kinds import kind_label
from solicomm_build.features.library.rendering.librarian import cover_of
from solicomm_build.features.library.rendering.section import places
from solicomm_build.foundation.i18n import format_number, gettext, ngettext

_MOST = 4
_COVERS = 2
"""Documents that show their covers: each is a request, and the page has six."""
_AGREEMENT = ("type", "collective-agreement")


def front(around: Around) -> Offered:
    """Documents of all libraries that everybody may know of."""
    lang, index = around.lang, around.sources.handle(CardIndex)
    rows: list[tuple[int, Row]] = []
    count, first, agreements = 0, "", ""
    for name, place in places(around.found).items():
        if place.settings.visibility != "public":
            continue
        url = f"/libraries/{name}/"
        there = index.count_lines(name)
        count, first = count + there, first or url
        if not agreements and index.count_lines(name, _AGREEMENT):
            agreements = f"{url}by/type/{_AGREEMENT[1]}/"
        store = FileStore(around.config, name)
        for card in index.lines(name, start=max(0, there - _MOST), count=_MOST):
            rows.append((card.added, _row(card, url, lang, store)))
    rows.sort(key=lambda one: (one[0], one[1].url), reverse=True)
    newest = tuple(
        row if place < _COVERS else replace(row, picture=None)
        for place, (_, row) in enumerate(rows[:_MOST])
    )
    words = ngettext(
        lang, "%(num)s document", "%(num)s documents", count, num=format_number(lang, count)
    )
    return Offered(
        (Block("documents", 30, gettext(lang, "Newest documents"), newest),),
        ((words, first),) if count else (),
        (gettext(lang, "Find an agreement"), agreements) if agreements else _library(lang, first),
        () if first else (gettext(lang, "Begin a library: solicomm new library agreements"),),
    )


def _library(lang: str, first: str) -> tuple[str, str] | None:
    return (gettext(lang, "Look in the library"), first) if first else None


def _row(card: CardRow, library: str, lang: str, store: FileStore) -> Row:
    kind = kind_label(card.type, lang)
    words = tuple(filter(None, (kind, card.issued[:4])))
    return Row(
        card.title,
        f"{library}{card.key}/",
        card.line.lang,
        words=words,
        when=datetime_of(card.added),
        badge=kind[:1],
        picture=cover_of(card, f"{library}{card.key}/", store),
    )
