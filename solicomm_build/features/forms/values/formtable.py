"""The answers to a form as a table: rows, counts, medians; as CSV, as JSON. Pure.

A report counts once: one that another report corrects is left out. Numbers stay numbers; a text
that a spreadsheet would take for a formula (`=`, `+`, `-`, `@`, tab, carriage return first) gets a
`'` before it in the CSV, and nowhere else. So does one behind a semicolon or a line end in a cell:
where commas are decimal, as in most of Europe, spreadsheets part cells at semicolons, and a `"`
that begins no cell of theirs holds nothing together (`…,"a;=cmd"`).
"""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from solicomm_build.features.forms.values import formvalues, isic
from solicomm_build.features.forms.values.form import Field, Form
from solicomm_build.features.forms.values.formvalues import Values
from solicomm_build.foundation.oneline import cell

NUMBERS = ("integer", "number")
OWN = ("report", "sent", "url")
"""Columns that each row has before those of the form."""
COUNTED = ("country", "isic4", "choice", "boolean", "registry")
_MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Report:
    """One answer: its post, where it is read, the day it was sent, and its public values."""

    mid: str
    url: str
    day: str
    values: Values
    replaces: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def number(self) -> str:
        """What people call it."""
        return self.mid[:10]


@dataclass(frozen=True, slots=True)
class Median:
    """The middle of the numbers of a field, or of a part of a list; `group` is a currency or a
    year, or empty."""

    key: str
    part: str
    group: str
    count: int
    middle: float


@dataclass(frozen=True, slots=True)
class Table:
    """All reports, the oldest first. `counts` are by field (value, how many), the most first;
    `years` by the year of the first day in a report."""

    form: Form
    reports: tuple[Report, ...]
    counts: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    years: tuple[tuple[str, int], ...] = ()
    medians: tuple[Median, ...] = ()


def of_reports(form: Form, reports: Iterable[Report]) -> Table:
    """The table of these reports, in their order."""
    found = list(reports)
    replaced = {one.replaces for one in found if one.replaces}
    kept = tuple(one for one in found if one.mid not in replaced)
    return Table(form, kept, _counts(form, kept), _years(form, kept), tuple(_medians(form, kept)))


def columns(form: Form) -> list[Field]:
    """The public fields, in the order of the form."""
    return [one for one in form.fields if one.key in form.public]


@dataclass(frozen=True, slots=True)
class Column:
    """What a field is called in files, and what the column of its currency is, which only money
    has."""

    field: Field
    name: str
    currency: str = ""


def called(fields: Iterable[Field], taken: Iterable[str] = OWN) -> list[Column]:
    """The columns of fields beside those that are `taken`: each is called as the field's key, with
    `_` behind it where that is no longer free."""
    known, found = set(taken), []

    def free(name: str) -> str:
        while name in known:
            name += "_"
        known.add(name)
        return name

    for one in fields:
        name = free(one.key)
        found.append(Column(one, name, free(f"{name}_currency") if one.type == "money" else ""))
    return found


def _counts(form: Form, reports: Sequence[Report]) -> dict[str, list[tuple[str, int]]]:
    found = {}
    for one in columns(form):
        if one.type not in COUNTED:
            continue
        values = [str(report.values[one.key]) for report in reports if one.key in report.values]
        if one.type == "isic4":
            values = [isic.section_of(value) for value in values]
        tally = sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))
        found[one.key] = tally[:_MOST_COUNTED]
    return found


def day_field(form: Form) -> Field | None:
    """The field whose year reports are counted by: the first public day."""
    return next((one for one in columns(form) if one.type == "date"), None)


def _years(form: Form, reports: Sequence[Report]) -> tuple[tuple[str, int], ...]:
    one = day_field(form)
    days = (report.values.get(one.key, "") if one else report.day for report in reports)
    tally = Counter(str(day)[:4] for day in days if day)
    return tuple(sorted(tally.items()))


def _medians(form: Form, reports: Sequence[Report]) -> Iterable[Median]:
    for one in columns(form):
        if one.type in (*NUMBERS, "money"):
            found: dict[str, list[float]] = defaultdict(list)
            for report in reports:
                if value := str(report.values.get(one.key, "")):
                    amount, _, code = value.partition(" ")
                    found[code].append(float(amount))
            yield from _middles(one.key, "", found)
        elif one.type == "list":
            yield from _medians_of_rows(one, reports)


def year_part(one: Field) -> Field | None:
    """The part of a list's rows that is a year: a whole number with a year as its least."""
    return next(filter(formvalues.is_year, one.of), None)


def _medians_of_rows(one: Field, reports: Sequence[Report]) -> Iterable[Median]:
    year = year_part(one)
    for part in one.of:
        if part.type not in NUMBERS or part == year:
            continue
        found: dict[str, list[float]] = defaultdict(list)
        for report in reports:
            rows = report.values.get(one.key, [])
            for row in rows if isinstance(rows, list) else ():
                if part.key in row:
                    found[row.get(year.key, "") if year else ""].append(float(row[part.key]))
        yield from _middles(one.key, part.key, found)


def _middles(key: str, part: str, found: dict[str, list[float]]) -> Iterable[Median]:
    for group, numbers in sorted(found.items()):
        yield Median(key, part, group, len(numbers), statistics.median(numbers))


# -- files ------------------------------------------------------------------------------------


def csv_of(table: Table) -> bytes:
    """The table as CSV (RFC 4180), in UTF-8. Money has a column for its currency; the rows of a
    list stand in one cell, as in a mail."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\r\n")
    fields = columns(table.form)
    head = [*OWN]
    for column in called(fields):
        head += [column.name, column.currency] if column.currency else [column.name]
    write.writerow(head)
    for report in table.reports:
        row = [report.mid, report.day, report.url]
        for one in fields:
            row += _cells(one, report.values)
        write.writerow(row)
    return text.getvalue().encode("utf-8")


def _cells(one: Field, values: Values) -> list[str]:
    value = values.get(one.key, "")
    if one.type == "money":
        amount, _, code = str(value).partition(" ")
        return [amount, code]
    if isinstance(value, list):
        rows = ("; ".join(row.get(part.key, "") for part in one.of).rstrip("; ") for row in value)
        return [cell(" | ".join(rows))]
    return [value] if one.type in NUMBERS else [cell(value)]


def json_of(table: Table) -> bytes:
    """The table as JSON: what the columns are, counts, medians, and the reports, a line each."""
    form = table.form
    names = {one.field.key: one.name for one in called(columns(form))}
    facts = {
        "form": form.ref,
        "title": dict(form.title),
        "fields": [
            {"key": names[one.key], "type": one.type, "label": dict(one.label)}
            for one in columns(form)
        ],
        "counts": {names[key]: dict(pairs) for key, pairs in table.counts.items()},
        "years": dict(table.years),
        "medians": [
            {
                "field": names[one.key],
                "part": one.part,
                "group": one.group,
                "count": one.count,
                "median": one.middle,
            }
            for one in table.medians
        ],
    }
    reports = (
        json.dumps(
            {
                "report": one.mid,
                "sent": one.day,
                "url": one.url,
                **{
                    names.get(key, key): _typed(form, key, value)
                    for key, value in one.values.items()
                },
            },
            ensure_ascii=False,
        )
        for one in table.reports
    )
    head = json.dumps(facts, ensure_ascii=False, indent=1).removesuffix("\n}")
    text = head + ',\n "reports": [\n' + ",\n".join(reports) + "\n]}\n"
    return text.encode("utf-8", "replace")


def _typed(form: Form, key: str, value: object) -> object:
    """A value as JSON has it: numbers and booleans are such."""
    one = form.get(key)
    if one is None:
        return value
    if isinstance(value, list):
        parts = {part.key: part for part in one.of}
        return [{name: typed(parts[name], text) for name, text in row.items()} for row in value]
    return typed(one, str(value))


def typed(one: Field, text: str) -> object:
    """A text as the number, boolean or amount that it is."""
    if one.type in NUMBERS:
        return float(text) if "." in text else int(text)
    if one.type == "boolean":
        return text == "true"
    if one.type == "money":
        amount, _, code = text.partition(" ")
        return {"amount": float(amount) if "." in amount else int(amount), "currency": code}
    return text


def json_schema(form: Form) -> dict[str, object]:
    """JSON Schema (2020-12) of the values of an answer in their one spelling, for programs that
    make answers; what fields say of each other it cannot say."""
    properties = {one.key: _schema_of(one) for one in form.fields}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": form.title_in("en"),
        "type": "object",
        "properties": properties,
        "required": [one.key for one in form.fields if one.required and not one.when],
        "additionalProperties": False,
    }


_PATTERNS = {
    "integer": "^-?[0-9]+$",
    "number": r"^-?[0-9]+(\.[0-9]+)?$",
    "money": r"^-?[0-9]+(\.[0-9]+)? [A-Z]{3}$",
    "date": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "country": "^[A-Z]{2}$",
    "isic4": "^([A-U]|[0-9]{2,4})$",
    "library": "^lib:[0-9]{4}-[0-9A-Z]{6,12}( lib:[0-9]{4}-[0-9A-Z]{6,12})*$",
}


def _schema_of(one: Field) -> dict[str, object]:
    if one.type == "list":
        row = {
            "type": "object",
            "properties": {part.key: _schema_of(part) for part in one.of},
            "required": [part.key for part in one.of if part.required],
            "additionalProperties": False,
        }
        return {"type": "array", "items": row, "maxItems": one.rows, "title": one.label_in("en")}
    found: dict[str, object] = {"type": "string", "title": one.label_in("en")}
    if one.type in ("text", "longtext", "registry"):
        found["maxLength"] = one.longest
    elif one.type == "choice":
        found["enum"] = list(one.options)
    elif one.type == "boolean":
        found["enum"] = ["true", "false"]
    else:
        found["pattern"] = _PATTERNS[one.type]
    return found
