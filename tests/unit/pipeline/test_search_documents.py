"""The text of a library's documents is found, page by page, and leads to the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from solicomm_build.builder import loading
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search import index as search
from solicomm_build.features.search.engine.finding import find
from solicomm_build.features.search.engine.reader import OpenIndex, open_index
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.testing import hubs, smallhub, webserver

PAGED, FLAT, HIDDEN = "2026-7qk3xa2m", "2026-a7rh2dgy", "2026-c4nh6tpe"
PAGES = (
    "Agreement of the depot\nbetween the union and the company\n",
    "Ornithopters fly no later than nine in the evening, and nobody is sent home.\n",
    "\n",
    "Congés payés : les ouvrières ont droit à trente jours, et les ornithopters restent.\n",
)


def _card(key: str, title: str, files: dict[str, tuple[str, str]], access: str = "open") -> str:
    listed = "".join(
        f'  - {{sha256: "{number}{"0" * 63}", name: {name}, type: {kind}, bytes: 9, '
        f"role: {role}}}\n"
        for number, (name, (kind, role)) in enumerate(files.items())
    )
    card = hubs.CARD.format(id=key, title=title, text="").replace("open", access)
    return card.replace("---\n", f"---\nfiles:\n{listed}", 1)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The hub, made once. Not to be changed: take `hub`."""
    made = smallhub.make(tmp_path_factory.mktemp("built") / "hub")
    repo = made.library_repo("books")
    create(repo)
    pdf, txt = ("application/pdf", "main"), ("text/plain", "text")
    office = ("application/vnd.oasis.opendocument.text", "main")
    cards = {
        PAGED: ("Depot", {"depot.pdf": pdf, "depot.txt": txt}, "\f".join(PAGES)),
        FLAT: ("Heat", {"heat.odt": office, "heat.txt": txt}, "Zeppelins in the heat of noon.\n"),
        HIDDEN: ("Kept", {"kept.pdf": pdf, "kept.txt": txt}, "Dirigibles are for members.\n"),
    }
    changes = [Change("library.yaml", hubs.LIBRARY)]
    for key, (title, files, text) in cards.items():
        access = "members" if key == HIDDEN else "open"
        card = _card(key, title, files, access)
        changes.append(Change(f"entries/{key}/entry.md", card.encode()))
        for name in files:
            octets = text.encode() if name.endswith(".txt") else b"%PDF-1.4\n"
            if key != HIDDEN:  # those lie outside git
                changes.append(Change(f"entries/{key}/{name}", octets))
    hubs.commit(repo, *changes)
    assert hubs.build(made).failures == []
    _index(made)
    return made


@pytest.fixture
def hub(built: Config, tmp_path: Path) -> Config:
    return hubs.copied(built, tmp_path / "hub")


def _index(hub: Config) -> search.Done:
    sources = Sources(hub)
    found = loading.load(hub, sources, loading.tips(hub), None)
    sources.close()
    return search.update(hub, found, settle=True)


def _open(hub: Config) -> OpenIndex:
    def read(path: str) -> bytes | None:
        file = hub.public / "search" / "index" / path
        return file.read_bytes() if file.exists() else None

    return open_index(read)


def _addresses(hub: Config, words: str) -> list[str]:
    return [hit.row.address for hit in find([_open(hub)], words, "en").hits]


def test_each_page_of_a_pdf_is_found_by_its_words(hub: Config) -> None:
    found = _addresses(hub, "ornithopters")
    paged = f"libraries/books/{PAGED}/files/depot.pdf#page="
    assert sorted(found) == [f"{paged}2", f"{paged}4"]
    (hit,) = find([_open(hub)], "ornithopters evening", "en").hits
    assert hit.row.title == "Depot"
    assert hit.row.snippet.startswith("Ornithopters fly no later")


def test_a_page_is_stemmed_in_the_language_of_the_text(hub: Config) -> None:
    assert _addresses(hub, "ouvrière droit jour")


def test_a_text_without_pages_is_one(hub: Config) -> None:
    assert _addresses(hub, "zeppelins") == [f"libraries/books/{FLAT}/files/heat.txt"]


def test_what_is_not_for_everybody_is_not_read(hub: Config) -> None:
    assert _addresses(hub, "dirigibles") == []


def test_an_empty_page_is_no_document_and_pages_are_counted_once(hub: Config) -> None:
    kept = hub.state / "search" / "texts.json"
    assert sorted(json.loads(kept.read_bytes()).values()) == [[0], [1, 2, 4]]
    kept.unlink()
    assert _index(hub).written == 0
    assert kept.exists()


def test_a_text_that_goes_is_found_no_more(hub: Config) -> None:
    repo = hub.library_repo("books")
    card = _card(PAGED, "Depot", {"depot.pdf": ("application/pdf", "main")})
    hubs.commit(
        repo,
        Change(f"entries/{PAGED}/entry.md", card.encode()),
        Change(f"entries/{PAGED}/depot.txt", None),
    )
    hubs.build(hub)
    _index(hub)
    assert _addresses(hub, "ornithopters") == []
    assert _addresses(hub, "title:depot") == [f"libraries/books/{PAGED}/"]


def test_the_page_of_results_names_the_pages_below_their_card(hub: Config) -> None:
    with webserver.running(hub) as address:
        body = webserver.ask(address, "/search/?q=ornithopters&nojs=1").body.decode()
    assert body.count("<li><h2") == 1
    assert "Page 2" in body
    assert "Page 4" in body
    assert f"../libraries/books/{PAGED}/files/depot.pdf#page=2" in body
