"""How a card is cited: made by the server where one stands, a file where none does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Creator, Dates, Entry, Rights
from solicomm_build.testing import hubs, webserver
from solicomm_build.testing.webserver import ask
from tests.unit.web.test_handin import ANA, Hub, founded

FILES = ("entry.bib", "entry.ris", "entry.json")


class Library(Hub):
    key = ""


def _guide() -> Entry:
    return Entry(
        id="",
        type="report",
        title={"en": "Heat & <work>"},
        creators=(Creator("Dockers", "org"),),
        date=Dates("2024-05"),
        languages=("en",),
        rights=Rights(access="open"),
    )


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Library]:
    config = founded(tmp_path)
    when = datetime(2026, 1, 1, tzinfo=UTC)
    made = CardStore(config, "papers").add(_guide(), when=when)
    hubs.build(config)
    with webserver.running(config) as address:
        library = Library(address, config)
        library.key = made.entry.key
        yield library


def test_the_server_makes_what_reference_managers_read(hub: Library) -> None:
    card = f"/libraries/papers/{hub.key}/"
    bib, ris, csl = (ask(hub.address, card + name) for name in FILES)
    assert b"title = {Heat \\& {<}work{>}}" in bib.body or b"Heat" in bib.body
    assert bib.headers["content-type"] == "text/x-bibtex; charset=utf-8"
    assert b"TI  - Heat & <work>" in ris.body
    (item,) = json.loads(csl.body)
    assert item["title"] == "Heat & <work>"
    assert item["URL"] == hub.config.url + card
    for page in (bib, ris, csl):
        assert page.status == 200
        assert page.headers["cache-control"] == "public, max-age=3600"
    assert not list((hub.config.public / card.strip("/")).glob("entry.[bjr]*")), "no files"


def test_nothing_is_said_of_cards_that_are_not_there(hub: Library) -> None:
    for path in ("papers/2026-aaaaaaaa", "papers/none", f"other/{hub.key}"):
        assert ask(hub.address, f"/libraries/{path}/entry.bib").status == 404
    assert ask(hub.address, f"/libraries/papers/{hub.key}/entry.doc").status == 404


def test_nothing_is_said_of_a_library_for_members(hub: Library) -> None:
    hub.rule(curators=(ANA,), visibility="members")
    assert ask(hub.address, f"/libraries/papers/{hub.key}/entry.json").status == 404


def test_they_are_files_where_no_server_stands(hub: Library, tmp_path: Path) -> None:
    carried = replace(hub.config, carried="hub")
    hubs.build(carried)
    folder = hub.config.public / "libraries/papers" / hub.key
    for name in FILES:
        assert (folder / name).read_bytes() == ask(
            hub.address, f"/libraries/papers/{hub.key}/{name}"
        ).body
