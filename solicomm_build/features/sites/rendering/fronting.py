"""What unions' sites add to the hub's front page: how many there are, and what comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from solicomm_build.builder.contents import Place
from solicomm_build.builder.front.offered import Around, Block, Offered, Row
from solicomm_build.features.sites.rendering.rows import first_day, last_day
from solicomm_build.features.sites.rendering.section import places
from solicomm_build.features.sites.values.site import Site, decode_event
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import format_number, gettext, ngettext
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader

_MOST = 4
"""Events of one site that the front page may show: all that it shows."""


@dataclass(frozen=True, slots=True)
class _Coming:
    """An event in one language."""

    slug: str
    lang: str
    title: str
    place: str
    starts: datetime
    day: date
    last: date


def front(around: Around) -> Offered:
    """Their number, or how the first gets one; and their next events."""
    lang, sites = around.lang, places(around.found)
    if not sites:
        return Offered(steps=(gettext(lang, "Give a union a site: solicomm new union dockers"),))
    count = len(sites)
    words = ngettext(lang, "%(num)s union", "%(num)s unions", count, num=format_number(lang, count))
    rows = tuple(row for place in sites.values() for row in _rows(around, place))
    label = gettext(lang, "Coming up")
    return Offered((Block("events", 20, label, rows, coming=_MOST),), ((words, "#unions"),))


def _rows(around: Around, place: Place[Site]) -> Iterator[Row]:
    """The next events of a site, each once: in the page's language where it has it."""
    site, known = place.settings, around.sources
    make = partial(_all, place.commit, site.languages)
    found = known.remember("events", place.repo, place.commit, make)
    coming: dict[str, _Coming] = {}
    order = (around.lang, *site.languages)
    for one in sorted(found, key=lambda one: order.index(one.lang)):
        if one.last >= around.today:
            coming.setdefault(one.slug, one)
    for one in sorted(coming.values(), key=lambda one: (one.starts, one.slug))[:_MOST]:
        within = "" if one.lang == site.languages[0] else f"{one.lang}/"
        url = f"/unions/{site.union}/{within}events/{one.slug}/"
        words = tuple(filter(None, (one.place, site.title_in(around.lang))))
        yield Row(one.title, url, one.lang, words=words, when=one.starts, day=one.day)


def _all(commit: Oid, languages: Sequence[str], reader: Reader) -> tuple[_Coming, ...]:
    """Every published event of a site; what cannot be read its own page says."""
    found = []
    for item in reader.tree(commit, "events"):
        data = reader.at(commit, f"events/{item.path}")
        try:
            event = decode_event(data or b"", f"events/{item.path}", default_lang=languages[0])
        except SoliCommError:
            continue
        if event.status == "published" and event.lang in languages:
            facts = (event.slug, event.lang, event.title, event.place, event.starts)
            days = (first_day(event), last_day(event))
            found.append(_Coming(*facts, *days))
    return tuple(found)
