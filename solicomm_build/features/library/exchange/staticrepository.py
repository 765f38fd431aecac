"""An OAI static repository: all records of a library in one file that a gateway can serve.

Source: "Specification for an OAI Static Repository and an OAI Static Repository Gateway", 2.0.
Deleted records and sets do not exist there (section 2); dates are days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from solicomm_build.features.library.exchange import dublincore, xml
from solicomm_build.features.library.exchange.published import Published
from solicomm_build.foundation.errors import ContentError

STATIC = "http://www.openarchives.org/OAI/2.0/static-repository"


def encode(
    cards: Iterable[Published],
    *,
    name: str,
    url: str,
    email: str,
    domain: str,
    library: str,
    earliest: datetime,
) -> Iterator[bytes]:
    """The file in pieces, one a card, so that a large library does not lie in memory twice. `url`
    is what `base_url` says, `library` what identifiers call the library."""
    head = xml.Element(f"{{{STATIC}}}Identify")
    for key, value in (
        ("repositoryName", name),
        ("baseURL", url),
        ("protocolVersion", "2.0"),
        ("adminEmail", email),
        ("earliestDatestamp", f"{earliest:%Y-%m-%d}"),
        ("deletedRecord", "no"),
        ("granularity", "YYYY-MM-DD"),
    ):
        xml.add(head, xml.OAI, key, value)
    kind = xml.Element(f"{{{STATIC}}}ListMetadataFormats")
    entry = xml.add(kind, xml.OAI, "metadataFormat")
    xml.add(entry, xml.OAI, "metadataPrefix", "oai_dc")
    xml.add(entry, xml.OAI, "schema", dublincore.SCHEMA)
    xml.add(entry, xml.OAI, "metadataNamespace", xml.OAI_DC)
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Repository xmlns="{STATIC}" xmlns:xsi="{xml.XSI}" xsi:schemaLocation="{STATIC} '
        f'http://www.openarchives.org/OAI/2.0/static-repository.xsd">\n'
    ).encode()
    yield _body(xml.document(head, STATIC))
    yield _body(xml.document(kind, STATIC))
    yield b'<ListRecords metadataPrefix="oai_dc">\n'
    for card in cards:
        record = xml.Element(f"{{{xml.OAI}}}record")
        header = xml.add(record, xml.OAI, "header")
        xml.add(header, xml.OAI, "identifier", f"oai:{domain}:{library}/{card.entry.key}")
        xml.add(header, xml.OAI, "datestamp", f"{card.changed:%Y-%m-%d}")
        metadata = xml.add(record, xml.OAI, "metadata")
        metadata.append(dublincore.record(card))
        yield _body(xml.document(record, xml.OAI))
    yield b"</ListRecords>\n</Repository>\n"


def base_url(address: str, gateway: str) -> str:
    """The baseURL of a file at `address`: the gateway's address, a slash, and the file's without
    its scheme; while there is no gateway, the file's own.

    Raises ContentError for an address that is not http or https, or has a question.
    """
    for url in filter(None, (address, gateway)):
        if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
            remedy = "Write for example https://union.example/papers.xml"
            raise ContentError(f"{url[:200]} is no address of a file or gateway", remedy=remedy)
    if not gateway:
        return address
    return f"{gateway.rstrip('/')}/{address.partition('://')[2]}"


def _body(document: bytes) -> bytes:
    """A document without its declaration."""
    return document.partition(b"\n")[2]
