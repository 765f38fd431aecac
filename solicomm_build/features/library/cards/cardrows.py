"""The rows of the index of cards (cardindex.py): its tables, and what a row says of a card."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from solicomm_build.features.library.cards import sectors
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.foundation import data
from solicomm_build.foundation.oneline import shortened
from solicomm_build.foundation.types import Oid
from solicomm_build.git import derived

VERSION: Final = "10"
"""Raised whenever the meaning of a column changes; another version in the file drops it."""

GONE: Final = "gone"
BROKEN: Final = "broken"
FACETS: Final = ("subject", "country", "language", "sector", "year", "organisation", "type")


@dataclass(frozen=True, slots=True)
class Line:
    """What a list says of a card, title and date aside: in the document's main language `lang`,
    `summary` the beginning of the abstract. `open` are the (name, SHA-256) of the files that
    everyone may read, here or not; `text` the name of the one that is the document in Markdown."""

    lang: str = ""
    creators: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    summary: str = ""
    open: tuple[tuple[str, str], ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A card as the index knows it: `blob` and the values of `files` (by name) are ids of blobs;
    `added` and `stamp` seconds since 1970; `type` is that of the last version that was public, ""
    when none was; `line` is what a list says of it; `fault` says why a card of status `broken` is.
    """

    library: str
    key: str
    added: int
    stamp: int
    status: str
    type: str
    blob: Oid
    files: Mapping[str, Oid]
    title: str
    issued: str
    line: Line
    fault: str


def make(db: sqlite3.Connection) -> None:
    """Gives an empty file its tables."""
    derived.run(db, data.beside(__file__, "cardrows.sql"))


def facets(entry: Entry) -> Iterator[tuple[str, str]]:
    """(kind, value) under which a reader may look for a card; kinds as in FACETS."""
    yield from (("subject", subject) for subject in entry.subjects)
    yield from (("country", country) for country in entry.countries)
    yield from (("language", lang) for lang in entry.languages)
    yield from dict.fromkeys(("sector", sectors.of(sector)) for sector in entry.sectors)
    if entry.date.issued:
        yield "year", entry.date.issued[:4]
    names = [creator.name for creator in entry.creators if creator.kind == "org"]
    yield from (("organisation", name) for name in dict.fromkeys((*names, entry.publisher)) if name)
    yield "type", entry.type


def makers(entry: Entry) -> set[str]:
    """Who made or published a card: names with their case folded, and `registry:` with the ids that
    unions have in the registry."""
    names = {creator.name.casefold() for creator in entry.creators}
    ids = {creator.registry.casefold() for creator in entry.creators} - {""}
    return (names | {entry.publisher.casefold()} | {f"registry:{one}" for one in ids}) - {""}


def text_name(entry: Entry) -> str:
    """The name of the file that is the document in Markdown, which everyone may read; else ""."""
    is_open = entry.status == "published" and entry.rights.access == "open"
    main = entry.main_file
    return main.name if is_open and main is not None and main.type == "text/markdown" else ""


def said(entry: Entry) -> str:
    """A card's Line as the index keeps it."""
    lang = entry.languages[0] if entry.languages else ""
    creators = [creator.name for creator in entry.creators]
    summary = shortened(entry.abstract_in(lang))
    is_open = entry.status == "published" and entry.rights.access == "open"
    files = [(file.name, file.sha256) for file in entry.files] if is_open else []
    text = text_name(entry)
    facts = [lang, creators, entry.languages, entry.subjects, summary, files, text]
    return json.dumps(facts, ensure_ascii=False)


def line(text: str) -> Line:
    """The Line that `said` wrote."""
    if not text:
        return Line()
    lang, creators, languages, subjects, summary, files, markdown = json.loads(text)
    opened = tuple((name, sha256) for name, sha256 in files)
    return Line(lang, tuple(creators), tuple(languages), tuple(subjects), summary, opened, markdown)


def datetime_of(seconds: int) -> datetime:
    """Whole seconds since 1970 as a UTC-aware datetime."""
    return datetime.fromtimestamp(seconds, UTC)
