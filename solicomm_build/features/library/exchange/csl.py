"""CSL-JSON: what citation processors read (Citation Style Language 1.0.2, its JSON schema).

Reading and writing keep what both sides can say: `of_card` and `to_fields` are held to each other
and to pandoc by tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from solicomm_build.features.library.exchange.jsonlines import written
from solicomm_build.features.library.exchange.published import Published, date_parts, name_parts

TYPES = {
    "collective-agreement": "report",
    "report": "report",
    "manual": "report",
    "brief": "report",
    "law": "legislation",
    "award": "legal_case",
    "training-module": "document",
    "periodical-issue": "periodical",
    "audio": "song",
    "dataset": "dataset",
    "poster": "graphic",
    "book": "book",
}
"""The CSL type by a card's type (`song` is CSL's name for every recording)."""

GENRES = {
    "collective-agreement": "Collective agreement",
    "manual": "Manual",
    "brief": "Brief",
    "award": "Award",
    "training-module": "Training module",
    "poster": "Poster",
}
"""What a type is called where CSL has no type of its own for it."""
_OF_GENRE = {genre.casefold(): kind for kind, genre in GENRES.items()}


def kind(genre: str, otherwise: str) -> str:
    """The type of a card that calls itself so, as `of_card` and its like write it."""
    return _OF_GENRE.get(genre.strip().casefold(), otherwise)


def of_card(card: Published) -> dict[str, Any]:
    """The card as one CSL-JSON item; its id is the card's without `lib:`."""
    entry = card.entry
    item: dict[str, Any] = {
        "id": entry.key,
        "type": TYPES.get(entry.type, "document"),
        "title": card.title,
        "author": [_name(creator) for creator in entry.creators],
        "translator": [
            {"literal": person.name} for person in entry.contributors if person.role == "translator"
        ],
        "publisher": card.organisation,
        "publisher-place": entry.place,
        "issued": _date(entry.date.issued),
        "genre": GENRES.get(entry.type, ""),
        "language": card.lang,
        "abstract": card.abstract,
        "keyword": ", ".join(card.keywords),
        "ISBN": entry.identifiers.isbn,
        "ISSN": entry.identifiers.issn,
        "DOI": entry.identifiers.doi,
        "URL": card.url,
        "source": card.hub,
        "version": str(entry.version) if entry.version > 1 else "",
    }
    pages = entry.main_file.pages if entry.main_file else 0
    if pages:
        item["number-of-pages"] = str(pages)
    return {key: value for key, value in item.items() if value}


def encode(cards: Iterable[Published]) -> bytes:
    """A JSON array of items, UTF-8, one item after the other."""
    return written([of_card(card) for card in cards])


def _name(creator: Any) -> dict[str, str]:
    parts = name_parts(creator)
    if parts is None:
        return {"literal": creator.name}
    return {"family": parts[0], "given": parts[1]}


def _date(date: str) -> dict[str, Any]:
    parts = date_parts(date)
    return {"date-parts": [parts]} if parts else {}
