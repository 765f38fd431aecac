"""`entries/<key>/clauses.yaml`: an agreement's clauses as a curator put them right. Pure.

Format: docs/formats/library-entry.md. What a program proposes is never written there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from solicomm_build.features.library.comparing.cutting import MOST_CLAUSE, Clause
from solicomm_build.features.library.comparing.matters import MATTERS
from solicomm_build.foundation import frontmatter

FILE = "clauses.yaml"
MOST_HEADING = 200
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clauses:
    """The clauses by matter; what is not among them is not in the agreement. `of` is the SHA-256 of
    the file that the curator saw: of another they say nothing."""

    of: str
    clauses: Mapping[str, Clause] = field(default_factory=dict)


def path(key: str) -> str:
    """Where the clauses of this card lie in the library's repository."""
    return f"entries/{key}/{FILE}"


def decode(blob: bytes, file: str = FILE) -> Clauses:
    """Reads the file; raises ContentErrors with every fault."""
    content = frontmatter.plain(blob, file=file)
    table = content.table
    table.schema("solicomm/clauses@1")
    of = table.text("of", required=True, pattern=_SHA256, example="the file's sha256 in the card")
    found: dict[str, Clause] = {}
    for row in table.sections("clauses", most=len(MATTERS)):
        matter = row.choice("matter", MATTERS)
        clause = Clause(
            row.text("heading", longest=MOST_HEADING),
            row.text("text", required=True, longest=MOST_CLAUSE, lines=True).strip("\n"),
            row.integer("page", high=100_000),
        )
        if matter in found:
            row.fault("matter", f"`{matter}` stands there twice", "Make one of the two")
        found[matter] = clause
        row.close()
    table.close()
    content.table.raise_faults()
    return Clauses(of, found)


def encode(clauses: Clauses) -> bytes:
    """The file's octets; `decode` reads the same clauses back."""
    rows = []
    for matter in MATTERS:
        if clause := clauses.clauses.get(matter):
            row = {"matter": matter, "heading": clause.heading, "text": clause.text}
            row["page"] = str(clause.page or "")
            rows.append({key: value for key, value in row.items() if value})
    fields = {"schema": "solicomm/clauses@1", "of": clauses.of, "clauses": rows}
    return frontmatter.dump({key: value for key, value in fields.items() if value}).encode()
