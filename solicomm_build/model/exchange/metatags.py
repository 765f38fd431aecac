"""What a card's page says in its head: Highwire Press tags, Dublin Core, schema.org as JSON-LD.

Zotero and Google Scholar read the first ("Inclusion Guidelines for Webmasters"), search engines the
last (https://schema.org, JSON-LD 1.1).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from solicomm_build.model.exchange import dublincore
from solicomm_build.model.exchange.published import Published

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


def highwire(card: Published) -> Iterator[tuple[str, str]]:
    """(name, content) of the `citation_…` tags."""
    entry = card.entry
    yield "citation_title", card.title
    yield from (("citation_author", creator.name) for creator in entry.creators)
    if entry.date.issued:
        yield "citation_publication_date", entry.date.issued.replace("-", "/")
    if card.organisation:
        name = "citation_publisher" if entry.type == "book" else (
            "citation_technical_report_institution"
        )  # fmt: skip
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
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": SCHEMA_TYPES.get(entry.type, "DigitalDocument"),
        "@id": card.url,
        "url": card.url,
        "name": card.title,
        "alternateName": [t for lang, t in entry.title.items() if t != card.title],
        "author": [
            {"@type": "Organization" if c.kind == "org" else "Person", "name": c.name}
            for c in entry.creators
        ],
        "translator": [
            {"@type": "Person", "name": person.name}
            for person in entry.contributors
            if person.role == "translator"
        ],
        "publisher": {"@type": "Organization", "name": card.organisation}
        if card.organisation
        else None,
        "datePublished": entry.date.issued,
        "dateModified": f"{card.changed:%Y-%m-%dT%H:%M:%SZ}",
        "inLanguage": list(entry.languages),
        "keywords": card.keywords,
        "abstract": card.abstract,
        "isbn": entry.identifiers.isbn if entry.type == "book" else "",
        "identifier": [
            {"@type": "PropertyValue", "propertyID": name, "value": value}
            for name, value in (
                ("solicomm", entry.id),
                ("doi", entry.identifiers.doi),
                ("isbn", entry.identifiers.isbn),
                ("issn", entry.identifiers.issn),
                *entry.identifiers.other,
            )
            if value
        ],
        "sameAs": f"https://doi.org/{entry.identifiers.doi}" if entry.identifiers.doi else "",
        "license": entry.rights.licence,
        "conditionsOfAccess": "" if entry.rights.access == "open" else entry.rights.access,
        "copyrightHolder": {"@type": "Organization", "name": entry.rights.holder}
        if entry.rights.holder
        else None,
        "spatialCoverage": list(entry.countries),
        "encoding": [
            {
                "@type": "MediaObject",
                "contentUrl": url,
                "encodingFormat": file.type,
                "contentSize": f"{file.size} B",
                "name": file.name,
            }
            for file, url in card.readable
        ],
        "includedInDataCatalog" if entry.type == "dataset" else "isPartOf": {
            "@type": "DataCatalog" if entry.type == "dataset" else "Collection",
            "name": card.library,
        },
    }
    return {key: value for key, value in found.items() if value}


def json_ld(card: Published) -> str:
    """`schema_org` as the text of a `script` element: nothing in it can end that element."""
    text = json.dumps(schema_org(card), ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
