"""Reads lists of documents that other programs wrote: BibTeX, RIS, CSL-JSON and CSV. Pure.

Each record becomes a `Found` (a card without an id, and the key by which its source knows it) or a
`Faulty` that says where it is and what to do. One faulty record spoils no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import rispy  # type: ignore[import-untyped]

from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.entry import (
    Contributor,
    Creator,
    Dates,
    Entry,
    Rights,
)
from solicomm_build.features.library.exchange import csl, csvrows, latex, recordfields
from solicomm_build.foundation.errors import ContentError, SoliCommError

MAX_OCTETS = 50 << 20
"""Octets of one list."""

_BIBTEX = {"book": "book", "manual": "manual", "periodical": "periodical-issue"}
_RIS = {
    "BOOK": "book",
    "STAT": "law",
    "CASE": "award",
    "MGZN": "periodical-issue",
    "SOUND": "audio",
    "DATA": "dataset",
    "ART": "poster",
}
_CSL = {
    "book": "book",
    "legislation": "law",
    "legal_case": "award",
    "dataset": "dataset",
    "periodical": "periodical-issue",
    "song": "audio",
}
_COLUMNS = frozenset(
    [
        "id",
        "title",
        "creators",
        "organisations",
        "publisher",
        "place",
        "date",
        "languages",
        "type",
        "subjects",
        "countries",
        "abstract",
        "licence",
        "access",
        "isbn",
        "issn",
        "doi",
        "url",
    ]
)


@dataclass(frozen=True, slots=True)
class Found:
    """`source` names the record for ever (`bibtex:otieno2025`); `entry` has no id yet; `note` is
    kept with the source and makes no record another one."""

    source: str
    entry: Entry
    line: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """A record that its source says it has deleted."""

    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Faulty:
    """A record that cannot come in, and why."""

    error: ContentError


def read(data: bytes, name: str, lang: str) -> Iterator[Found | Faulty]:
    """The records of a file by the ending of its `name`; `lang` is for those that name none.

    Raises ContentError when the file as a whole is of no known form, too large or not UTF-8.
    """
    reader = _READERS.get(name.rpartition(".")[2].lower())
    if reader is None:
        raise ContentError(
            "this is no list of documents we can read",
            file=name,
            remedy="Give a .bib, .ris, .csv or .json (CSL) file",
        )
    if len(data) > MAX_OCTETS:
        raise ContentError(
            f"the file has more than {MAX_OCTETS >> 20} MB", file=name, remedy="Split it"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise ContentError(
            "the text is not UTF-8", file=name, line=line, remedy="Export it again as UTF-8"
        ) from fault
    seen: dict[str, int] = {}
    for item in reader(text.replace("\r\n", "\n"), name, lang):
        if isinstance(item, Faulty):
            yield item
        elif item.source in seen:
            what = f"the same record is on line {seen[item.source]}"
            yield _faulty(name, item.line, what, "Take one of them out")
        else:
            seen[item.source] = item.line
            yield checked(item, name)


def _bibtex(text: str, name: str, lang: str) -> Iterator[Found | Faulty]:
    failed, records = latex.records(text)
    for line in failed:
        yield _faulty(
            name,
            line,
            "this BibTeX record cannot be read",
            "See that its braces and quotes close, and that its key is its own",
        )
    for record in records:
        fields, line = record.fields, record.line
        said = latex.texts(fields)
        if said is None:
            yield _faulty(name, line, "its TeX cannot be read", "Write letters in its place")
            continue
        month = said.get("month", "").lower()[:3]
        number = recordfields.MONTHS.index(month) + 1 if month in recordfields.MONTHS else month
        day = said.get("day", "") if number else ""
        yield Found(
            f"bibtex:{record.key}",
            recordfields.entry(
                said.get("title", ""),
                said.get("langid") or said.get("language", ""),
                lang,
                type=csl.kind(said.get("type", ""), _BIBTEX.get(record.kind, "report")),
                creators=latex.creators(fields.get("author") or fields.get("editor", "")),
                contributors=tuple(
                    Contributor(one.name, "translator")
                    for one in latex.creators(fields.get("translator", ""))
                ),
                publisher=_publisher(said),
                place=said.get("address", ""),
                date=Dates(
                    recordfields.date(
                        said.get("date") or f"{said.get('year', '')}-{number}-{day}".rstrip("-")
                    )
                ),
                subjects=recordfields.subjects(re.split(r"[,;]", said.get("keywords", ""))),
                abstract=said.get("abstract", ""),
                identifiers=recordfields.numbers(said, "isbn issn doi url"),
            ),
            line,
        )


def _publisher(said: Mapping[str, str]) -> str:
    """Who stands behind a record of BibTeX, whose kinds name that in fields of their own."""
    names = ("institution", "publisher", "organization", "howpublished")
    found = next((said[name] for name in names if said.get(name)), "")
    return "" if "://" in found else found


def _ris(text: str, name: str, lang: str) -> Iterator[Found | Faulty]:
    rows: list[str] = []
    begun = 1
    for number, row in enumerate(text.split("\n"), 1):
        if re.match(r"TY  ?-", row):
            if rows:
                yield _faulty(name, begun, "the record has no end", "Add a line `ER  - `")
            rows, begun = [], number
        if row.strip():
            rows.append(row)
        if re.match(r"ER  ?-", row):
            yield _ris_record("\n".join(rows) + "\n", name, begun, lang)
            rows = []
    if rows:
        yield _faulty(name, begun, "the record has no end", "Add a line `ER  - `")


def _ris_record(text: str, name: str, line: int, lang: str) -> Found | Faulty:
    try:
        said = rispy.loads(text)[0]
    except (rispy.parser.ParseError, OSError, ValueError, IndexError, KeyError):
        return _faulty(
            name,
            line,
            "this RIS record cannot be read",
            "It begins with `TY  - RPRT` and ends with `ER  - `",
        )
    title = said.get("title") or said.get("primary_title") or ""
    number = said.get("issn", "")
    isbn = recordfields.has_isbn(number)
    urls = said.get("urls") or [""]
    unknown = said.get("unknown_tag") or {}
    makers = ("authors", "first_authors", "secondary_authors")
    names = next(filter(None, map(said.get, makers)), unknown.get("ED", []))
    date = (said.get("date") or "").rstrip("/") or str(said.get("year", ""))
    entry = recordfields.entry(
        title,
        said.get("language", ""),
        lang,
        type=csl.kind(
            said.get("type_of_work", ""), _RIS.get(said.get("type_of_reference", ""), "report")
        ),
        creators=tuple(map(_ris_name, names)),
        contributors=tuple(
            Contributor(_ris_name(name).name, "translator")
            for name in said.get("subsidiary_authors") or []
        ),
        publisher=said.get("publisher", ""),
        place=said.get("place_published", ""),
        date=Dates(recordfields.date(date or said.get("publication_year", ""))),
        subjects=recordfields.subjects(said.get("keywords", [])),
        abstract=said.get("abstract") or said.get("notes_abstract", ""),
        identifiers=recordfields.identified(
            number if isbn else "", "" if isbn else number, said.get("doi", ""), urls[0]
        ),
    )
    return Found(
        f"ris:{said.get('id') or said.get('doi') or recordfields.made_key(title, date)}",
        entry,
        line,
    )


def _ris_name(name: str) -> Creator:
    """A person, or an organisation, whose name ends with a comma: all of it is one part."""
    text = name.strip()
    if text.endswith(","):
        return Creator(recordfields.plain(text.rstrip(" ,")), "org")
    return recordfields.creator(text)


def _csl(text: str, name: str, lang: str) -> Iterator[Found | Faulty]:
    try:
        records = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise ContentError(
            "this is not JSON",
            file=name,
            line=getattr(fault, "lineno", 0),
            remedy="Export it again as CSL-JSON",
        ) from fault
    for number, said in enumerate(records if isinstance(records, list) else [records], 1):
        try:
            issued = said.get("issued")
            date = recordfields.csl_parts(issued)
            title = str(said.get("title", ""))
            key = said.get("id") or said.get("DOI") or recordfields.made_key(title, date)
            yield Found(
                f"csl:{key}",
                recordfields.entry(
                    title,
                    str(said.get("language", "")),
                    lang,
                    type=csl.kind(
                        str(said.get("genre", "")), _CSL.get(said.get("type", ""), "report")
                    ),
                    creators=tuple(
                        recordfields.csl_name(n)
                        for n in said.get("author") or said.get("editor") or []
                    ),
                    contributors=tuple(
                        Contributor(recordfields.csl_name(n).name, "translator")
                        for n in said.get("translator", [])
                    ),
                    publisher=str(said.get("publisher", "")),
                    place=str(said.get("publisher-place", "")),
                    date=Dates(recordfields.date(date or recordfields.csl_words(issued))),
                    subjects=recordfields.subjects(re.split(r"[,;]", said.get("keyword", ""))),
                    abstract=str(said.get("abstract", "")),
                    identifiers=recordfields.numbers(said, "ISBN ISSN DOI URL"),
                ),
                number,
            )
        except (AttributeError, TypeError, KeyError, IndexError):
            yield _faulty(name, 0, f"record {number} is not CSL-JSON", "Export it again")


def _csv(text: str, name: str, lang: str) -> Iterator[Found | Faulty]:
    columns, rows = csvrows.read(text)
    odd = [c for c in columns if c.partition(":")[0] not in _COLUMNS]
    if odd or not any(c.partition(":")[0] == "title" for c in columns):
        what = f"no column is called `{odd[0]}`" if odd else "there is no column `title`"
        raise ContentError(
            what, file=name, line=1, remedy=f"The columns are: {', '.join(sorted(_COLUMNS))}"
        )
    for row in rows:
        if row.is_open:
            what = "a quote that opens here, or below, never closes"
            yield _faulty(name, row.begun, what, "Close it: nothing from here on came in")
            continue
        if row.has_more:
            what = "the row has more cells than the first"
            yield _faulty(name, row.ended, what, "Put cells with commas in quotes")
            continue
        said = {key: value.strip() for key, value in row.cells.items()}
        main = (recordfields.listed(said.get("languages", "")) or [lang])[0]
        titles = recordfields.by_language(said, "title", main)
        entry = Entry(
            "",
            said.get("type") or "report",
            titles,
            creators=(
                *(Creator(n) for n in recordfields.listed(said.get("creators", ""))),
                *(Creator(n, "org") for n in recordfields.listed(said.get("organisations", ""))),
            ),
            publisher=said.get("publisher", ""),
            place=said.get("place", ""),
            date=Dates(said.get("date", "")),
            languages=tuple(recordfields.listed(said.get("languages", "")) or [main]),
            subjects=recordfields.subjects(recordfields.listed(said.get("subjects", ""))),
            countries=tuple(c.upper() for c in recordfields.listed(said.get("countries", ""))),
            abstract=recordfields.by_language(said, "abstract", main) or None,
            identifiers=recordfields.numbers(said, "isbn issn doi url"),
            rights=Rights(said.get("licence", ""), access=said.get("access") or "open"),
        )
        key = said.get("id") or recordfields.made_key(entry.title_in(main), said.get("date", ""))
        yield Found(f"csv:{key}", entry, row.ended)


_READERS: Mapping[str, Callable[[str, str, str], Iterator[Found | Faulty]]] = {
    "bib": _bibtex,
    "ris": _ris,
    "json": _csl,
    "csv": _csv,
}


def checked(found: Found, name: str) -> Found | Faulty:
    """The record when a card can say it, else what is wrong with it."""
    probe = replace(found.entry, id="lib:2000-aaaaaaaa")
    try:
        entryfile.decode(entryfile.encode(probe), entries.path(probe.key))
    except SoliCommError as error:
        faults = getattr(error, "faults", ())
        what = "; ".join(fault.fault for fault in faults) or error.public
        remedy = faults[0].remedy if faults else "Mend the record"
        return _faulty(name, found.line, f"{found.source}: {what}", remedy)
    return found


def _faulty(name: str, line: int, fault: str, remedy: str) -> Faulty:
    return Faulty(ContentError(fault, file=name, line=line, remedy=remedy))
