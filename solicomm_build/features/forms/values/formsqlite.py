"""A form's table as an SQLite database, the same octets for the same reports.

    reports                 a row each: report, sent, url, and the public fields
    <field>                 a row for each row of a list: report, n, and its parts
    labels                  what each column is called, by language

Money has two columns, `<field>` and `<field>_currency`. A name that is taken already has `_` behind
it (formtable.py), a list that is called as SQLite's own tables `rows_` before it. Numbers are
numbers, booleans 0 and 1, everything else is text. No times, no file of its own: the database is
made in memory, in a fixed page size, and vacuumed, so that an incremental build gives what a full
one does.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator

from solicomm_build.features.forms.values import formtable
from solicomm_build.features.forms.values.form import Field
from solicomm_build.features.forms.values.formtable import NUMBERS, Column, Table
from solicomm_build.features.forms.values.formvalues import Row, Values

_TYPES = {"integer": "INTEGER", "number": "REAL", "boolean": "INTEGER"}
_OWN = (("report", "TEXT PRIMARY KEY"), ("sent", "TEXT"), ("url", "TEXT"))
_OF_A_ROW = (("report", "TEXT REFERENCES reports"), ("n", "INTEGER"))
_TABLES = frozenset({"reports", "labels"})
_NOT_OURS = "sqlite_"  # how no table may be called that SQLite did not make


def sqlite_of(table: Table) -> bytes:
    """The database's octets."""
    fields = formtable.columns(table.form)
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("PRAGMA page_size=4096")
        db.execute("PRAGMA encoding='UTF-8'")
        db.execute("BEGIN")
        plain = [one for one in fields if one.type != "list"]
        _reports(db, plain, table)
        taken = set(_TABLES)
        for one in fields:
            if one.type == "list":
                _rows(db, one, table, _table_of(one, taken))
        _labels(db, table)
        db.execute("COMMIT")
        db.execute("VACUUM")
        return db.serialize()


def _table_of(one: Field, taken: set[str]) -> str:
    """What the table of a list is called, which is taken from then on."""
    name = f"{one.key}_rows" if one.key in _TABLES else one.key
    name = f"rows_{name}" if name.startswith(_NOT_OURS) else name
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _columns(found: Iterable[Column]) -> Iterator[tuple[str, str]]:
    for one in found:
        if one.currency:
            yield from ((one.name, "REAL"), (one.currency, "TEXT"))
        else:
            yield one.name, _TYPES.get(one.field.type, "TEXT")


def _create(db: sqlite3.Connection, name: str, columns: list[tuple[str, str]]) -> str:
    """Makes a table; the statement that fills it."""
    told = ", ".join(f'"{column}" {kind}' for column, kind in columns)
    db.execute(f'CREATE TABLE "{name}" ({told})')
    marks = ", ".join("?" for _ in columns)
    return f'INSERT INTO "{name}" VALUES ({marks})'  # noqa: S608 - keys of a form: a-z, 0-9 and _


def _reports(db: sqlite3.Connection, fields: list[Field], table: Table) -> None:
    fill = _create(db, "reports", [*_OWN, *_columns(formtable.called(fields))])
    rows = ((one.mid, one.day, one.url, *_values(fields, one.values)) for one in table.reports)
    db.executemany(fill, rows)


def _rows(db: sqlite3.Connection, one: Field, table: Table, name: str) -> None:
    """The rows of a list, in a table of their own."""
    fill = _create(db, name, [*_OF_A_ROW, *_columns(_parts(one))])
    for report in table.reports:
        found = report.values.get(one.key, [])
        rows = found if isinstance(found, list) else []
        db.executemany(
            fill,
            ((report.mid, n, *_values(list(one.of), row)) for n, row in enumerate(rows, 1)),
        )


def _parts(one: Field) -> list[Column]:
    return formtable.called(one.of, [name for name, _ in _OF_A_ROW])


def _values(fields: list[Field], values: Values | Row) -> Iterator[str | float | None]:
    for one in fields:
        text = str(values.get(one.key, ""))
        if one.type == "money":
            amount, _, code = text.partition(" ")
            yield float(amount) if amount else None
            yield code or None
        elif not text:
            yield None
        elif one.type in NUMBERS:
            yield float(text) if "." in text else int(text)
        elif one.type == "boolean":
            yield int(text == "true")
        else:
            yield text


def _labels(db: sqlite3.Connection, table: Table) -> None:
    fill = _create(
        db, "labels", [("field", "TEXT"), ("part", "TEXT"), ("lang", "TEXT"), ("label", "TEXT")]
    )
    for column in formtable.called(formtable.columns(table.form)):
        one, name = column.field, column.name
        db.executemany(fill, ((name, "", tag, text) for tag, text in one.label.items()))
        for part in _parts(one):
            labels = ((name, part.name, tag, text) for tag, text in part.field.label.items())
            db.executemany(fill, labels)
