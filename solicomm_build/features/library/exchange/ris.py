"""RIS: tagged lines that reference managers import (the format's specification of 2011).

Two letters, two spaces, a hyphen, a space, the value; CRLF lines; TY begins and ER ends a record.
"""

from __future__ import annotations

from collections.abc import Iterable

from solicomm_build.features.library.cards.entry import Creator
from solicomm_build.features.library.exchange.csl import GENRES
from solicomm_build.features.library.exchange.published import Published, date_parts

TYPES = {
    "collective-agreement": "RPRT",
    "report": "RPRT",
    "manual": "RPRT",
    "brief": "RPRT",
    "law": "STAT",
    "award": "CASE",
    "training-module": "GEN",
    "periodical-issue": "MGZN",
    "audio": "SOUND",
    "dataset": "DATA",
    "poster": "ART",
    "book": "BOOK",
}
"""The RIS type by a card's type."""


def of_card(card: Published) -> str:
    """The card as one record, lines ended by CRLF."""
    entry = card.entry
    rows: list[tuple[str, str]] = [("TY", TYPES.get(entry.type, "GEN")), ("ID", entry.key)]
    rows.append(("TI", card.title))
    rows += [("AU", _author(creator)) for creator in entry.creators]
    rows += [("A4", person.name) for person in entry.contributors if person.role == "translator"]
    rows += [
        ("PB", card.organisation),
        ("CY", entry.place),
        ("M3", GENRES.get(entry.type, "")),
        ("PY", entry.date.issued[:4]),
        ("DA", _date(entry.date.issued)),
        ("LA", card.lang),
        ("AB", card.abstract),
    ]
    rows += [("KW", word) for word in card.keywords]
    rows += [
        ("SN", entry.identifiers.isbn or entry.identifiers.issn),
        ("DO", entry.identifiers.doi),
        ("UR", card.url),
        ("L1", card.main_url),
        ("DP", card.hub),
    ]
    lines = [f"{tag}  - {_line(value)}\r\n" for tag, value in rows if value]
    return "".join(lines) + "ER  - \r\n"


def encode(cards: Iterable[Published]) -> bytes:
    """A .ris file, UTF-8, an empty line between records."""
    return "\r\n".join(of_card(card) for card in cards).encode()


def _author(creator: Creator) -> str:
    """The name; an organisation's ends with a comma: all of it is the one field of the name."""
    return f"{_line(creator.name)}," if creator.kind == "org" else creator.name


def _date(date: str) -> str:
    """`2025/11/03/`: year, month and day each ended by a slash, what is unknown left empty."""
    parts = date_parts(date)
    if len(parts) < 2:
        return ""
    month = f"{parts[1]:02}"
    day = f"{parts[2]:02}" if len(parts) > 2 else ""
    return f"{parts[0]:04}/{month}/{day}/"


def _line(value: str) -> str:
    return " ".join(value.split())
