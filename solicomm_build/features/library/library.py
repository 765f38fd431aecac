"""A library: what `library.yaml` at the root of its repository says. Pure.

Format: docs/formats/library-entry.md.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from solicomm_build.foundation import frontmatter
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import SLUG
from solicomm_build.message.address import key

VISIBILITY = ("public", "unlisted", "members")
DEPOSIT = ("members", "open", "curators")
FILE = "library.yaml"


@dataclass(frozen=True, slots=True)
class Library:
    """`deposit` says who may hand in documents, `conference` is where its cards are discussed."""

    id: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    languages: tuple[str, ...]
    visibility: str = "public"
    deposit: str = "members"
    curators: tuple[str, ...] = ()
    conference: str = ""
    licence: str = ""

    def names(self, *who: str) -> bool:
        """Whether one of these addresses or numbers is a curator's, however it is written."""
        return not {key(name) for name in self.curators}.isdisjoint(map(key, who))


def decode(blob: bytes, file: str = FILE) -> Library:
    """Reads `library.yaml`; raises ContentErrors with every fault."""
    content = frontmatter.plain(blob, file=file)
    table = content.table
    table.schema("solicomm/library@1")
    library = Library(
        id=table.text("id", required=True, pattern=SLUG, example="agreements"),
        title=table.by_language("title", required=True),
        description=table.by_language("description", longest=2000, lines=True),
        languages=table.languages(required=True),
        visibility=table.choice("visibility", VISIBILITY, "public"),
        deposit=table.choice("deposit", DEPOSIT, "members"),
        curators=table.words("curators", repeats=True, most=100),
        conference=table.text("conference", pattern=SLUG, example="organising"),
        licence=table.text("licence", longest=100),
    )
    table.close()
    content.table.raise_faults()
    return library


def encode(library: Library) -> bytes:
    """`library.yaml` as bytes; `decode` reads the same library back."""
    fields: dict[str, object] = {
        "schema": "solicomm/library@1",
        "id": library.id,
        "title": dict(library.title),
        "description": dict(library.description),
        "languages": list(library.languages),
        "visibility": library.visibility,
        "deposit": library.deposit,
        "curators": list(library.curators),
        "conference": library.conference,
        "licence": library.licence,
    }
    return frontmatter.dump({key: value for key, value in fields.items() if value}).encode()


def named_by_number(blob: bytes, address: str, number: int) -> bytes:
    """`library.yaml` with the number of a member for an address under `curators`, all else as it
    was written where that can be; the same octets where nobody is named by that address, or they
    cannot be read."""
    try:
        said = decode(blob)
    except SoliCommError:
        return blob
    named = [one for one in said.curators if key(one) == key(address)]
    if not named:
        return blob
    now = dict.fromkeys(str(number) if one in named else one for one in said.curators)
    wanted, changed = replace(said, curators=tuple(now)), blob
    for one in named:
        changed = changed.replace(one.encode("utf-8", "replace"), str(number).encode())
    with contextlib.suppress(SoliCommError):
        if decode(changed) == wanted:
            return changed
    return encode(wanted)
