"""Agreements with their clauses as CSV and as an SQLite database, the same octets for the same
agreements.

    agreements    a row each: id, url, title, countries, sectors, year, valid_from, valid_to,
                  languages, checked
    clauses       a row for each clause: agreement, matter, heading, text, page
    matters       what each matter is called, by language
"""

from __future__ import annotations

import contextlib
import csv
import io
import sqlite3
from collections.abc import Iterable, Sequence

from solicomm_build.features.library.comparing.agreements import Agreement
from solicomm_build.features.library.comparing.matters import MATTERS, name
from solicomm_build.foundation.i18n import LANGUAGES
from solicomm_build.foundation.oneline import cell

FACTS = (
    "id",
    "url",
    "title",
    "countries",
    "sectors",
    "year",
    "valid_from",
    "valid_to",
    "languages",
    "checked",
)
"""What both say of an agreement, in this order."""


def csv_of(agreements: Iterable[Agreement], base: str) -> bytes:
    """CSV (RFC 4180) in UTF-8, a row an agreement, a column a matter. `base` is the library's whole
    address."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\r\n")
    write.writerow([*FACTS, *MATTERS])
    for one in agreements:
        said = [one.clauses[matter].text if matter in one.clauses else "" for matter in MATTERS]
        write.writerow([cell(value) for value in (*_facts(one, base), *said)])
    return text.getvalue().encode("utf-8")


def sqlite_of(agreements: Sequence[Agreement], base: str) -> bytes:
    """The database's octets."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("PRAGMA page_size=4096")
        db.execute("PRAGMA encoding='UTF-8'")
        db.execute("BEGIN")
        columns = ", ".join(f"{fact} TEXT" for fact in FACTS[1:-1])
        db.execute(f"CREATE TABLE agreements (id TEXT PRIMARY KEY, {columns}, checked INTEGER)")
        db.execute(
            "CREATE TABLE clauses (agreement TEXT NOT NULL REFERENCES agreements (id),"
            " matter TEXT NOT NULL, heading TEXT, text TEXT, page INTEGER,"
            " PRIMARY KEY (agreement, matter))"
        )
        db.execute(
            "CREATE TABLE matters (matter TEXT, lang TEXT, name TEXT, PRIMARY KEY (matter, lang))"
        )
        marks = ", ".join("?" for _ in FACTS)
        for one in agreements:
            facts = (*_facts(one, base)[:-1], int(one.checked))
            db.execute(f"INSERT INTO agreements VALUES ({marks})", facts)  # noqa: S608 - marks
            db.executemany(
                "INSERT INTO clauses VALUES (?, ?, ?, ?, ?)",
                (
                    (one.entry.id, matter, clause.heading, clause.text, clause.page or None)
                    for matter, clause in sorted(one.clauses.items())
                ),
            )
        db.executemany(
            "INSERT INTO matters VALUES (?, ?, ?)",
            ((matter, lang, name(matter, lang)) for matter in MATTERS for lang in LANGUAGES),
        )
        db.execute("COMMIT")
        db.execute("VACUUM")
        return db.serialize()


def _facts(one: Agreement, base: str) -> tuple[str, ...]:
    entry = one.entry
    return (
        entry.id,
        f"{base}{entry.key}/",
        entry.title_in(""),
        " ".join(entry.countries),
        " ".join(entry.sectors),
        entry.date.issued[:4],
        entry.date.valid_from,
        entry.date.valid_to,
        " ".join(entry.languages),
        "yes" if one.checked else "no",
    )
