"""A library's lists: the newest, all by age, by subject, country, language, year, organisation and
type; the feed, the catalogues for e-readers and the sitemap.

Lists are cut into runs of RUN cards from the oldest on. Full runs are pages of their own, but the
last of them: it and what came after are the list's front. So a new card rewrites one page a list,
and a page that is full stays as it is.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from solicomm_build.builder.conferences import leftover
from solicomm_build.builder.slug import slug
from solicomm_build.builder.sources import LazyFacts, Planned, digest
from solicomm_build.features.library.cards.cardrows import FACETS, Row, datetime_of
from solicomm_build.features.library.cards.facetwords import value_name
from solicomm_build.features.library.exchange import opds
from solicomm_build.features.library.exchange.opds import Feed, Shelf
from solicomm_build.features.library.exchange.published import Published
from solicomm_build.features.library.rendering.librarian import Librarian
from solicomm_build.features.library.rendering.planks import planks
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import Page

RUN = 20
FEED_ROWS = 20
TOP = 10
"""Values of each facet on the library's front."""
LETTERS_FROM = 150
"""Values of a facet from which on they are listed letter by letter."""
SITEMAP_ROWS = 500


@dataclass(frozen=True, slots=True)
class ShelfPages:
    """Makes the lists of one library."""

    about: Librarian

    def fronts(
        self, touched: set[tuple[str, str]] | None = None, *, whole: bool = True
    ) -> Iterator[Planned | str]:
        """What every change changes: the newest, feed, catalogues, sitemap, the lists of the values
        of the kinds in `touched` (None: of all); with `whole` the full runs of old, too."""
        yield from self._list(None, whole=whole)
        yield self._plan(f"{self.about.url}feed.xml", self._feed)
        yield from self._catalogues(None, whole=whole)
        yield from self._sitemaps(whole=whole)
        kinds = set(FACETS) if touched is None else {kind for kind, _ in touched}
        for kind in sorted(kinds):
            yield from self._values(kind)

    def facet(self, kind: str, value: str, *, whole: bool = True) -> Iterator[Planned | str]:
        """The list of the cards with one value, or its address when there is none any more."""
        url = self._url((kind, value))
        if not self.about.index.keys(self.about.id, (kind, value), count=1):
            yield from (url, *self._left(f"{url}page/", 0), self._opds((kind, value), "xml"))
            return
        yield from self._list((kind, value), whole=whole)
        if kind == "subject":
            yield from self._catalogues((kind, value), whole=whole)

    # Lists of cards

    def _list(self, facet: tuple[str, str] | None, *, whole: bool) -> Iterator[Planned | str]:
        url, full = self._url(facet), self._full(facet)
        for number in range(1 if whole else max(1, full), full + 1):
            yield self._plan(f"{url}page/{number}/", partial(self._run, facet, number))
        yield from self._left(f"{url}page/", full)
        yield self._plan(url, partial(self._front, facet))

    def _front(self, facet: tuple[str, str] | None) -> Page:
        full = self._full(facet)
        rows = self._rows(facet, full * RUN, -1)
        previous = f"{self._url(facet)}page/{full}/" if full else None
        top = self._top() if facet is None else None
        return self._page(self._url(facet), facet, rows, self._count(facet), previous, None, 0, top)

    def _run(self, facet: tuple[str, str] | None, number: int) -> Page:
        url = self._url(facet)
        rows = self._rows(facet, (number - 1) * RUN, RUN)
        previous = f"{url}page/{number - 1}/" if number > 1 else None
        later = f"{url}page/{number + 1}/" if number < self._full(facet) else url
        return self._page(f"{url}page/{number}/", facet, rows, 0, previous, later, number, None)

    def _page(
        self,
        url: str,
        facet: tuple[str, str] | None,
        rows: list[Row],
        count: int,
        previous: str | None,
        later: str | None,
        number: int,
        top: list[dict[str, Any]] | None,
    ) -> Page:
        label = self._label(*facet) if facet else ""
        facts = {
            "library": self.about.facts,
            "facet": None
            if facet is None
            else {
                "kind": facet[0],
                "label": label,
                "url": f"{self.about.url}by/{facet[0]}/",
                "find": f"{self.about.url}find/?{urlencode([facet])}",
            },
            "count": count,
            "pager": {"prev": previous, "next": later, "number": number},
            "top": top,
            "planks": None if top is None else planks(self.about, self._label, self._place),
            "own": self._url(facet),
        }
        shown = [(row.key, row.blob, self.about.picture_of(row)[0]) for row in rows]
        key = digest(self.about.env, "shelf", facts, shown)
        title = self.about.facts["title"]

        def load() -> dict[str, Any]:
            return {**facts, "entries": [self.about.line(row) for row in reversed(rows)]}

        return Page(
            url,
            "library" if facet is None else "shelf",
            self.about.section,
            self.about.lang,
            f"{label} – {title}" if label else title,
            key,
            LazyFacts(load),
            description=self.about.facts["description"] if facet is None else label,
            feed=(title, self.about.facts["feed"]),
            indexed=number == 0,
        )

    def _top(self) -> list[dict[str, Any]]:
        """The facets with the values that most cards have."""
        found = []
        for kind in FACETS:
            values = self.about.values(kind)
            if not values or (len(values) == 1 and kind != "subject"):
                continue
            best = sorted(values, key=lambda value: (-value[1], value[0]))[:TOP]
            found.append(
                {
                    "kind": kind,
                    "url": f"{self.about.url}by/{kind}/",
                    "more": len(values) > len(best),
                    "values": [
                        {
                            "label": self._label(kind, value),
                            "url": self._url((kind, value)),
                            "count": number,
                        }
                        for value, number in best
                    ],
                }
            )
        return found

    # Lists of values

    def _values(self, kind: str) -> Iterator[Planned | str]:
        url = f"{self.about.url}by/{kind}/"
        yield self._plan(url, partial(self._facet_page, kind, None))
        made = {f"{url}-{slug(letter)}/": letter for letter in self._letters(kind)}
        for where, letter in made.items():
            yield self._plan(where, partial(self._facet_page, kind, letter))
        yield from set(leftover.below(self.about.sources.db, f"{url}-")) - made.keys()

    def _letters(self, kind: str) -> dict[str, list[str]]:
        """The values by their first letter; empty when they fit on one page."""
        values = [value for value, _ in self.about.values(kind)]
        if len(values) < LETTERS_FROM:
            return {}
        found: dict[str, list[str]] = defaultdict(list)
        for value in values:
            label = unicodedata.normalize("NFKD", self._label(kind, value)).upper()
            found[next((char for char in label if char.isalnum()), "#")].append(value)
        return dict(sorted(found.items()))

    def _facet_page(self, kind: str, letter: str | None) -> Page:
        letters = self._letters(kind)
        values = [value for value, _ in self.about.values(kind)]
        if letters:
            values = letters[letter] if letter else []
        items = sorted(
            ({"label": self._label(kind, v), "url": self._url((kind, v))} for v in values),
            key=lambda item: (item["label"].casefold(), item["url"]),
        )
        if kind == "year":
            items.reverse()
        url = f"{self.about.url}by/{kind}/"
        facts = {
            "library": self.about.facts,
            "kind": kind,
            "values": items,
            "letter": letter,
            "letters": [{"label": name, "url": f"{url}-{slug(name)}/"} for name in letters],
        }
        key = digest(self.about.env, "facet", facts)
        own = f"{url}-{slug(letter)}/" if letter else url
        title = self.about.facts["title"]
        return Page(own, "facet", self.about.section, self.about.lang, title, key, facts)

    def _label(self, kind: str, value: str) -> str:
        """A value in the words of the page's language."""
        return value_name(kind, value, self.about.lang)

    # Feeds for programs

    def _feed(self) -> Page:
        rows = self._newest(FEED_ROWS)
        facts = {
            "library": self.about.facts,
            "entries": [{**self.about.line(row), "date": datetime_of(row.added)} for row in rows],
        }
        key = digest(self.about.env, "library_feed", facts)
        title = self.about.facts["title"]
        return Page(
            f"{self.about.url}feed.xml",
            "library_feed",
            self.about.section,
            self.about.lang,
            title,
            key,
            facts,
        )

    def _catalogues(self, facet: tuple[str, str] | None, *, whole: bool) -> Iterator[Planned | str]:
        """OPDS: the navigation feed, the newest, the full runs of all cards; of a subject the
        newest forty, in Atom only."""
        if facet is not None:
            yield self._plan(self._opds(facet, "xml"), partial(self._subject, facet))
            return
        full, suffixes = self._full(None), ("xml", "json")
        for suffix in suffixes:
            yield self._plan(self._opds(None, suffix), partial(self._root, suffix))
            yield from self._left(f"{self.about.url}opds/all-", full, f".{suffix}")
        for number in (0, *range(1 if whole else max(1, full), full + 1)):
            for suffix in suffixes:  # beside each other: both are made of the same cards
                make = partial(self._acquisition, number, suffix)
                yield self._plan(self._run_url(number, suffix), make)

    def _root(self, suffix: str) -> Page:
        """The navigation feed. It says neither counts nor dates of cards, so that it changes only
        when a subject comes or goes."""
        home = self.about.config.url
        begun = self._rows(None, 0, 1)
        changed = datetime_of(begun[0].added if begun else 0)
        newest = gettext(self.about.lang, "All documents, the newest first")
        shelves = [Shelf(newest, home + self._run_url(0, suffix), changed)]
        if suffix == "xml":
            shelves += [
                Shelf(
                    self._label("subject", value),
                    home + self._opds(("subject", value), "xml"),
                    changed,
                )
                for value, _ in self.about.values("subject")
            ]
        url = home + self._opds(None, suffix)
        feed = Feed(self.about.facts["title"], url, url, changed, self.about.lang)
        make = opds.navigation_atom if suffix == "xml" else opds.navigation_json
        data = make(feed, shelves).decode()
        return self._raw(
            self._opds(None, suffix),
            digest(self.about.env, data),
            LazyFacts(lambda: {"data": data}),
        )

    def _acquisition(self, number: int, suffix: str) -> Page:
        """A run of all cards, or the newest (number 0): the newest first, `next` is older."""
        full, home = self._full(None), self.about.config.url
        rows = (
            self._rows(None, (number - 1) * RUN, RUN)
            if number
            else self._rows(None, full * RUN, -1)
        )
        older = (number or full + 1) - 1
        later = (0 if number == full else number + 1) if number else None
        feed = Feed(
            self.about.facts["title"],
            home + self._run_url(number, suffix),
            home + self._opds(None, suffix),
            datetime_of(max((r.stamp for r in rows), default=0)),
            self.about.lang,
            up=home + self._opds(None, suffix),
            previous="" if later is None else home + self._run_url(later, suffix),
            next=home + self._run_url(older, suffix) if older else "",
        )
        return self._feed_of(self._run_url(number, suffix), feed, rows, suffix)

    def _subject(self, facet: tuple[str, str]) -> Page:
        rows, home = list(reversed(self._newest(RUN * 2, facet))), self.about.config.url
        feed = Feed(
            self._label(*facet),
            home + self._opds(facet, "xml"),
            home + self._opds(None, "xml"),
            datetime_of(max((row.stamp for row in rows), default=0)),
            self.about.lang,
            up=home + self._opds(None, "xml"),
        )
        return self._feed_of(self._opds(facet, "xml"), feed, rows, "xml")

    def _feed_of(self, url: str, feed: Feed, rows: list[Row], suffix: str) -> Page:
        shown = [(row.key, row.blob, sorted(row.files), row.stamp) for row in rows]
        key = digest(self.about.env, "opds", feed.title, feed.previous, feed.next, shown)
        make = opds.acquisition_atom if suffix == "xml" else opds.acquisition_json

        def data() -> dict[str, str]:
            cards = [self._published(row) for row in reversed(rows)]
            return {"data": make(feed, cards).decode()}

        return self._raw(url, key, LazyFacts(data))

    def _sitemaps(self, *, whole: bool) -> Iterator[Planned | str]:
        parts = -(-self._count(None) // SITEMAP_ROWS) or 1
        for number in range(1 if whole else parts, parts + 1):
            url = f"{self.about.url}sitemap-{number}.xml"
            yield self._plan(url, partial(self._sitemap, number))
        yield from self._left(f"{self.about.url}sitemap-", parts, ".xml")
        yield self._plan(f"{self.about.url}sitemap.xml", partial(self._sitemap_index, parts))

    def _sitemap(self, number: int) -> Page:
        rows = self._rows(None, (number - 1) * SITEMAP_ROWS, SITEMAP_ROWS)
        groups = [[("", f"{self.about.url}{row.key}/")] for row in rows]
        changed = {
            url: f"{datetime_of(row.stamp):%Y-%m-%dT%H:%M:%SZ}"
            for row, ((_, url),) in zip(rows, groups, strict=True)
        }
        key = digest(self.about.env, "sitemap", sorted(changed.items()))
        return Page(
            f"{self.about.url}sitemap-{number}.xml",
            "sitemap",
            self.about.section,
            self.about.lang,
            "",
            key,
            {"groups": groups, "changed": changed},
        )

    def _sitemap_index(self, parts: int) -> Page:
        home = self.about.config.url
        urls = [f"{home}{self.about.url}sitemap-{number}.xml" for number in range(1, parts + 1)]
        rows = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
        data = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</sitemapindex>\n'
        )
        key = digest(self.about.env, "sitemap index", data)
        return self._raw(f"{self.about.url}sitemap.xml", key, LazyFacts(lambda: {"data": data}))

    # Addresses and rows

    def _left(self, start: str, last: int, end: str = "/") -> Iterator[str]:
        return leftover.after(self.about.sources.db, start, last, end)

    def _plan(self, url: str, make: Any) -> Planned:
        return Planned(url, self.about.section, 1, make)

    def _raw(self, url: str, key: str, facts: LazyFacts) -> Page:
        return Page(url, "raw", self.about.section, self.about.lang, "", key, facts)

    def _place(self, kind: str, value: str) -> str:
        return self._url((kind, value))

    def _url(self, facet: tuple[str, str] | None) -> str:
        if facet is None:
            return self.about.url
        return f"{self.about.url}by/{facet[0]}/{slug(facet[1])}/"

    def _opds(self, facet: tuple[str, str] | None, suffix: str) -> str:
        name = "root" if facet is None else f"{facet[0]}/{slug(facet[1])}"
        return f"{self.about.url}opds/{name}.{suffix}"

    def _run_url(self, number: int, suffix: str) -> str:
        return f"{self.about.url}opds/{f'all-{number}' if number else 'new'}.{suffix}"

    def _count(self, facet: tuple[str, str] | None) -> int:
        return self.about.count(facet)

    def _full(self, facet: tuple[str, str] | None) -> int:
        """How many runs are pages of their own: the full ones but the last."""
        return max(0, self._count(facet) // RUN - 1)

    def _rows(self, facet: tuple[str, str] | None, start: int, count: int) -> list[Row]:
        return self.about.rows(facet, start=start, count=count)

    def _newest(self, count: int, facet: tuple[str, str] | None = None) -> list[Row]:
        start = max(0, self._count(facet) - count)
        return list(reversed(self._rows(facet, start, count)))

    def _published(self, row: Row) -> Published:
        return self.about.published(row, self.about.card(row))
