"""Documents that a library had before there were clean copies."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cleaning.result import UNKNOWN, Cleaned
from solicomm_build.cli.main import main
from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards import shelving
from solicomm_build.features.library.cards.cardcleaning import renew
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.filestore import IN_GIT
from solicomm_build.features.library.cards.shelving import Incoming
from solicomm_build.features.library.reading.openlibraries import Shelves
from solicomm_build.features.library.reading.otherversions import others
from solicomm_build.git.reader import Reader
from solicomm_build.testing import knowing, smallhub
from tests.unit.store.test_cardstore import draft

NOW = smallhub.BEGUN
FILES = {
    "gps.jpg": knowing.picture("JPEG"),
    "minutes.docx": knowing.docx(),
    "report.pdf": knowing.pdf(),
    "minutes.odt": knowing.opendocument(),
}

LARGE = knowing.other_pdf(FILES["report.pdf"], 1, 2 * IN_GIT)
"""A document that lies outside git."""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CardStore:
    """A library as older hubs made it: what came in was kept as it was."""
    config = smallhub.make(tmp_path / "hub")
    new_library(config, "papers", title="Papers", lang="en")
    made = CardStore(config, "papers")
    with monkeypatch.context() as patch:
        patch.setattr(shelving, "clean", lambda data: Cleaned(UNKNOWN, data))
        for name, data in FILES.items():
            made.add(draft(title={"en": name}), [Incoming(name, data)], when=NOW)
        made.add(draft(title={"en": "large"}), [Incoming("large.pdf", LARGE)], when=NOW)
    return made


def _known(data: bytes) -> list[str]:
    return [one for one in knowing.PLANTED if one.encode() in knowing.unpacked(data)]


def _documents(store: CardStore) -> dict[str, bytes]:
    found = {}
    for row in store.rows():
        entry = store.read(row.key)
        file = entry.files[0]
        data = store.octets(entry, file)
        assert data is not None
        assert hashlib.sha256(data).hexdigest() == file.sha256, "the card names what is there"
        assert len(data) == file.size
        found[file.name] = data
    return found


def test_what_is_shown_offered_and_checked_out_is_clean(store: CardStore, tmp_path: Path) -> None:
    before = _documents(store)
    assert all(_known(before[name]) for name in FILES)
    done = list(renew(store, when=NOW))
    assert {name for one in done for name in one.cleaned} == {*FILES, "large.pdf"}
    assert {name for one in done for name in one.kept} == set(FILES)
    for name, data in _documents(store).items():
        assert _known(data) == [], name
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", store.repo.path, clone], check=True)
    for path in clone.rglob("entries/*/*"):
        assert _known(path.read_bytes()) == [], path


def test_again_it_changes_nothing(store: CardStore) -> None:
    list(renew(store, when=NOW))
    tip, documents = store.repo.ref(), _documents(store)
    assert list(renew(store, when=NOW)) == []
    assert (store.repo.ref(), _documents(store)) == (tip, documents)


def test_a_large_file_as_it_came_is_gone(store: CardStore) -> None:
    old = hashlib.sha256(LARGE).hexdigest()
    assert store.files.path(old) is not None
    list(renew(store, when=NOW))
    assert store.files.path(old) is None


def test_what_cannot_be_cleaned_is_named(store: CardStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shelving, "clean", lambda data: Cleaned(UNKNOWN, data))
        added = store.add(draft(), [Incoming("note.txt", b"Words of nobody.\n")], when=NOW)
    entry = replace(added.entry)
    monkeypatch.setattr(
        "solicomm_build.features.library.cards.cardcleaning.clean",
        lambda data: Cleaned(UNKNOWN, data),
    )
    said = {one.key: one for one in renew(store, when=NOW)}
    assert said[entry.key].unclean == ("note.txt",)
    assert said[entry.key].cleaned == ()


def test_the_command_says_what_clones_still_hold(store: CardStore) -> None:
    settings = "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: http://hub.example\n"
    (store.config.root / "hub.yaml").write_text(settings)
    hub = ["--hub", str(store.config.root)]
    done = CliRunner().invoke(main, ["library", "clean", "papers", *hub])
    assert done.exit_code == 0, done.output
    assert "Cleaned the files of 5 cards." in done.output
    assert "gps.jpg is cleaned (its clones still hold it as it came)" in done.output
    assert "large.pdf is cleaned\n" in done.output
    assert "4 files lie in the history of papers.git" in done.output
    again = CliRunner().invoke(main, ["library", "clean", "papers", *hub])
    assert again.output == "Cleaned the files of 0 cards.\n"


def test_no_reader_is_shown_what_the_file_said_before_it_was_cleaned(store: CardStore) -> None:
    list(renew(store, when=NOW))
    with CardIndex(store.config) as index, Reader(store.repo) as reader:
        index.follow(store.id, reader)
        shelves = Shelves(store.id, index, reader)
        books = [book for row in store.rows() if (book := shelves.book(row.key))]
        assert len(books) == len(FILES) + 1
        assert [found for book in books if (found := others(shelves, store.config, book))] == []
