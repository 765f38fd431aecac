"""A library's documents narrowed down by several facets at once; and documents like one."""

from __future__ import annotations

import random
import re
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from solicomm_build.builder import slug
from solicomm_build.features.library.cards import cardrows
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardreading import CardReading
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Creator, Dates, Entry
from solicomm_build.features.library.rendering.alike import WINDOW, Beside, alike, behind
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.testing import webserver
from solicomm_build.testing.webserver import ask
from tests.unit.web.test_handin import ANA, Hub, founded

FAR = "203.0.113.9"
WAGES, HEAT, NIGHT = "ilo-taxonomy:wages", "free:heat", "free:night"


class Library(Hub):
    keys: dict[str, str]
    index: CardIndex

    def add(self, name: str, **facts: object) -> None:
        card = Entry(id="", type="report", title={"en": name}, languages=("en",))
        when = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=len(self.keys))
        made = CardStore(self.config, "papers").add(replace(card, **facts), when=when)  # type: ignore[arg-type]
        self.keys[name] = made.entry.key

    def found(self, query: str) -> list[str]:
        page = ask(self.address, f"/libraries/papers/find/?{query}").body.decode()
        return re.findall(r'<h2 lang="\w*"><a href="[^"]*"><bdi>([^<]*)', page)

    def like(self, name: str) -> list[str]:
        row = self.index.row("papers", self.keys[name])
        assert row is not None
        names = {key: name for name, key in self.keys.items()}
        return [names[key] for key in alike(self.index, "papers", row)]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    config = founded(tmp_path_factory.mktemp("hub"))
    with webserver.running(config) as address, CardIndex(config) as index:
        made = Library(address, config)
        made.keys, made.index = {}, index
        made.rule(curators=(ANA,))
        made.add("Wages here", subjects=(WAGES,), countries=("KE",), date=Dates("2024"))
        made.add("Heat 100%", subjects=(HEAT,), countries=("KE",), sectors=("isic4:36",))
        made.add("Wages there", subjects=(WAGES,), countries=("FR",), languages=("fr",))
        made.add("Both", subjects=(WAGES, HEAT), countries=("KE",), sectors=("isic4:E38",))
        made.add("Night", subjects=(NIGHT,), creators=(Creator("Dockers", "org"),))
        with Reader(open_repo(config.library_repo("papers"))) as reader:
            index.follow("papers", reader)
        yield made


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Night", "Both", "Wages there", "Heat 100%", "Wages here"]),
        (f"subject={WAGES}&country=KE", ["Both", "Wages here"]),
        ("country=KE&sector=E", ["Both", "Heat 100%"]),
        ("language=fr", ["Wages there"]),
        ("year=2024&type=report", ["Wages here"]),
        ("q=dockers", ["Night"]),
        ("q=100%25", ["Heat 100%"]),
        ("country=XX", []),
        ("from=4", ["Wages here"]),
        ("from=999999", []),
    ],
)
def test_what_was_chosen_holds_together(hub: Library, query: str, expected: list[str]) -> None:
    assert hub.found(query) == expected


def test_what_was_chosen_stands_in_the_form_again(hub: Library) -> None:
    page = ask(hub.address, "/libraries/papers/find/?country=FR&q=%22%3Cb%3E").body.decode()
    assert 'value="FR" selected' in page
    assert "<b>" not in page
    assert "&quot;&lt;b&gt;" in page
    assert "Nothing found" in page


def test_a_library_for_members_is_not_found_in(hub: Library) -> None:
    try:
        hub.rule(curators=(ANA,), visibility="members")
        answer = ask(hub.address, "/libraries/papers/find/")
        nowhere = ask(hub.address, "/libraries/nowhere/find/")
        assert (answer.status, answer.body) == (404, nowhere.body)
    finally:
        hub.rule(curators=(ANA,))


def test_who_looks_through_a_library_without_end_keeps_nobody_waiting(
    hub: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    def slow(*_: object, **_more: object) -> tuple[list[object], int]:
        assert go.wait(60)
        return [], 0

    monkeypatch.setattr(CardReading, "matching", slow)

    def find(_: int) -> int:
        return ask(hub.address, "/libraries/papers/find/?q=a", **{"X-Forwarded-For": FAR}).status

    with ThreadPoolExecutor(30) as pool:
        try:
            many = [pool.submit(find, number) for number in range(30)]
            told = [one.result() for one in islice(as_completed(many, 30), 26)]
            assert set(told) == {503}
            assert ask(hub.address, "/members/me").status == 200, "it is served meanwhile"
        finally:
            go.set()
        assert sorted(one.result() for one in many)[:4] == [200] * 4


def test_documents_like_one_share_two_things_and_came_before(hub: Library) -> None:
    assert hub.like("Both") == ["Heat 100%", "Wages here"], "subject, sector, country; then two"
    assert hub.like("Wages here") == [], "what comes later changes no page"
    assert hub.like("Wages there") == [], "one subject alone is common"


def test_read_at_once_the_same_are_like_one() -> None:
    """Of many documents in few lists, by any way of asking."""
    chance = random.Random(4)
    with closing(sqlite3.connect(":memory:")) as db:
        cardrows.make(db)
        index = CardReading(db)
        for number in range(400):
            card = ("papers", f"2026-{number:08}", number // 3)
            for kind, most in (("subject", 9), ("country", 4), ("year", 2), ("organisation", 30)):
                value = f"{kind} {chance.randrange(most)}"
                row = ("papers", kind, slug.one(value), card[2], card[1], value)
                db.execute("INSERT INTO facet VALUES (?, ?, ?, ?, ?, ?)", row)
            values = (*card, 0, "published", "report", "", "{}", "", "", "", "")
            db.execute(f"INSERT INTO card VALUES ({','.join('?' * 12)})", values)
        beside = Beside(index, "papers")
        rows = list(index.rows("papers"))
        one_by_one = [alike(index, "papers", row) for row in rows]
        assert [alike(index, "papers", row, (), beside) for row in rows] == one_by_one
        assert sum(map(len, one_by_one)) > 1000


def test_what_is_behind_is_all_whose_list_may_change(hub: Library) -> None:
    row = hub.index.row("papers", hub.keys["Wages here"])
    assert row is not None
    place, facets = (row.added, row.key), hub.index.facets_of("papers", row.key)
    found = behind(hub.index, "papers", place, facets)
    names = {name for name, key in hub.keys.items() if key in found}
    assert names == {"Wages there", "Both", "Heat 100%"}
    assert len(found) <= WINDOW * len(facets)
