"""Reads what an OAI-PMH provider answers, and makes cards of its oai_dc records. Pure.

The other side of oaipmh.py. A provider is a stranger: its XML is read by defusedxml, which refuses
entities, and each record is checked as a card before anybody writes it. One faulty record spoils no
other; an answer that is no OAI-PMH raises ContentError.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException, ElementTree

from solicomm_build.features.library.cards.entry import (
    KINDS,
    Contributor,
    Creator,
    Dates,
    Entry,
    Identifiers,
    Rights,
)
from solicomm_build.features.library.exchange import recordfields, xml
from solicomm_build.features.library.exchange.reading import Faulty, Found, Gone, checked
from solicomm_build.foundation import characters
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.language import languagetag
from solicomm_build.post.subjects import resolve

_SOURCE_CHARS = 400
"""Of the 500 that `provenance.source` holds; the rest is for datestamp, set and digest."""
_MOST = 50  # creators, contributors, subjects, … of one card
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?(?![\d-])", re.ASCII)
_TIMED = re.compile(r"\d{4}-\d{2}-\d{2}T", re.ASCII)
_LICENCE = re.compile(r"https?://|CC[ -]?(?:BY|0)", re.IGNORECASE)
_YEARS = re.compile(r"\d{4}(?=\s?[-/–]\s?\d{4}(?!\d))", re.ASCII)
_DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_ISBN = re.compile(r"(?:urn:)?isbn[: ]\s*([0-9][0-9Xx -]{9,16})", re.IGNORECASE)
_ISSN = re.compile(r"(?:urn:)?issn[: ]\s*(\d{4}-\d{3}[\dXx])", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"]+")
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_TYPES = (
    ("agreement", "collective-agreement"),
    ("legislation", "law"),
    ("law", "law"),
    ("award", "award"),
    ("judgement", "award"),
    ("manual", "manual"),
    ("guide", "manual"),
    ("brief", "brief"),
    ("learning", "training-module"),
    ("training", "training-module"),
    ("course", "training-module"),
    ("periodical", "periodical-issue"),
    ("newsletter", "periodical-issue"),
    ("magazine", "periodical-issue"),
    ("sound", "audio"),
    ("audio", "audio"),
    ("dataset", "dataset"),
    ("poster", "poster"),
    ("stillimage", "poster"),
    ("image", "poster"),
    ("book", "book"),
)
"""The kind of card by what one of the words of `dc:type` begins with; else it is a report."""
_LANGUAGES = {
    "english": "en",
    "french": "fr",
    "spanish": "es",
    "portuguese": "pt",
    "arabic": "ar",
    "russian": "ru",
}
"""Names of languages, as codes."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What `Identify` says: whether datestamps are whole `days`."""

    name: str
    days: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to ListRecords. `token` is "" on the last; `total` 0 when nobody said; `newest`
    the latest datestamp in it; `identifiers` all records', faulty ones and deleted ones too."""

    items: tuple[Found | Gone | Faulty, ...] = ()
    token: str = ""
    total: int = 0
    newest: str = ""
    identifiers: frozenset[str] = frozenset()


def provider(data: bytes, url: str) -> Provider:
    """Reads the answer to `Identify`. Raises ContentError when it is none."""
    root = _answer(data, url)
    body = root.find(_oai("Identify"))
    version = _text(body, "protocolVersion")
    if body is None or version != "2.0":
        raise ContentError(
            f"its protocol is {version}, not 2.0" if version else "it does not say what it is",
            file=url,
            remedy="Give the address of an OAI-PMH 2.0 provider (its baseURL)",
        )
    return Provider(_text(body, "repositoryName"), len(_text(body, "granularity")) == 10)


def page(data: bytes, url: str, lang: str, note: str = "") -> Page:
    """Reads an answer to ListRecords; `url` is the provider's, `lang` that of records that name
    none, `note` what is kept in each card beside the datestamp (a set).

    Raises ContentError for what is no such answer, and for an error other than `noRecordsMatch`.
    """
    root = _answer(data, url)
    error = root.find(_oai("error"))
    if error is not None:
        code = error.get("code", "")
        if code == "noRecordsMatch":
            return Page()
        said = " ".join((error.text or "").split())[:200]
        remedy = "Harvest again" if code == "badResumptionToken" else "See --set and --since"
        raise ContentError(f"the provider refuses: {code}: {said}", file=url, remedy=remedy)
    body = root.find(_oai("ListRecords"))
    if body is None:
        raise ContentError("the answer is no list of records", file=url, remedy="Harvest again")
    records = body.findall(_oai("record"))
    headers = [record.find(_oai("header")) for record in records]
    token = body.find(_oai("resumptionToken"))
    total = token.get("completeListSize", "") if token is not None else ""
    stamps = [stamp for h in headers if _STAMP.fullmatch(stamp := _text(h, "datestamp"))]
    return Page(
        tuple(_record(record, url, lang, note) for record in records),
        (token.text or "").strip() if token is not None else "",
        int(total) if total.isascii() and total.isdigit() and len(total) < 10 else 0,
        max(stamps, default=""),
        frozenset(_text(header, "identifier") for header in headers),
    )


def _answer(data: bytes, url: str) -> xml.Element:
    try:
        root: xml.Element = ElementTree.fromstring(data)
    except DefusedXmlException as fault:
        raise ContentError(
            "the answer defines entities, which we do not follow",
            file=url,
            remedy="Ask the provider to send plain XML",
        ) from fault
    except (ParseError, ValueError, LookupError) as fault:
        remedy = "Harvest again; if it stays, tell the provider"
        raise ContentError(f"the answer is not XML: {fault}", file=url, remedy=remedy) from fault
    if root.tag != _oai("OAI-PMH"):
        raise ContentError(
            "the answer is not OAI-PMH 2.0",
            file=url,
            remedy="Give the provider's address (its baseURL)",
        )
    return root


def _record(record: xml.Element, url: str, lang: str, note: str) -> Found | Gone | Faulty:
    header = record.find(_oai("header"))
    identifier, stamp = _text(header, "identifier"), _text(header, "datestamp")
    source = f"oai:{url}#{identifier}"
    if not identifier or re.search(r"\s", identifier) or len(source) > _SOURCE_CHARS:
        return _faulty(url, f"{identifier[:100]!r} cannot be a record's identifier")
    if not _STAMP.fullmatch(stamp):
        return _faulty(url, f"{identifier}: {stamp[:40]!r} is no datestamp")
    kept = f"{stamp} {note}".strip()
    if header is not None and header.get("status") == "deleted":
        return Gone(source, kept)
    dc = record.find(f"{_oai('metadata')}/{{{xml.OAI_DC}}}dc")
    if dc is None:
        return _faulty(url, f"{identifier}: it has no oai_dc")
    said = _Said.of(dc)
    if not said.all("title"):
        return _faulty(url, f"{identifier}: it has no title")
    return checked(Found(source, _entry(said, lang), note=kept), url)


@dataclass(frozen=True, slots=True)
class _Said:
    """The elements of a record: (language or "", text) by name."""

    elements: Mapping[str, tuple[tuple[str, str], ...]]

    @staticmethod
    def of(dc: xml.Element) -> _Said:
        found: dict[str, list[tuple[str, str]]] = {}
        for element in dc:
            space, _, name = str(element.tag).rpartition("}")
            text = characters.IN_LINES.sub("", "".join(element.itertext()))
            text = text.strip() if name == "description" else " ".join(text.split())
            if space == f"{{{xml.DC}" and text:
                tag = _language(element.get(f"{{{xml.XML}}}lang", ""))
                found.setdefault(name, []).append((tag, text))
        return _Said({name: tuple(values[:_MOST]) for name, values in found.items()})

    def all(self, name: str) -> list[str]:
        return list(dict.fromkeys(text for _, text in self.elements.get(name, ())))

    def by_language(self, name: str, main: str, most: int) -> dict[str, str]:
        """The first text in each language; `main` for those that name none."""
        found: dict[str, str] = {}
        for lang, text in self.elements.get(name, ()):
            found.setdefault(lang or main, text if len(text) <= most else f"{text[: most - 1]}…")
        return found


def _entry(said: _Said, lang: str) -> Entry:
    languages = tuple(dict.fromkeys(filter(None, map(_language, said.all("language"))))) or (lang,)
    organisations = set(said.all("publisher"))
    words = [word for text in said.all("type") for word in _words(text)]
    return Entry(
        id="",
        type=_kind(said.all("type"), words),
        title=said.by_language("title", languages[0], 300),
        creators=tuple(
            Creator(name, "org" if name in organisations else "person")
            for name in said.all("creator")
        ),
        contributors=tuple(Contributor(name, "contributor") for name in said.all("contributor")),
        publisher=next(iter(said.all("publisher")), ""),
        date=Dates(_issued(said.all("date"))),
        languages=languages,
        subjects=tuple(dict.fromkeys(filter(None, map(_subject, said.all("subject"))))),
        countries=tuple(text for text in said.all("coverage") if _COUNTRY.fullmatch(text)),
        abstract=said.by_language("description", languages[0], 5000) or None,
        identifiers=_identifiers(said.all("identifier")),
        rights=Rights(_licence(said.all("rights"))),
    )


def _kind(types: list[str], words: list[str]) -> str:
    ours = next((text for text in types if text in KINDS), "")
    named = (kind for start, kind in _TYPES if any(word.startswith(start) for word in words))
    return ours or next(named, "report")


def _words(text: str) -> list[str]:
    """The words of a type, also those of an address (`info:eu-repo/semantics/report`)."""
    return re.split(r"[^a-z]+", text.lower())


def _subject(text: str) -> str:
    """A word of the vocabulary is its subject, everything else a free word."""
    word = text.replace(":", " ").strip()
    known = resolve(word) if word else ""
    return known if len(known) <= 200 else f"{known[:199]}…"


def _issued(texts: list[str]) -> str:
    """The first date: one without a time before those with one, which DSpace names first, since
    they are when the record came in there."""
    known = [text for text in texts if _date(text)]
    return _date(next((text for text in known if not _TIMED.match(text)), "".join(known[:1])))


def _date(text: str) -> str:
    match = _ISO_DATE.match(text) or _YEARS.match(text)
    return recordfields.date(match[0]) if match else ""


def _licence(rights: list[str]) -> str:
    """The one that names a licence, else the first; not what says who may open it
    (`info:eu-repo/semantics/openAccess`), which repositories put before it."""
    said = [text for text in rights if len(text) <= 100 and not text.startswith("info:eu-repo/")]
    return next(filter(_LICENCE.match, said), "".join(said[:1]))


def _language(text: str) -> str:
    code = text.strip().lower().replace("_", "-")
    code = languagetag.shortest(_LANGUAGES.get(code, code))
    return code if languagetag.TAG.fullmatch(code) else ""


def _identifiers(values: Iterable[str]) -> Identifiers:
    found = {"isbn": "", "issn": "", "doi": "", "url": ""}
    other: list[tuple[str, str]] = []
    for value in values:
        for name, pattern in (("doi", _DOI), ("isbn", _ISBN), ("issn", _ISSN), ("url", _URL)):
            match = pattern.fullmatch(value)
            if match is not None:
                found[name] = found[name] or match[match.re.groups]
                break
        else:
            scheme, colon, rest = value.partition(": ")
            named = colon and scheme and rest and len(scheme) <= 40
            other.append((scheme, rest) if named else ("identifier", value[:500]))
    return Identifiers(**found, other=tuple(other))


def _faulty(url: str, fault: str) -> Faulty:
    return Faulty(ContentError(fault, file=url, remedy="Tell the provider"))


def _oai(name: str) -> str:
    return f"{{{xml.OAI}}}{name}"


def _text(parent: xml.Element | None, name: str) -> str:
    element = parent.find(_oai(name)) if parent is not None else None
    return ((element.text if element is not None else "") or "").strip()
