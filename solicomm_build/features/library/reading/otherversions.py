"""The other versions of a document that can be read here: what it replaces, its file as it was."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime

from solicomm_build.features.library.cards.cardstore import CLEANED
from solicomm_build.features.library.cards.mainfile import text_file_of
from solicomm_build.features.library.reading.doctext import source_of
from solicomm_build.features.library.reading.openlibraries import Book, Shelves
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import log
from solicomm_build.git.repo import MAIN

MOST = 20
"""Changes of a file that are looked at."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version that can be compared with: its name in the address; a card, or the moment (UTC)
    until which the file was so."""

    name: str
    book: Book | None = None
    until: datetime | None = None


def others(shelves: Shelves, config: Config, book: Book) -> list[Version]:
    """Those of a card's document, what it replaces first, then its file, the newest first.
    Blocking."""
    return [*_replaced(shelves, config, book), *_before(shelves, book)]


def _replaced(shelves: Shelves, config: Config, book: Book) -> list[Version]:
    found = []
    for target in book.entry.relations.replaces:
        other = shelves.book(target.removeprefix("lib:"))
        if other and source_of(shelves, config, other):
            found.append(Version(other.key, other))
    return found


def _before(shelves: Shelves, book: Book) -> list[Version]:
    """The same file as it was since it was cleaned: before, it says what was taken out."""
    file, repo = text_file_of(book.entry), shelves.reader.repo
    tip = repo.ref(MAIN)
    if file is None or tip is None or file.name not in book.row.files:
        return []
    commits = log.commits_of(repo, tip, f"entries/{book.key}/{file.name}", MOST)
    found, seen = list[Version](), {str(book.row.files[file.name])}
    for later, commit in itertools.pairwise(commits):
        if later.message.startswith(CLEANED):
            break
        oid = str(commit.changes[0].oid) if commit.changes else ""
        if oid and oid not in seen:
            seen.add(oid)
            found.append(Version(oid, until=later.committed))
    return found
