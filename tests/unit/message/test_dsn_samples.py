"""What is read from bounces of many mail servers, and how often rightly.

`tests/data/bounces/expected.tsv` says what each sample means. The promises are those of numbers:
the right recipient in at least 95 of 100, a soft failure called permanent in at most 3, a permanent
one missed in at most 8.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from solicomm_build.features.bounces.bounceclass import Kind, classify
from solicomm_build.features.bounces.reports import dsn
from solicomm_build.features.bounces.reports.dsn import (
    Action,
    Auto,
    Complaint,
    Failure,
    Report,
    Unknown,
    status_in,
)

FOLDER = Path(__file__).parents[2] / "data" / "bounces"


class Expected(NamedTuple):
    """A line of the table."""

    name: str
    recipients: list[str]
    actions: list[str]
    kinds: list[str]


def _table() -> list[Expected]:
    rows = []
    for line in (FOLDER / "expected.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            name, recipients, actions, kinds = line.split("\t")
            named = [] if recipients == "-" else recipients.split(",")
            rows.append(Expected(name, named, actions.split(","), kinds.split(",")))
    return rows


TABLE = _table()


def _seen(report: Report) -> tuple[list[str], list[str], list[str]]:
    if isinstance(report, Unknown):
        return [], ["unknown"], ["-"]
    if isinstance(report, Auto):
        return [], ["auto"], [report.reason]
    if isinstance(report, Complaint):
        return [report.recipient] if report.recipient else [], ["complaint"], [report.kind]
    return (
        [one.recipient or "" for one in report],
        [one.action for one in report],
        [classify(one) for one in report],
    )


def test_every_sample_is_in_the_table_and_explained() -> None:
    names = {path.stem for path in FOLDER.glob("*.eml")}
    assert names == {row.name for row in TABLE}
    assert names == {path.stem for path in FOLDER.glob("*.readme")}
    assert len(names) >= 70


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_sample(row: Expected) -> None:
    raw = (FOLDER / f"{row.name}.eml").read_bytes()
    assert _seen(dsn.read(raw)) == (row.recipients, row.actions, row.kinds)
    other = raw.replace(b"\r\n", b"\n") if b"\r\n" in raw else raw.replace(b"\n", b"\r\n")
    assert _seen(dsn.read(other)) == (row.recipients, row.actions, row.kinds)


def _diagnoses() -> list[tuple[str, str, str, str]]:
    rows = []
    for line in (FOLDER / "diagnoses.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            status, action, words, kind = line.split("\t")
            rows.append((status or status_in(words), action, words, kind))
    return rows


@pytest.mark.parametrize(("status", "action", "words", "kind"), _diagnoses())
def test_a_diagnosis(status: str, action: Action, words: str, kind: str) -> None:
    assert classify(Failure("ana@union.example", action, status, words)) == kind


def test_the_diagnoses_are_of_many_servers_and_every_class() -> None:
    rows = _diagnoses()
    assert len(rows) >= 140
    assert {kind for *_, kind in rows} == set(Kind)


def test_the_promised_numbers() -> None:
    right = named = wrongly = soft = missed = permanent = 0
    for row in TABLE:
        recipients, _, kinds = _seen(dsn.read((FOLDER / f"{row.name}.eml").read_bytes()))
        named += len(row.recipients)
        right += len(set(row.recipients) & set(recipients))
        for wanted, found in zip(row.kinds, kinds, strict=False):
            soft += wanted != Kind.GONE
            wrongly += wanted != Kind.GONE and found == Kind.GONE
            permanent += wanted == Kind.GONE
            missed += wanted == Kind.GONE and found != Kind.GONE
    assert right >= 0.95 * named
    assert wrongly <= 0.03 * soft
    assert missed <= 0.08 * permanent
