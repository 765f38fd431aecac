"""Pages and files of forms: what they show, and that they are the same however they came about."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.forms.formpost import post_of
from solicomm_build.features.forms.formstore import PrivateAnswer, Submission
from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.forms.values import formfile, formtable, formvalues
from solicomm_build.features.forms.values.formsqlite import sqlite_of
from solicomm_build.features.forms.values.formtable import Report
from solicomm_build.features.forms.values.formvalues import Values
from solicomm_build.foundation import clock, maillog, oneline
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import TopicId, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.post import conference as settings
from solicomm_build.post import event as events
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.smallhub import BEGUN

SOURCE = Path(__file__).parents[3] / "content" / "forms" / "collective-agreement@1.yaml"
FORM = formfile.decode(SOURCE.read_bytes(), f"forms/{SOURCE.name}")
BAR = Conference(
    "bar", {"en": "Bar"}, posting="open", languages=("en", "ar"), forms=("collective-agreement@1",)
)
VALUES: Values = {
    "union": "hogar",
    "employer": "=cmd()",
    "country": "KE",
    "sector": "24",
    "starts": "2026-01-01",
    "ends": "2027-12-31",
    "hours_week": "36.5",
    "cola": "true",
    "wage": [{"year": "2026", "rise_pct": "-3", "lump": "500 EUR"}, {"year": "2027"}],
}


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = replace(smallhub.make(tmp_path, BAR), languages=("en", "ar"))
    repo = open_repo(made.conference_repo("bar"))
    change = Change(forms.path(FORM.ref), SOURCE.read_bytes())
    write_once(repo, [change], message="Form\n", when=BEGUN)
    return made


def report(hub: Config, number: int, corrects: str = "", **other: str) -> str:
    """Sends a report; its id."""
    values: Values = {**VALUES, **other}
    when = BEGUN + timedelta(hours=number)
    made = Submission("bar", FORM.id, "", "ana@union.example", "Ana", "en", when.isoformat())
    name = f"form.{number}@hub.example"
    before = PrivateAnswer(post_id(corrects), corrects, FORM.ref, "", "") if corrects else None
    registry = {"hogar": {"es": "Hogar Digno"}}
    item = post_of(hub, BAR, FORM, values, made, registry, message_id=name, corrected=before)
    with clock.fixed(when):
        Spool(hub.spool_in).put([item])
        ingest(hub, once=True, log=maillog.to_nobody())
    return str(post_id(name))


def made(hub: Config, **how: bool) -> dict[str, str]:
    """Builds; every file about forms with the hash of its octets."""
    with clock.fixed(BEGUN + timedelta(days=60)):
        report = hubs.build(hub, **how)
    assert report.failures == []
    found = (path for path in hub.public.rglob("*") if path.is_file() and "forms" in path.parts)
    return {
        path.relative_to(hub.public).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in found
    }


def page(hub: Config, name: str) -> str:
    return (hub.public / name).read_text("utf-8")


BASE = "conferences/bar/forms/collective-agreement/"


def test_incremental_equals_full_and_a_correction_takes_the_place(hub: Config) -> None:
    first = made(hub)
    assert f"{BASE}index.html" in first
    assert f"ar/{BASE}table/index.html" in first
    report(hub, 1)
    made(hub)
    number = report(hub, 2, employer="Acme", country="FR")
    made(hub)
    report(hub, 3, corrects="form.1@hub.example", employer="Better")
    last = made(hub)
    assert last == made(hub, full=True)
    shown = page(hub, f"{BASE}table/index.html")
    assert "2 reports" in shown
    assert "=cmd()" not in shown
    assert "Better" in shown
    assert number[:10] in shown
    assert "Hogar Digno" in shown
    assert "كينيا" in page(hub, f"ar/{BASE}table/index.html")


def test_cells_that_calculate_do_not(hub: Config) -> None:
    report(hub, 1)
    made(hub)
    (row,) = csv.DictReader(io.StringIO(page(hub, f"{BASE}table.csv"), newline=""))
    assert row["employer"] == "'=cmd()"
    assert row["hours_week"] == "36.5"
    assert row["wage"] == "2026; -3; 500 EUR | 2027"
    found = json.loads(page(hub, f"{BASE}table.json"))
    assert found["reports"][0]["employer"] == "=cmd()"
    assert found["reports"][0]["cola"] is True
    assert found["reports"][0]["wage"][0]["lump"] == {"amount": 500, "currency": "EUR"}


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "  =1", "\n=1"])
def test_what_a_spreadsheet_would_take_for_a_formula(text: str) -> None:
    assert oneline.harmless(text) == f"'{text}"
    assert oneline.harmless(f"a{text}") == f"a{text}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ana;=cmd|'/C calc'!A0", "Ana;'=cmd|'/C calc'!A0"),
        ('a; "=HYPERLINK(B2)', "a; \"'=HYPERLINK(B2)"),
        ("a\n=1+1\r\n@SUM(A1)\t-1+cmd|'/C calc'!A0", None),
        ("2026; -3; 500 EUR | +7", "2026; -3; 500 EUR | +7"),
        ("We want:\n- rest\n+ pay; @ana knows", "We want:\n- rest\n+ pay; @ana knows"),
        ("a=b, c=d", "a=b, c=d"),
    ],
)
def test_no_cell_is_calculated_where_semicolons_part_them(text: str, shown: str | None) -> None:
    assert shown in (oneline.cell(text), None)
    line = io.StringIO()
    csv.writer(line).writerow(["one", oneline.cell(text), "three"])
    for row in csv.reader(io.StringIO(line.getvalue(), newline=""), delimiter=";"):
        for each in row:
            is_formula = each.lstrip(' "').startswith("=") or re.match('[ "]*[@+-].*[(!]', each)
            assert not is_formula, row
    assert oneline.cell(oneline.cell(text)) == oneline.cell(text)


def test_the_database_is_sound_and_always_the_same(hub: Config, tmp_path: Path) -> None:
    report(hub, 1)
    report(hub, 2, employer="Acme")
    made(hub)
    octets = (hub.public / f"{BASE}table.sqlite").read_bytes()
    again = tmp_path / "again.sqlite"
    again.write_bytes(octets)
    db = sqlite3.connect(again)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("SELECT employer, hours_week, cola FROM reports").fetchall() == [
        ("=cmd()", 36.5, 1),
        ("Acme", 36.5, 1),
    ]
    assert (
        db.execute("SELECT n, rise_pct, lump, lump_currency FROM wage").fetchall()
        == [
            (1, -3, 500, "EUR"),
            (2, None, None, None),
        ]
        * 2
    )
    db.close()
    found = [Report("a" * 32, "u", "2026-01-01", VALUES), Report("b" * 32, "u", "d", VALUES)]
    table = formtable.of_reports(FORM, found)
    assert sqlite_of(table) == sqlite_of(table)


def test_an_answer_that_does_not_fit_is_in_no_table(hub: Config) -> None:
    report(hub, 1, country="Nowhere")
    report(hub, 2)
    made(hub)
    assert "1 report<" in page(hub, f"{BASE}table/index.html")


def test_what_was_moved_to_where_members_read_is_in_no_table(hub: Config) -> None:
    """Also when everybody might read there at first."""
    board = Conference("board", {"en": "Board"})
    smallhub.add_conference(hub, board)
    number = report(hub, 1)
    report(hub, 2, employer="Acme")
    made(hub)
    when = BEGUN + timedelta(hours=3)
    move = events.make("move", at=when, by="operator", data={"to": "board"})
    change = Change(events.path(TopicId(number), move), events.encode(move))
    write_once(open_repo(hub.conference_repo("bar")), [change], message="Move\n", when=when)
    made(hub)
    assert number[:10] in page(hub, f"{BASE}table/index.html")
    change = Change(settings.FILE, settings.encode(replace(board, visibility="members")))
    write_once(open_repo(hub.conference_repo("board")), [change], message="Close\n", when=when)
    last = made(hub)
    for name in ("table/index.html", "table.csv", "table.json"):
        told = page(hub, f"{BASE}{name}")
        assert "Acme" in told
        assert number[:10] not in told
    assert last == made(hub, full=True)


def test_a_withdrawn_form_has_no_pages(hub: Config) -> None:
    report(hub, 1)
    made(hub)
    from solicomm_build.post import conference as settings

    change = Change(settings.FILE, settings.encode(replace(BAR, forms=())))
    repo = open_repo(hub.conference_repo("bar"))
    write_once(repo, [change], message="Withdraw\n", when=BEGUN + timedelta(days=2))
    assert made(hub) == {}


def test_a_script_in_a_value_is_a_text(hub: Config) -> None:
    report(hub, 1, employer="<script>alert(1)</script>")
    made(hub)
    shown = page(hub, f"{BASE}table/index.html")
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


def test_ten_thousand_reports_are_a_page_of_a_hundred() -> None:
    reports = [
        Report(f"{n:032d}", f"u{n}", "2026-01-01", {**VALUES, "workers": str(n)})
        for n in range(10_000)
    ]
    table = formtable.of_reports(FORM, reports)
    assert table.years == (("2026", 10_000),)
    assert len(formtable.csv_of(table).splitlines()) == 10_001
    assert sqlite_of(table)[:15] == b"SQLite format 3"
    wage = next(one for one in table.medians if one.key == "wage")
    assert (wage.part, wage.group, wage.count, wage.middle) == ("rise_pct", "2026", 10_000, -3)


def test_the_schema_of_an_answer(hub: Config) -> None:
    made(hub)
    found = json.loads(page(hub, f"{BASE}schema.json"))
    assert found["properties"]["country"]["pattern"] == "^[A-Z]{2}$"
    assert found["additionalProperties"] is False
    assert formvalues.checked(FORM, VALUES) == VALUES


def test_a_version_that_is_gone_takes_its_reports_out_of_the_table(hub: Config) -> None:
    report(hub, 1)
    second = Change(
        "forms/collective-agreement@2.yaml",
        SOURCE.read_bytes().replace(b"version: 1", b"version: 2"),
    )
    bar = replace(BAR, forms=("collective-agreement@2",))
    repo = hub.conference_repo("bar")
    hubs.commit(repo, second, Change(settings.FILE, settings.encode(bar)))
    made(hub)
    table = "/conferences/bar/forms/collective-agreement/table.csv"
    assert "hogar" in hubs.page(hub, table)
    hubs.commit(repo, Change(forms.path(FORM.ref), None))
    made(hub)
    assert "hogar" not in hubs.page(hub, table)


ODD = """schema: solicomm/form@1
id: odd
version: 1
title: {en: Odd}
post_to: {title: "{url}"}
fields:
  - {key: url, type: text, label: {en: Page}}
  - {key: report, type: text, label: {en: What happened}}
  - {key: sum, type: money, label: {en: Sum}}
  - {key: sum_currency, type: text, label: {en: Coin}}
  - {key: sqlite_x, type: list, label: {en: Days}, of: {n: integer, report: number}}
  - {key: labels, type: list, label: {en: Signs}, of: {year: integer}}
  - {key: labels_rows, type: list, label: {en: More signs}, of: {year: integer}}
public: [url, report, sum, sum_currency, sqlite_x, labels, labels_rows]
"""
ODD_VALUES: Values = {
    "url": "https://a.example/",
    "report": "A fall",
    "sum": "5 EUR",
    "sum_currency": "euro",
    "sqlite_x": [{"n": "7", "report": "0.5"}],
    "labels": [{"year": "2025"}],
    "labels_rows": [{"year": "2026"}],
}


def test_keys_that_tables_use_themselves_get_another_column() -> None:
    odd = formfile.decode(ODD.encode(), "forms/odd@1.yaml")
    table = formtable.of_reports(odd, [Report("a" * 32, "here", "2026-01-01", ODD_VALUES)])
    (row,) = csv.DictReader(io.StringIO(formtable.csv_of(table).decode(), newline=""))
    assert row == {
        "report": "a" * 32,
        "sent": "2026-01-01",
        "url": "here",
        "url_": "https://a.example/",
        "report_": "A fall",
        "sum": "5",
        "sum_currency": "EUR",
        "sum_currency_": "euro",
        "sqlite_x": "7; 0.5",
        "labels": "2025",
        "labels_rows": "2026",
    }
    found = json.loads(formtable.json_of(table))
    assert [one["key"] for one in found["fields"]] == list(row)[3:6] + list(row)[7:]
    (said,) = found["reports"]
    assert (said["url"], said["url_"], said["report_"]) == ("here", "https://a.example/", "A fall")
    db = sqlite3.connect(":memory:")
    db.deserialize(sqlite_of(table))
    assert db.execute("SELECT url, url_, report_, sum_currency_ FROM reports").fetchall() == [
        ("here", "https://a.example/", "A fall", "euro")
    ]
    assert db.execute("SELECT report, n, n_, report_ FROM rows_sqlite_x").fetchall() == [
        ("a" * 32, 1, 7, 0.5)
    ]
    assert db.execute("SELECT year FROM labels_rows").fetchall() == [(2025,)]
    assert db.execute("SELECT year FROM labels_rows_").fetchall() == [(2026,)]
    db.close()


def test_a_form_with_such_keys_is_built(hub: Config) -> None:
    bar = replace(BAR, forms=("odd@1",))
    form = Change("forms/odd@1.yaml", ODD.encode())
    hubs.commit(hub.conference_repo("bar"), form, Change(settings.FILE, settings.encode(bar)))
    assert "conferences/bar/forms/odd/table.sqlite" in made(hub)
