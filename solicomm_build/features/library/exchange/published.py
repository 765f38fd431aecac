"""A card as it lies on the web: the entry with the addresses under which the world finds it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from solicomm_build.features.library.cards.entry import Creator, Entry, File

COVER = re.compile(r"cover(-[0-9]+)?\.webp")
"""How the covers are called that this hub makes."""
PLAIN_COVER = "cover.jpg"
"""The same as JPEG, beside the card's page."""


@dataclass(frozen=True, slots=True)
class Published:
    """One card and where it is. `url` and the values of `files` (by file name) are absolute; only
    files that everyone may read are in `files`. `changed` is UTC-aware: when the card last changed.
    `hub` is the hub's name, `library` the library's title.
    """

    entry: Entry
    url: str
    changed: datetime
    hub: str
    library: str
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def lang(self) -> str:
        """The document's main language."""
        return self.entry.languages[0] if self.entry.languages else "en"

    @property
    def title(self) -> str:
        """The title in the document's language."""
        return self.entry.title_in(self.lang)

    @property
    def abstract(self) -> str:
        """The abstract in the document's language, "" when there is none."""
        return self.entry.abstract_in(self.lang)

    @property
    def organisation(self) -> str:
        """Who stands behind it: the publisher, else the first creator that is an organisation."""
        if self.entry.publisher:
            return self.entry.publisher
        return next((c.name for c in self.entry.creators if c.kind == "org"), "")

    @property
    def main_url(self) -> str:
        """The file a reader wants first, "" when everyone may not read it."""
        file = self.entry.main_file
        return self.files.get(file.name, "") if file is not None else ""

    @property
    def readable(self) -> list[tuple[File, str]]:
        """The files everyone may read, with their addresses, in the card's order."""
        files = self.entry.files
        return [(file, self.files[file.name]) for file in files if file.name in self.files]

    @property
    def documents(self) -> list[tuple[File, str]]:
        """Of the readable files those that are the document or belong to it: neither its cover nor
        the words taken out of it. A card whose only document is a text has that text."""
        made_of_it = {"cover"}
        if any(file.role not in ("cover", "text") for file in self.entry.files):
            made_of_it.add("text")
        return [(file, url) for file, url in self.readable if file.role not in made_of_it]

    @property
    def cover(self) -> tuple[File, str] | None:
        """The picture of its front that everyone may see, with its address."""
        return next((found for found in self.readable if found[0].role == "cover"), None)

    @property
    def plain_cover(self) -> str:
        """The address of the same picture as JPEG, for those who know no WebP; "" without one."""
        cover = self.cover
        is_ours = cover is not None and COVER.fullmatch(cover[0].name) is not None
        return self.url + PLAIN_COVER if is_ours else ""

    @property
    def keywords(self) -> list[str]:
        """The subjects as words, without their schemes."""
        return [keyword(subject) for subject in self.entry.subjects]


def keyword(subject: str) -> str:
    """The words of a subject: `collective bargaining` of `ilo-taxonomy:collective-bargaining`."""
    return subject.partition(":")[2].replace("-", " ")


def name_parts(creator: Creator) -> tuple[str, str] | None:
    """(family, given) of a person written `Family, Given`; None for organisations and for names
    that do not say which part is which."""
    family, comma, given = creator.name.partition(",")
    if creator.kind != "person" or not comma or not given.strip():
        return None
    return family.strip(), given.strip()


def date_parts(date: str) -> list[int]:
    """`2025-11` as `[2025, 11]`; empty for an empty date."""
    return [int(part) for part in date.split("-")] if date else []
