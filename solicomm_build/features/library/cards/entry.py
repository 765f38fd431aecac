"""A library card: the facts of one document, typed and checked (`entries/<key>/entry.md`).

Pure; entryfile.py reads and writes the file. Format: docs/formats/library-entry.md. YAML front
matter, then an optional note by the librarian in Markdown. The files of a card lie beside it or,
when large, in a store by SHA-256.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

KINDS = (
    "collective-agreement",
    "report",
    "manual",
    "brief",
    "law",
    "award",
    "training-module",
    "periodical-issue",
    "audio",
    "dataset",
    "poster",
    "book",
)
"""What a card can describe, by the card's `type`."""
ACCESS = ("open", "members", "embargo")
STATUS = ("published", "draft", "withdrawn")
ROLES = ("main", "text", "translation", "annex", "cover", "data")

ID = re.compile(r"lib:(\d{4}-[a-z2-7]{8})", re.IGNORECASE | re.ASCII)
"""How the id of a card is written."""


@dataclass(frozen=True, slots=True)
class Creator:
    """A person or an organisation; `registry` is a union's id at this hub."""

    name: str
    kind: str = "person"
    registry: str = ""


@dataclass(frozen=True, slots=True)
class Contributor:
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Dates:
    """ISO dates of any precision: `2025`, `2025-11`, `2025-11-03`, or empty."""

    issued: str = ""
    valid_from: str = ""
    valid_to: str = ""


@dataclass(frozen=True, slots=True)
class Identifiers:
    """`other` holds (scheme, value) pairs."""

    isbn: str = ""
    issn: str = ""
    doi: str = ""
    url: str = ""
    other: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rights:
    """Who may read it; `until` is the end of an embargo, an ISO date."""

    licence: str = ""
    holder: str = ""
    access: str = "open"
    until: str = ""


@dataclass(frozen=True, slots=True)
class Relations:
    """Other cards by id, and topics as `conf:<conference>` or `conf:<conference>/<tid>`."""

    replaces: tuple[str, ...] = ()
    translation_of: tuple[str, ...] = ()
    part_of: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    report: tuple[str, ...] = ()
    discussed_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """A file of the card by content; `size` in octets (key `bytes`), `pages` 0 when unknown.

    `text` is whether the file holds readable text (a scan does not); None when nobody has said.
    """

    sha256: str
    name: str
    type: str
    size: int
    role: str = "main"
    lang: str = ""
    pages: int = 0
    text: bool | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """How the card came in and who looked at it; datetimes are UTC-aware."""

    by: str = ""
    via: str = ""
    at: datetime | None = None
    source: str = ""
    reviewed_by: str = ""
    reviewed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One card. `type` is one of KINDS, the first of `languages` is the document's main one."""

    id: str
    type: str
    title: Mapping[str, str]
    creators: tuple[Creator, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    publisher: str = ""
    place: str = ""
    date: Dates = Dates()
    languages: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    abstract: Mapping[str, str] | None = None
    identifiers: Identifiers = Identifiers()
    rights: Rights = Rights()
    relations: Relations = Relations()
    files: tuple[File, ...] = ()
    provenance: Provenance = Provenance()
    version: int = 1
    status: str = "published"
    body: str = ""

    @property
    def key(self) -> str:
        """The id without `lib:`: the folder's name and the last part of the page's address."""
        return self.id.removeprefix("lib:")

    def title_in(self, lang: str) -> str:
        """The title in `lang`, else in the document's language, else any."""
        return _in(self.title, lang, self.languages)

    def abstract_in(self, lang: str) -> str:
        """The abstract as `title_in` chooses, "" when there is none."""
        return _in(self.abstract or {}, lang, self.languages)

    @property
    def main_file(self) -> File | None:
        """The file a reader wants first."""
        return next((file for file in self.files if file.role == "main"), None)


def path(key: str) -> str:
    """Where the card of this key lies in the library's repository."""
    return f"entries/{key}/entry.md"


def entry_id(text: str) -> str | None:
    """The id that a person typed, in its one spelling (lower case), or None."""
    match = ID.fullmatch(text.strip())
    return f"lib:{match[1].lower()}" if match else None


def _in(texts: Mapping[str, str], lang: str, languages: tuple[str, ...]) -> str:
    for tag in (lang, *languages):
        if tag in texts:
            return texts[tag]
    return next(iter(texts.values()), "")
