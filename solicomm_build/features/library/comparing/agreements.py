"""The agreements of a library with their clauses: what a curator put right, else what is proposed.

Blocking: a text that was never looked at is read and cut first, within a time for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from solicomm_build.features.library.cards.cardrows import Row
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.cards.mainfile import main_of
from solicomm_build.features.library.comparing import clausesfile
from solicomm_build.features.library.comparing.clausesfile import Clauses
from solicomm_build.features.library.comparing.cutting import Clause
from solicomm_build.features.library.comparing.proposals import Proposals
from solicomm_build.features.library.reading.doctext import Source, Texts, source_of
from solicomm_build.features.library.reading.openlibraries import Book, OpenLibraries, Shelves
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import Oid

KIND = "collective-agreement"
FACET = ("type", KIND)
FILTERS = ("country", "sector", "year")
"""By which agreements are chosen."""
SECONDS = 15.0
"""For reading what was never read, in one request; the rest comes with the next."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement and its clauses by matter. `checked` when a curator put them right; `is_read` is
    False when there was no time to read it yet, or it has no text here."""

    book: Book
    clauses: Mapping[str, Clause] = field(default_factory=dict)
    checked: bool = False
    is_read: bool = True
    is_markdown: bool = False

    @property
    def key(self) -> str:
        return self.book.key

    @property
    def entry(self) -> Entry:
        return self.book.entry


class Agreements:
    """Those of a hub's libraries. Safe for several threads."""

    def __init__(self, libraries: OpenLibraries, texts: Texts) -> None:
        self._libraries, self._texts = libraries, texts
        self._proposals = Proposals(libraries.config)

    def listed(
        self, library: str, wanted: Iterable[tuple[str, str]], *, start: int = 0, count: int = -1
    ) -> tuple[list[Book], int]:
        """The agreements with these facets, the newest first, and how many there are."""
        with self._libraries.looking(library) as shelves:
            rows, number = shelves.index.matching(
                library, [FACET, *wanted], start=start, count=count
            )
            return [shelves.of(row) for row in rows], number

    def facets(self, library: str, kind: str) -> list[tuple[str, int]]:
        """The values that agreements have of a facet, with their number."""
        with self._libraries.looking(library) as shelves:
            return shelves.index.facets_within(library, kind, FACET)

    def of(self, library: str, keys: Sequence[str]) -> list[Agreement]:
        """The agreements of these keys, in their order; what is none is left out."""
        with self._libraries.looking(library) as shelves:
            books = [book for key in keys if (book := shelves.book(key))]
        return self.read(library, [book for book in books if book.row.type == KIND])

    def read(self, library: str, books: Sequence[Book]) -> list[Agreement]:
        """These with their clauses."""
        with self._libraries.looking(library) as shelves:
            known = [(book, *self._known(shelves, book)) for book in books]
        ends = time.monotonic() + SECONDS
        texts: dict[str, str] = {}
        for book, source, _ in known:
            if source and (source.is_text or time.monotonic() < ends):
                texts[book.key] = self._texts.get(source)
        cut = dict(zip(texts, self._proposals.of([*texts.values()]), strict=True))
        return [
            _agreement(book, source, curated, cut.get(book.key)) for book, source, curated in known
        ]

    def _known(self, shelves: Shelves, book: Book) -> tuple[Source | None, Clauses | None]:
        """Where its text is, and what a curator said of its main file."""
        curated = curated_of(shelves, book.row, book.entry)
        main = main_of(book.entry)
        is_current = curated is not None and main is not None and curated.of == main.sha256
        source = source_of(shelves, self._libraries.config, book) if main else None
        return source, curated if is_current else None


def curated_of(shelves: Shelves, row: Row, entry: Entry) -> Clauses | None:
    """What a curator said of a card's clauses, of whichever file; None when nobody did."""
    oid = row.files.get(clausesfile.FILE)
    if oid is None or any(file.name == clausesfile.FILE for file in entry.files):
        return None
    try:
        return clausesfile.decode(shelves.reader.blob(Oid(oid)), clausesfile.path(row.key))
    except SoliCommError:
        return None


def _agreement(
    book: Book,
    source: Source | None,
    curated: Clauses | None,
    proposed: Mapping[str, Clause] | None,
) -> Agreement:
    is_markdown = source is not None and source.file.type == "text/markdown"
    if curated is not None:
        return Agreement(book, curated.clauses, checked=True, is_markdown=is_markdown)
    return Agreement(book, proposed or {}, is_read=proposed is not None, is_markdown=is_markdown)
