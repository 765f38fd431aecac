"""Simple Dublin Core as OAI-PMH carries it: `oai_dc` (OAI-PMH 2.0, Implementation Guidelines 4).

Also the pairs that pages carry as `DC.…` in their head, which are the same facts.
"""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.features.library.exchange import xml
from solicomm_build.features.library.exchange.published import Published

SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"

DCMI_TYPES = {"audio": "Sound", "dataset": "Dataset", "poster": "StillImage"}
"""The DCMI type by a card's type; everything else is Text."""


def elements(card: Published) -> Iterator[tuple[str, str, str]]:
    """(element, value, language or "") of the fifteen elements, in their usual order."""
    entry = card.entry
    yield from (("title", title, lang) for lang, title in entry.title.items())
    yield from (("creator", creator.name, "") for creator in entry.creators)
    yield from (("subject", word, "") for word in card.keywords)
    yield from (("description", text, lang) for lang, text in (entry.abstract or {}).items())
    if card.organisation:
        yield "publisher", card.organisation, ""
    yield from (("contributor", person.name, "") for person in entry.contributors)
    if entry.date.issued:
        yield "date", entry.date.issued, ""
    yield "type", DCMI_TYPES.get(entry.type, "Text"), ""
    yield "type", entry.type, ""
    yield from (("format", kind, "") for kind in dict.fromkeys(_formats(card)))
    yield "identifier", card.url, ""
    yield from (("identifier", url, "") for _, url in card.documents)
    yield from (("identifier", value, "") for value in _identifiers(card))
    yield from (("language", lang, "") for lang in entry.languages)
    related = entry.relations
    for ids in (related.replaces, related.translation_of, related.part_of, related.related):
        yield from (("relation", _card_url(card, target), "") for target in ids)
    yield from (("coverage", country, "") for country in entry.countries)
    said = (entry.rights.licence, entry.rights.holder)
    yield from (("rights", text, "") for text in said if text)


def record(card: Published) -> xml.Element:
    """The card as an `oai_dc:dc` element."""
    root = xml.Element(f"{{{xml.OAI_DC}}}dc")
    root.set(f"{{{xml.XSI}}}schemaLocation", f"{xml.OAI_DC} {SCHEMA}")
    for name, value, lang in elements(card):
        if lang:
            xml.add(root, xml.DC, name, value, lang=lang)
        else:
            xml.add(root, xml.DC, name, value)
    return root


def _formats(card: Published) -> list[str]:
    """The media types of the document, known also of what not everyone may read."""
    files = card.entry.files
    of_document = [file.type for file in files if file.role not in ("cover", "text")]
    return of_document or [file.type for file in files if file.role != "cover"]


def _identifiers(card: Published) -> Iterator[str]:
    known = card.entry.identifiers
    if known.isbn:
        yield f"urn:ISBN:{known.isbn.replace(' ', '').replace('-', '')}"
    if known.issn:
        yield f"urn:ISSN:{known.issn}"
    if known.doi:
        yield f"https://doi.org/{known.doi}"
    if known.url:
        yield known.url
    yield from (f"{scheme}: {value}" for scheme, value in known.other)


def _card_url(card: Published, target: str) -> str:
    """The address of another card of the same library."""
    base = card.url.removesuffix("/").rpartition("/")[0]
    return f"{base}/{target.removeprefix('lib:')}/"
