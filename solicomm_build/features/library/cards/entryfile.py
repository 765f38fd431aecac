"""Reads and writes the file of a library card (entry.py), with every fault that is in it.

Pure. Format: docs/formats/library-entry.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from solicomm_build.features.library.cards.entry import (
    ACCESS,
    ID,
    KINDS,
    ROLES,
    STATUS,
    Contributor,
    Creator,
    Dates,
    Entry,
    File,
    Identifiers,
    Provenance,
    Relations,
    Rights,
    entry_id,
)
from solicomm_build.foundation import frontmatter
from solicomm_build.foundation.language import languagetag
from solicomm_build.foundation.schema import Section

_CONFERENCE = re.compile(r"conf:[a-z0-9][a-z0-9-]{0,27}(/[a-z2-7]{32})?", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_SCHEMED = re.compile(r"[a-z0-9-]{2,30}:\S.*")
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)
_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+", re.ASCII)
_HTTP = re.compile(r"https?://[^\s<>\"]+")
_EXAMPLE_ID = "lib:2026-7qk3xa2m"


def decode(blob: bytes, file: str) -> Entry:
    """Reads a card; raises ContentErrors with every fault. `file` is its path, for the messages,
    and when it is `entries/<key>/entry.md` the key must be the id's.
    """
    content = frontmatter.document(blob, file=file)
    table = content.table
    table.schema("solicomm/entry@1")
    publisher, place = _publisher(table.section("publisher"))
    countries, sectors = _coverage(table.section("coverage"))
    entry = Entry(
        id=_id(table, file),
        type=table.choice("type", KINDS),
        title=table.by_language("title", required=True),
        creators=tuple(_creator(row) for row in table.sections("creators", most=200)),
        contributors=tuple(_contributor(row) for row in table.sections("contributors", most=200)),
        publisher=publisher,
        place=place,
        date=_dates(table.section("date")),
        languages=table.languages(required=True),
        subjects=table.words(
            "subjects",
            repeats=True,
            pattern=_SCHEMED,
            example="ilo-taxonomy:wages, free:water",
            most=100,
        ),
        countries=countries,
        sectors=sectors,
        abstract=table.by_language("abstract", longest=5000, lines=True) or None,
        identifiers=_identifiers(table.section("identifiers")),
        rights=_rights(table.section("rights")),
        relations=_relations(table.section("relations")),
        files=_files(table),
        provenance=_provenance(table.section("provenance")),
        version=table.integer("version", low=1) or 1,
        status=table.choice("status", STATUS, "published"),
        body=content.body,
    )
    table.close()
    content.table.raise_faults()
    return entry


def encode(entry: Entry) -> bytes:
    """The card as a file; `decode` reads the same entry back. Empty values are left out."""
    fields = {
        "schema": "solicomm/entry@1",
        "id": entry.id,
        "type": entry.type,
        "title": dict(entry.title),
        "creators": [
            _pruned({"name": c.name, "kind": c.kind, "registry": c.registry})
            for c in entry.creators
        ],
        "contributors": [{"name": c.name, "role": c.role} for c in entry.contributors],
        "publisher": _pruned({"name": entry.publisher, "place": entry.place}),
        "date": _fields(entry.date, "issued", "valid_from", "valid_to"),
        "languages": list(entry.languages),
        "subjects": list(entry.subjects),
        "coverage": _pruned({"countries": list(entry.countries), "sectors": list(entry.sectors)}),
        "abstract": dict(entry.abstract or {}),
        "identifiers": _encoded_identifiers(entry.identifiers),
        "rights": _fields(entry.rights, "licence", "holder", "access", "until"),
        "relations": _fields(entry.relations, *_CARDS, *_TOPICS),
        "files": [_encoded_file(file) for file in entry.files],
        "provenance": _encoded_provenance(entry.provenance),
        "version": str(entry.version),
        "status": entry.status,
    }
    return frontmatter.join(_pruned(fields), entry.body)


def _id(table: Section, file: str) -> str:
    written = table.text("id", required=True, pattern=ID, example=_EXAMPLE_ID)
    found = entry_id(written) or ""
    parts = file.split("/")
    if found and parts[-1] == "entry.md" and parts[-3:-2] == ["entries"] and found[4:] != parts[-2]:
        table.fault(
            "id", f"`id: {found}` is not this folder's", f"Rename it `entries/{found[4:]}/`"
        )
    return found


def _creator(row: Section) -> Creator:
    creator = Creator(
        row.text("name", required=True, example='"Otieno, Grace"'),
        row.choice("kind", ("person", "org"), "person"),
        row.text("registry", pattern=_NAME, example="metal"),
    )
    row.close()
    return creator


def _contributor(row: Section) -> Contributor:
    contributor = Contributor(
        row.text("name", required=True, example='"Otieno, Grace"'),
        row.text("role", required=True, example="translator"),
    )
    row.close()
    return contributor


def _publisher(table: Section) -> tuple[str, str]:
    found = table.text("name"), table.text("place")
    table.close()
    return found


def _dates(table: Section) -> Dates:
    dates = Dates(*(table.partial_date(key) for key in ("issued", "valid_from", "valid_to")))
    if dates.valid_from and dates.valid_to and dates.valid_to < dates.valid_from:
        table.fault("valid_to", "`valid_to` is before `valid_from`", "Exchange them")
    table.close()
    return dates


def _coverage(table: Section) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = (
        table.words("countries", repeats=True, pattern=_COUNTRY, example="KE", most=100),
        table.words("sectors", repeats=True, pattern=_SCHEMED, example="isic4:E36", most=100),
    )
    table.close()
    return found


def _identifiers(table: Section) -> Identifiers:
    other = []
    for row in table.sections("other", most=200):
        other.append((row.text("scheme", required=True), row.text("value", required=True)))
        row.close()
    found = Identifiers(
        isbn=table.text(
            "isbn", pattern=re.compile(r"[0-9Xx -]{10,17}"), example="978-0-00-000000-2"
        ),
        issn=table.text("issn", pattern=re.compile(r"\d{4}-\d{3}[\dXx]"), example="1234-5679"),
        doi=table.text("doi", pattern=re.compile(r"10\.\d{4,9}/\S+"), example="10.1000/182"),
        url=table.text("url", pattern=_HTTP, example="https://union.example/report"),
        other=tuple(other),
    )
    table.close()
    return found


def _rights(table: Section) -> Rights:
    rights = Rights(
        licence=table.text("licence", longest=100),
        holder=table.text("holder"),
        access=table.choice("access", ACCESS, "open"),
        until=table.partial_date("until"),
    )
    if rights.access == "embargo" and not rights.until:
        table.fault("access", "an embargo needs its end", "Add `until: 2027-01-01`")
    table.close()
    return rights


_CARDS = ("replaces", "translation_of", "part_of", "related")
_TOPICS = ("report", "discussed_in")


def _relations(table: Section) -> Relations:
    cards = {key: table.words(key, pattern=ID, example=_EXAMPLE_ID, most=100) for key in _CARDS}
    topics = {
        key: table.words(key, pattern=_CONFERENCE, example="conf:wages", most=100)
        for key in _TOPICS
    }
    table.close()
    return Relations(**{key: tuple(i.lower() for i in ids) for key, ids in cards.items()}, **topics)


def _files(table: Section) -> tuple[File, ...]:
    rows = table.sections("files", most=200)
    files = tuple(_file(row) for row in rows)
    for index, (row, file) in enumerate(zip(rows, files, strict=True)):
        if file.name and file.name in [other.name for other in files[:index]]:
            row.fault("name", f"two files are named `{file.name}`", "Rename one")
    return files


def _file(row: Section) -> File:
    file = File(
        sha256=row.text(
            "sha256", required=True, pattern=_SHA256, example="the 64 digits of sha256sum"
        ),
        name=row.text("name", required=True, pattern=_NAME, example="agreement-2025.pdf"),
        type=row.text("type", required=True, pattern=_TYPE, example="application/pdf"),
        size=row.integer("bytes", required=True),
        role=row.choice("role", ROLES, "main"),
        lang=row.text("lang", pattern=languagetag.TAG, example="en"),
        pages=row.integer("pages", high=100_000),
        text=row.flag("text") if row.has("text") else None,
    )
    if file.name == "entry.md":
        row.fault("name", "`entry.md` is the card itself", "Rename the file")
    row.close()
    return file


def _provenance(table: Section) -> Provenance:
    review = table.section("reviewed")
    found = Provenance(
        by=table.text("by"),
        via=table.text("via"),
        at=table.moment("at"),
        source=table.text("source"),
        reviewed_by=review.text("by"),
        reviewed_at=review.moment("at"),
    )
    review.close()
    table.close()
    return found


def _encoded_identifiers(identifiers: Identifiers) -> dict[str, object]:
    other = [{"scheme": scheme, "value": value} for scheme, value in identifiers.other]
    return _pruned({**_fields(identifiers, "isbn", "issn", "doi", "url"), "other": other})


def _encoded_file(file: File) -> dict[str, object]:
    text = "" if file.text is None else "yes" if file.text else "no"
    return _pruned(
        {
            **_fields(file, "sha256", "name", "type"),
            "bytes": str(file.size),
            **_fields(file, "role", "lang"),
            "pages": str(file.pages or ""),
            "text": text,
        }
    )


def _encoded_provenance(provenance: Provenance) -> dict[str, object]:
    review = {"by": provenance.reviewed_by, "at": _stamp(provenance.reviewed_at)}
    return _pruned(
        {
            **_fields(provenance, "by", "via"),
            "at": _stamp(provenance.at),
            "source": provenance.source,
            "reviewed": _pruned(review),
        }
    )


def _stamp(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""


def _fields(value: object, *names: str) -> dict[str, object]:
    found = {name: getattr(value, name) for name in names}
    return _pruned({k: list(v) if isinstance(v, tuple) else v for k, v in found.items()})


def _pruned(fields: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if value not in ("", None, [], {}, ())}
