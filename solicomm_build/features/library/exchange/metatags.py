"""What a card's page says in its head: Highwire Press tags, Dublin Core, schema.org as JSON-LD.

Zotero and Google Scholar read the first ("Inclusion Guidelines for Webmasters"), search engines the
last (https://schema.org, JSON-LD 1.1).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from solicomm_build.features.library.cards.entry import Creator
from solicomm_build.features.library.exchange import dublincore
from solicomm_build.features.library.exchange.published import Published, name_parts

SCHEMA_TYPES = {
    "report": "Report",
    "book": "Book",
    "law": "Legislation",
    "audio": "AudioObject",
    "dataset": "Dataset",
    "poster": "VisualArtwork",
    "training-module": "LearningResource",
    "periodical-issue": "PublicationIssue",
}
"""The schema.org type by a card's type; everything else is a DigitalDocument."""


_CREATIVE_COMMONS = re.compile(
    r"CC[ -](?P<kind>BY(?:-NC)?(?:-SA|-ND)?)[ -](?P<version>[1-4]\.[0-9])"
    r"(?:-(?P<place>[A-Z]{2,3}))?"
)
_PUBLIC_DOMAIN = {
    "CC0-1.0": "zero/1.0",
    "CC0 1.0": "zero/1.0",
    "CC0": "zero/1.0",
    "CC-PDDC": "mark/1.0",
    "PDM-1.0": "mark/1.0",
}
"""Names as SPDX writes them (spdx.org/licenses), and as people do."""


def highwire(card: Published) -> Iterator[tuple[str, str]]:
    """(name, content) of the `citation_…` tags."""
    entry = card.entry
    yield "citation_title", card.title
    yield from (("citation_author", creator.name) for creator in entry.creators)
    if entry.date.issued:
        yield "citation_publication_date", entry.date.issued.replace("-", "/")
    if card.organisation:
        name = (
            "citation_publisher"
            if entry.type == "book"
            else ("citation_technical_report_institution")
        )
        yield name, card.organisation
    yield "citation_language", card.lang
    yield from (("citation_keywords", word) for word in card.keywords)
    if card.abstract:
        yield "citation_abstract", " ".join(card.abstract.split())
    for name, value in (
        ("citation_doi", entry.identifiers.doi),
        ("citation_isbn", entry.identifiers.isbn),
        ("citation_issn", entry.identifiers.issn),
    ):
        if value:
            yield name, value
    main = entry.main_file
    if main is not None and main.type == "application/pdf" and card.main_url:
        yield "citation_pdf_url", card.main_url
    yield "citation_abstract_html_url", card.url


def dublin_core(card: Published) -> Iterator[tuple[str, str, str]]:
    """(name, content, language or "") of the `DC.…` tags."""
    for name, value, lang in dublincore.elements(card):
        yield f"DC.{name}", value, lang


def schema_org(card: Published) -> dict[str, Any]:
    """The card as a JSON-LD object."""
    entry = card.entry
    is_data = entry.type == "dataset"
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": SCHEMA_TYPES.get(entry.type, "DigitalDocument"),
        "@id": card.url,
        "url": card.url,
        "name": card.title,
        "alternateName": [title for title in entry.title.values() if title != card.title],
        **_makers(card),
        "datePublished": entry.date.issued,
        "dateModified": f"{card.changed:%Y-%m-%dT%H:%M:%SZ}",
        "inLanguage": list(entry.languages),
        "keywords": card.keywords,
        "abstract": card.abstract,
        **_names(card),
        "license": _licence(entry.rights.licence),
        "conditionsOfAccess": "" if entry.rights.access == "open" else entry.rights.access,
        "copyrightHolder": _organisation(entry.rights.holder),
        "spatialCoverage": list(entry.countries),
        "encoding": _files(card),
        "includedInDataCatalog" if is_data else "isPartOf": {
            "@type": "DataCatalog" if is_data else "Collection",
            "name": card.library,
        },
    }
    return {key: value for key, value in found.items() if value}


def _makers(card: Published) -> dict[str, Any]:
    people = card.entry.contributors
    return {
        "author": [_author(creator) for creator in card.entry.creators],
        "translator": [_author(Creator(one.name)) for one in people if one.role == "translator"],
        "publisher": _organisation(card.organisation),
    }


def _author(creator: Creator) -> dict[str, str]:
    """A person by the name in its usual order, and by its parts where the card tells them apart."""
    if creator.kind == "org":
        return {"@type": "Organization", "name": creator.name}
    parts = name_parts(creator)
    if parts is None:
        return {"@type": "Person", "name": creator.name}
    family, given = parts
    return {
        "@type": "Person",
        "name": f"{given} {family}",
        "givenName": given,
        "familyName": family,
    }


def _licence(name: str) -> str | dict[str, str]:
    """The licence's address (schema.org: a URL or a CreativeWork); by name where none is known."""
    if re.fullmatch(r"https?://\S+", name):
        return name
    if known := _CREATIVE_COMMONS.fullmatch(name.upper()):
        kind = known["kind"].lower()
        place = f"/{known['place'].lower()}" if known["place"] else ""
        return f"https://creativecommons.org/licenses/{kind}/{known['version']}{place}/"
    if public := _PUBLIC_DOMAIN.get(name.upper()):
        return f"https://creativecommons.org/publicdomain/{public}/"
    return {"@type": "CreativeWork", "name": name} if name else ""


def _names(card: Published) -> dict[str, Any]:
    """The numbers by which the document is known."""
    entry, known = card.entry, card.entry.identifiers
    numbers = (
        ("solicomm", entry.id),
        ("doi", known.doi),
        ("isbn", known.isbn),
        ("issn", known.issn),
        *known.other,
    )
    return {
        "isbn": known.isbn if entry.type == "book" else "",
        "identifier": [
            {"@type": "PropertyValue", "propertyID": name, "value": value}
            for name, value in numbers
            if value
        ],
        "sameAs": f"https://doi.org/{known.doi}" if known.doi else "",
    }


def _files(card: Published) -> list[dict[str, str]]:
    return [
        {
            "@type": "MediaObject",
            "contentUrl": url,
            "encodingFormat": file.type,
            "contentSize": f"{file.size} B",
            "name": file.name,
        }
        for file, url in card.readable
    ]


def _organisation(name: str) -> dict[str, str] | None:
    return {"@type": "Organization", "name": name} if name else None


_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_ld(card: Published) -> str:
    """`schema_org` as the text of a `script` element: nothing in it can end that element."""
    text = _written(schema_org(card))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
