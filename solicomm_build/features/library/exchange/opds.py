"""OPDS catalogues, which e-readers browse: 1.2 (Atom) and 2.0 (JSON).

Sources: OPDS Catalog 1.2 (specs.opds.io/opds-1.2), OPDS 2.0 (drafts.opds.io/opds-2.0), Readium Web
Publication Manifest. A catalogue is a tree: navigation feeds lead to acquisition feeds, and these
to the documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from solicomm_build.features.library.exchange import xml
from solicomm_build.features.library.exchange.jsonlines import written
from solicomm_build.features.library.exchange.published import Published

NAVIGATION = "application/atom+xml;profile=opds-catalog;kind=navigation"
ACQUISITION = "application/atom+xml;profile=opds-catalog;kind=acquisition"
JSON = "application/opds+json"

_IMAGE = "http://opds-spec.org/image"
_FULL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_OPEN_ACCESS = "http://opds-spec.org/acquisition/open-access"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A way into the catalogue: `url` of its feed; how many cards it holds, 0 when that is not
    said."""

    title: str
    url: str
    changed: datetime
    count: int = 0


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: where it is, where the catalogue begins, its neighbours (empty when none).

    `number`, `per_page` and `total` say which part of a longer list it is, from 1.
    """

    title: str
    url: str
    start: str
    changed: datetime
    lang: str
    up: str = ""
    previous: str = ""
    next: str = ""
    total: int = 0
    per_page: int = 0
    number: int = 1


def navigation_atom(feed: Feed, shelves: Sequence[Shelf]) -> bytes:
    """A navigation feed (OPDS 1.2, section 2.2)."""
    root = _feed(feed, NAVIGATION, NAVIGATION)
    for shelf in shelves:
        entry = xml.add(root, xml.ATOM, "entry")
        xml.add(entry, xml.ATOM, "title", shelf.title)
        xml.add(entry, xml.ATOM, "id", shelf.url)
        xml.add(entry, xml.ATOM, "updated", _moment(shelf.changed))
        said = str(shelf.count) if shelf.count else shelf.title
        xml.add(entry, xml.ATOM, "content", said, type="text")  # RFC 4287 4.1.2: or an alternate
        _link(entry, shelf.url, "subsection", ACQUISITION)
    return xml.document(root, xml.ATOM)


def acquisition_atom(feed: Feed, cards: Iterable[Published]) -> bytes:
    """An acquisition feed (OPDS 1.2, section 2.3): entries that lead to documents."""
    root = _feed(feed, ACQUISITION, NAVIGATION)
    for card in cards:
        _entry(root, card)
    return xml.document(root, xml.ATOM)


def navigation_json(feed: Feed, shelves: Sequence[Shelf]) -> bytes:
    """A navigation feed of OPDS 2.0 (section 2.1)."""
    links = [
        {"title": shelf.title, "href": shelf.url, "type": JSON, "rel": "subsection"}
        | ({"properties": {"numberOfItems": shelf.count}} if shelf.count else {})
        for shelf in shelves
    ]
    return written({**_head(feed), "navigation": links})


def acquisition_json(feed: Feed, cards: Iterable[Published]) -> bytes:
    """A feed of publications of OPDS 2.0 (section 2.2)."""
    return written({**_head(feed), "publications": [_publication(card) for card in cards]})


def _feed(feed: Feed, own: str, start: str) -> xml.Element:
    root = xml.Element(f"{{{xml.ATOM}}}feed")
    root.set(f"{{{xml.XML}}}lang", feed.lang)
    xml.add(root, xml.ATOM, "id", feed.url)
    xml.add(root, xml.ATOM, "title", feed.title)
    xml.add(root, xml.ATOM, "updated", _moment(feed.changed))
    author = xml.add(root, xml.ATOM, "author")
    xml.add(author, xml.ATOM, "name", feed.title)
    _link(root, feed.url, "self", own)
    _link(root, feed.start, "start", start)
    for relation, url in (("up", feed.up), ("previous", feed.previous), ("next", feed.next)):
        if url:
            _link(root, url, relation, start if relation == "up" else own)
    return root


def _entry(root: xml.Element, card: Published) -> None:
    entry = xml.add(root, xml.ATOM, "entry")
    xml.add(entry, xml.ATOM, "title", card.title)
    xml.add(entry, xml.ATOM, "id", f"urn:solicomm:{card.entry.id}")
    xml.add(entry, xml.ATOM, "updated", _moment(card.changed))
    for creator in card.entry.creators:
        author = xml.add(entry, xml.ATOM, "author")
        xml.add(author, xml.ATOM, "name", creator.name)
    for lang in card.entry.languages:
        xml.add(entry, xml.DCTERMS, "language", lang)
    if card.organisation:
        xml.add(entry, xml.DCTERMS, "publisher", card.organisation)
    if card.entry.date.issued:
        xml.add(entry, xml.DCTERMS, "issued", card.entry.date.issued)
    if card.entry.identifiers.isbn:
        xml.add(entry, xml.DCTERMS, "identifier", f"urn:ISBN:{card.entry.identifiers.isbn}")
    for subject, word in zip(card.entry.subjects, card.keywords, strict=True):
        xml.add(entry, xml.ATOM, "category", term=subject, label=word, scheme=_scheme(subject))
    if card.entry.rights.licence:
        xml.add(entry, xml.ATOM, "rights", card.entry.rights.licence)
    if card.abstract:
        xml.add(entry, xml.ATOM, "summary", card.abstract, type="text")
    _link(entry, card.url, "alternate", "text/html")
    for url, kind in _covers(card):
        _link(entry, url, _IMAGE, kind)
    for file, url in card.documents:
        link = _link(entry, url, _OPEN_ACCESS, file.type)
        link.set("title", file.name)
        link.set("length", str(file.size))


def _head(feed: Feed) -> dict[str, Any]:
    metadata: dict[str, Any] = {"title": feed.title, "modified": _moment(feed.changed)}
    if feed.per_page:
        metadata |= {
            "numberOfItems": feed.total,
            "itemsPerPage": feed.per_page,
            "currentPage": feed.number,
        }
    links = [
        {"rel": relation, "href": url, "type": JSON}
        for relation, url in (
            ("self", feed.url),
            ("start", feed.start),
            ("up", feed.up),
            ("previous", feed.previous),
            ("next", feed.next),
        )
        if url
    ]
    return {"metadata": metadata, "links": links}


def _publication(card: Published) -> dict[str, Any]:
    """A publication. `published` is a whole date (Readium's schema), else it is left out."""
    entry = card.entry
    metadata: dict[str, Any] = {
        "@type": "http://schema.org/Book" if entry.type == "book" else "http://schema.org/Report",
        "identifier": f"urn:solicomm:{entry.id}",
        "title": dict(entry.title) if len(entry.title) > 1 else card.title,
        "author": [{"name": creator.name} for creator in entry.creators],
        "translator": [p.name for p in entry.contributors if p.role == "translator"],
        "publisher": card.organisation,
        "published": entry.date.issued if _FULL_DATE.fullmatch(entry.date.issued) else "",
        "modified": _moment(card.changed),
        "language": list(entry.languages),
        "subject": [
            {"name": word, "scheme": _scheme(s), "code": s.partition(":")[2]}
            for s, word in zip(entry.subjects, card.keywords, strict=True)
        ],
        "description": card.abstract,
        "numberOfPages": entry.main_file.pages if entry.main_file else 0,
    }
    links = [{"rel": "alternate", "href": card.url, "type": "text/html"}]
    links += [
        {"rel": _OPEN_ACCESS, "href": url, "type": file.type, "title": file.name}
        for file, url in card.documents
    ]
    said = {"metadata": {key: value for key, value in metadata.items() if value}, "links": links}
    if covers := _covers(card):
        said["images"] = [{"href": url, "type": kind} for url, kind in covers]
    return said


def _covers(card: Published) -> list[tuple[str, str]]:
    """The addresses and types of the cover: JPEG first, which every e-reader shows (OPDS 1.2 5.1.1,
    OPDS 2.0 2.3)."""
    plain = [(card.plain_cover, "image/jpeg")] if card.plain_cover else []
    return [*plain, (card.cover[1], card.cover[0].type)] if card.cover else []


def _scheme(subject: str) -> str:
    """A name for the list of words that the subject is from, as a URI (RFC 8141 2)."""
    return f"urn:solicomm:subjects:{subject.partition(':')[0]}"


def _link(parent: xml.Element, href: str, rel: str, kind: str) -> xml.Element:
    return xml.add(parent, xml.ATOM, "link", rel=rel, href=href, type=kind)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
