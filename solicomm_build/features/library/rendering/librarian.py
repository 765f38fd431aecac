"""What all pages of a library share: its address and language, its cards, what is said of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from solicomm_build.builder.contents import Place
from solicomm_build.builder.slug import one
from solicomm_build.builder.sources import Sources
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardrows import FACETS, Row, datetime_of
from solicomm_build.features.library.cards.coverfile import first_pdf, our_cover
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.library.cards.kinds import kind_label
from solicomm_build.features.library.catalogue import present, published, title_of
from solicomm_build.features.library.exchange.published import PLAIN_COVER, Published
from solicomm_build.features.library.library import Library
from solicomm_build.features.library.rendering import alike, covers
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import elsewhere
from solicomm_build.git.elsewhere import Home
from solicomm_build.post.subjects import label, vocabulary

_KEPT = 64
_COMPARED = "collective-agreement"
_NAMED = re.compile(r"lib:(\d{4}-[a-z2-7]{8})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Card:
    """An entry with the ids of its card and of the files that lie beside it (name -> oid)."""

    entry: Entry
    blob: str
    files: Mapping[str, str]


@dataclass(frozen=True)
class Librarian:
    """One library as of a commit, for the makers of its pages."""

    sources: Sources
    config: Config
    id: str
    place: Place[Library]
    env: str

    @property
    def section(self) -> str:
        """Who owns the files."""
        return f"library:{self.id}"

    @cached_property
    def url(self) -> str:
        """The catalogue's address."""
        return f"/libraries/{self.id}/"

    @cached_property
    def lang(self) -> str:
        """The interface language of its pages."""
        first = self.place.settings.languages[0]
        return first if first in self.config.languages else self.config.languages[0]

    @property
    def index(self) -> CardIndex:
        """The index of all libraries' cards."""
        return self.sources.handle(CardIndex)

    @cached_property
    def store(self) -> FileStore:
        """Its large files."""
        return FileStore(self.config, self.id)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """`library` of the templates."""
        settings = self.place.settings
        return {
            "id": self.id,
            "title": _in(settings.title, self.lang),
            "description": _in(settings.description, self.lang),
            "url": self.url,
            "deposit": f"{self.url}deposit/",
            "mail": f"{self.id}-deposit@{self.config.domain}",
            "lang": settings.languages[0],
            "feed": f"{self.url}feed.xml",
            "opds": f"{self.url}opds/root.xml",
            "home": {"name": self.home.name, "url": self.home.url} if self.home else None,
        }

    @cached_property
    def home(self) -> Home | None:
        """Where the library has its home, when this is a copy."""
        return elsewhere.of(self.config, "libraries", self.id)

    @cached_property
    def topics(self) -> Mapping[str, list[tuple[str, str]]]:
        """(tid, title) of the topics of the library's conference by the keys their titles name."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        rows = self.sources.db.execute(
            "SELECT tid, title FROM topic WHERE conf=? AND title LIKE '%lib:%'"
            " ORDER BY started, tid",
            (self.place.settings.conference,),
        )
        for tid, title in rows:
            for key in named_in(title):
                found[key].append((tid, title))
        return found

    def values(self, kind: str) -> list[tuple[str, int]]:
        """The values of a facet with the number of published cards, by value; asked for once."""
        if kind not in self._values:
            self._values[kind] = self.index.facets(self.id, kind)
        return self._values[kind]

    def count(self, facet: tuple[str, str] | None = None) -> int:
        """How many published cards there are, or have a facet; looked up once."""
        kind, value = facet or ("", "")
        if kind not in self._counts:
            known = self.values(kind) if facet else [("", self.index.count_lines(self.id))]
            self._counts[kind] = {one(name): number for name, number in known}
            self._spelled[kind] = {one(name): name for name, _ in known}
        return self._counts[kind].get(one(value), 0)

    def spelling(self, kind: str, value: str) -> str:
        """A value as its list writes it, of all that have one address; itself when it has none."""
        self.count((kind, value))
        return self._spelled[kind].get(one(value), value)

    @cached_property
    def _counts(self) -> dict[str, dict[str, int]]:
        return {}

    @cached_property
    def _spelled(self) -> dict[str, dict[str, str]]:
        return {}

    @cached_property
    def _values(self) -> dict[str, list[tuple[str, int]]]:
        return {}

    def look_up(self) -> None:
        """Looks up what each child would, before there are any."""
        vocabulary()
        self.count()
        for kind in FACETS:
            self.count((kind, ""))

    def all_rows(self, *statuses: str) -> list[Row]:
        """The cards in these states, oldest first. All that is asked for later is taken from among
        them, also by children: each card stands in ten lists and beside some that are like it."""
        rows = list(self.index.rows(self.id, *statuses))
        self._rows.update((row.key, row) for row in rows)
        self._beside.append(alike.Beside(self.index, self.id))
        return rows

    def like(self, row: Row, known: Iterable[str]) -> list[Row]:
        """Documents like a published one, without those that are `known`."""
        beside = self._beside[-1] if self._beside else None
        keys = alike.alike(self.index, self.id, row, known, beside)
        return [found for found in map(self.row, keys) if found is not None]

    @cached_property
    def _beside(self) -> list[alike.Beside]:
        return []

    def row(self, key: str) -> Row | None:
        """A card by its key, or None."""
        return self._rows.get(key) or self.index.row(self.id, key)

    def rows(self, facet: tuple[str, str] | None, *, start: int = 0, count: int = -1) -> list[Row]:
        """The published cards, or those with a facet: as `CardReading.lines`."""
        if not self._rows:
            return self.index.lines(self.id, facet, start=start, count=count)
        found = map(self.row, self.index.keys(self.id, facet, start=start, count=count))
        return [row for row in found if row is not None]

    @cached_property
    def _rows(self) -> dict[str, Row]:
        return {}

    def picture(self, row: Row) -> bytes:
        """The first page of a card's document; a blank one where it cannot be drawn. Blocking."""
        reader = self.sources.reader(self.place.repo)
        if cover := our_cover(row):
            return reader.blob(Oid(cover))
        name = first_pdf(row, self.store)
        path = self.store.path(name)
        read = path.read_bytes if path else partial(reader.blob, Oid(name))
        return covers.FirstPages(self.config).get(name, read)

    def card(self, row: Row) -> Card:
        """The card of a row. The last ones read are kept: several pages are made of each."""
        kept = self._kept.get(row.blob)
        if kept is None:
            kept = self.index.entry(self.id, row.key)
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[row.blob] = kept
        return Card(kept, row.blob, row.files)

    @cached_property
    def _kept(self) -> dict[str, Entry]:
        return {}

    def published(self, row: Row, card: Card) -> Published:
        """The card with its addresses."""
        title, changed = title_of(self.place.settings), datetime_of(row.stamp)
        here = present(card.entry, card.files, self.store, is_copy=self.home is not None)
        return published(self.config, self.id, title, card.entry, here, changed)

    def line(self, row: Row) -> dict[str, Any]:
        """What a list says of a card."""
        book = self.book(row)
        return {
            **book,
            "id": f"lib:{row.key}",
            "creators": row.line.creators,
            "issued": row.issued,
            "kind": book["cover"]["label"],
            "languages": row.line.languages,
            "subjects": [label(subject, self.lang) for subject in row.line.subjects],
            "summary": row.line.summary,
            "pick": row.key if row.type == _COMPARED and row.line.open else "",
        }

    def book(self, row: Row) -> dict[str, Any]:
        """What a shelf shows of a card."""
        return {
            "url": f"{self.url}{row.key}/",
            "title": row.title,
            "lang": row.line.lang or self.lang,
            "cover": self.cover(row),
        }

    def cover(self, row: Row) -> dict[str, str | None]:
        """What stands for a card on a shelf; `kind` and `label` are for a drawn one."""
        url, plain = self.picture_of(row)
        label = kind_label(row.type, self.lang)
        return {"url": url, "plain": plain, "kind": row.type, "label": label}

    def picture_of(self, row: Row) -> tuple[str, str | None]:
        """The addresses of its picture (`cover_of`)."""
        return cover_of(row, f"{self.url}{row.key}/", self.store)


def cover_of(row: Row, url: str, store: FileStore) -> tuple[str, str | None]:
    """What stands for the card at `url`: its first page made small, with the whole one for who
    knows no WebP, or a cover that is drawn."""
    if our_cover(row) or first_pdf(row, store):
        return url + covers.SMALL, url + PLAIN_COVER
    return url + covers.DRAWN, None


def named_in(title: str) -> set[str]:
    """The keys of the cards that a topic's title names: `[lib:2026-7qk3xa2m] What of clause 7?`."""
    return {key.lower() for key in _NAMED.findall(title)}


def _in(texts: Mapping[str, str], lang: str) -> str:
    return texts.get(lang) or next(iter(texts.values()), "")
