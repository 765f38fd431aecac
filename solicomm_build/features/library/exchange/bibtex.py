"""BibTeX (Oren Patashnik, "BibTeXing", 1988), in UTF-8 as biber, pandoc and Zotero read it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from solicomm_build.features.library.cards.entry import Creator
from solicomm_build.features.library.exchange.csl import GENRES
from solicomm_build.features.library.exchange.published import Published, date_parts, name_parts

TYPES = {
    "collective-agreement": "techreport",
    "report": "techreport",
    "manual": "manual",
    "brief": "techreport",
    "law": "misc",
    "award": "misc",
    "training-module": "misc",
    "periodical-issue": "misc",
    "audio": "misc",
    "dataset": "misc",
    "poster": "misc",
    "book": "book",
}
"""The BibTeX entry type by a card's type."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "_": r"\_",
        "%": r"\%",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)
_VERBATIM = re.compile(r"[{}\\%\s]")


def of_card(card: Published) -> str:
    """The card as one BibTeX entry, with a line end. The title stands in double braces: no style
    changes its capitals."""
    entry = card.entry
    kind = TYPES.get(entry.type, "misc")
    made_by = "institution" if kind == "techreport" else "publisher"
    if kind in ("misc", "manual"):
        made_by = "organization" if kind == "manual" else "howpublished"
    parts = date_parts(entry.date.issued)
    fields = {
        "title": "{" + _text(card.title) + "}",
        "author": " and ".join(_name(creator) for creator in entry.creators),
        made_by: _text(card.organisation or (card.hub if kind == "techreport" else "")),
        "address": _text(entry.place),
        "type": _text(GENRES.get(entry.type, "")) if kind == "techreport" else "",
        "year": str(parts[0]) if parts else "",
        "month": _MONTHS[parts[1] - 1] if len(parts) > 1 else "",
        "day": str(parts[2]) if len(parts) > 2 else "",
        "langid": card.lang,
        "abstract": _text(card.abstract),
        "keywords": _text(", ".join(card.keywords)),
        "isbn": entry.identifiers.isbn,
        "issn": entry.identifiers.issn,
        "doi": _verbatim(entry.identifiers.doi),
        "url": _verbatim(card.url),
    }
    lines = []
    for name, value in fields.items():
        if value and value != "{}":
            lines.append(f"  {name} = {value if name == 'month' else '{' + value + '}'},\n")
    return f"@{kind}{{{entry.key},\n{''.join(lines)}}}\n"


def encode(cards: Iterable[Published]) -> bytes:
    """A .bib file, UTF-8."""
    return "\n".join(of_card(card) for card in cards).encode()


def _name(creator: Creator) -> str:
    parts = name_parts(creator)
    if parts is None:
        return "{" + _text(creator.name) + "}"
    return ", ".join(_text(part).replace(" and ", " {and} ") for part in parts)


def _text(text: str) -> str:
    """Text between braces that LaTeX shows as it is."""
    return " ".join(text.split()).translate(_SPECIAL)


def _verbatim(address: str) -> str:
    """An address: its fields are read verbatim, so what would end the field is percent-coded."""
    return _VERBATIM.sub(lambda found: f"%{ord(found[0]):02X}" if found[0] != "%" else "%", address)
