"""The pages of a library, planned: the catalogue by every way in, a card for each entry.

A new entry is planned from what it touches, so that publishing it costs the same in a library of
ten thousand: its own card and files (cards.py), the cards that name it, and the lists it stands in
(shelves.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from solicomm_build.builder.contents import Place
from solicomm_build.builder.sources import Planned, Sources
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.cardrows import FACETS, facets
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.library import Library
from solicomm_build.features.library.rendering.alike import behind
from solicomm_build.features.library.rendering.cards import CardPages
from solicomm_build.features.library.rendering.librarian import Librarian
from solicomm_build.features.library.rendering.shelves import ShelfPages
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.repo import open_repo

_SHOWN = ("published", "withdrawn")


@dataclass(frozen=True)
class LibraryPages:
    """Plans the pages of one library as of a commit."""

    sources: Sources
    config: Config
    id: str
    place: Place[Library]
    env: str

    @cached_property
    def _about(self) -> Librarian:
        return Librarian(self.sources, self.config, self.id, self.place, self.env)

    @property
    def url(self) -> str:
        """The catalogue's address."""
        return self._about.url

    @cached_property
    def _cards(self) -> CardPages:
        return CardPages(self._about)

    @cached_property
    def _shelves(self) -> ShelfPages:
        return ShelfPages(self._about)

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Cards that could not be read: (address, reason)."""
        broken = self._about.index.rows(self.id, "broken")
        return [(f"{self.url}{row.key}/", row.fault) for row in broken]

    def made_by(self, makers: Iterable[str]) -> Mapping[str, Entry]:
        """The published cards that one of these made or published, by the last part of their
        address; `makers` as of `CardReading.made_by`."""
        index = self._about.index
        return {key: index.entry(self.id, key) for key in index.made_by(self.id, makers)}

    def follow(self) -> None:
        """Brings the index of cards to the library's commit."""
        self._about.index.follow(self.id, self.sources.reader(self.place.repo), self.place.commit)

    def everything(self) -> Iterator[Planned | str]:
        """All pages; equal keys are passed over by whoever makes them."""
        self._about.look_up()
        for row in self._about.all_rows(*_SHOWN):
            yield from self._cards.planned(row)
        yield from self._shelves.fronts()
        for kind in FACETS:
            for value, _ in self._about.values(kind):
                yield from self._shelves.facet(kind, value)

    def changed(self, old: Oid) -> Iterator[Planned | str] | None:
        """What differs from the pages as of commit `old`: pages to make, and addresses to take
        away. None when all pages must be looked at: the settings or the history changed."""
        repo, reader = open_repo(self.place.repo), self.sources.reader(self.place.repo)
        if not log.goes_on(repo, old, self.place.commit, reader=reader):
            return None
        changes = log.diff(repo, old, self.place.commit, reader=reader)
        if any(not change.path.startswith("entries/") for change in changes):
            return None
        keys = sorted({change.path.split("/")[1] for change in changes})
        before = {key: self._as_of(old, key) for key in keys}
        if self._has_moved(old, before):
            return None
        return self._changed(before, keys)

    def mentioned(self, keys: set[str]) -> Iterator[Planned]:
        """The cards whose topics changed."""
        for key in sorted(keys):
            row = self._about.index.row(self.id, key)
            if row is not None and row.status in _SHOWN:
                yield from self._cards.planned(row)

    def _has_moved(self, old: Oid, before: Mapping[str, Entry | None]) -> bool:
        """Whether a card that was there may stand at another place now: a commit said that it is
        older than what brought it. Then more lists are others than can be told from its place."""
        known = [key for key, entry in before.items() if entry is not None]
        if not known:
            return False
        commits = log.commits(open_repo(self.place.repo), old, self.place.commit)
        first = min((int(commit.committed.timestamp()) for commit in commits), default=0)
        rows = (self._about.index.row(self.id, key) for key in known)
        return any(row is not None and row.added >= first for row in rows)

    def _changed(
        self, before: Mapping[str, Entry | None], keys: list[str]
    ) -> Iterator[Planned | str]:
        neighbours: set[str] = set()
        touched: set[tuple[str, str]] = set()
        for key in keys:
            row = self._about.index.row(self.id, key)
            shown = row is not None and row.status in _SHOWN
            if row is not None and shown:
                yield from self._cards.planned(row)
            entry = before[key]
            if entry is not None:
                yield from self._cards.gone(entry, row if shown else None)
                touched |= set(facets(entry)) if entry.status == "published" else set()
                neighbours |= _named(entry)
            touched |= set(self._about.index.facets_of(self.id, key))
            if row is not None:
                both = {*self._about.index.facets_of(self.id, key)}
                both |= set(facets(entry)) if entry is not None else set()
                neighbours |= behind(self._about.index, self.id, (row.added, key), both)
            neighbours |= {source for _, source in self._about.index.naming(self.id, key)}
            neighbours |= self._about.index.linking(self.id, key)
            if row is not None and shown:
                neighbours |= _named(self._about.card(row).entry)
        for key in sorted(neighbours - set(keys)):
            row = self._about.index.row(self.id, key)
            if row is not None and row.status in _SHOWN:
                yield from self._cards.planned(row)
        whole = any(before.values()) or not self._came_last(keys)
        self._about.look_up()
        yield from self._shelves.fronts(touched, whole=whole)
        for kind, value in sorted({(kind, self._about.spelling(kind, it)) for kind, it in touched}):
            yield from self._shelves.facet(kind, value, whole=whole)

    def _came_last(self, keys: list[str]) -> bool:
        """Whether these cards stand behind all others: whoever commits chooses the date."""
        start = max(0, self._about.index.count_lines(self.id) - len(keys))
        last = {row.key for row in self._about.index.lines(self.id, start=start)}
        listed = {key for key in keys if self._about.index.facets_of(self.id, key)}
        return listed <= last

    def _as_of(self, commit: Oid, key: str) -> Entry | None:
        path = entries.path(key)
        blob = self.sources.reader(self.place.repo).at(commit, path)
        try:
            return entryfile.decode(blob, path) if blob is not None else None
        except SoliCommError:
            return None


def _named(entry: Entry) -> set[str]:
    """The keys of the cards that an entry names."""
    related = entry.relations
    named = (related.replaces, related.translation_of, related.part_of, related.related)
    return {target.removeprefix("lib:") for targets in named for target in targets}
