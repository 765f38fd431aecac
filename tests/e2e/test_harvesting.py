"""card ─commit→ library of hub A ─/oai, HTTP→ `library harvest` on hub B ─commit→ its library.

What A's cards say, B's cards say, as far as Dublin Core can say it; so does a second harvest, in
which only what changed comes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from solicomm_build.cli.main import main
from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Creator, Dates, Entry, Identifiers, Rights
from solicomm_build.features.library.exchange.oaipmh import BATCH
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import MAIN
from solicomm_build.git.writer import Change, write_once
from solicomm_build.testing import smallhub, webserver

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 1, 4, tzinfo=UTC)
COUNT = BATCH + 30
RICH = Entry(
    "lib:2026-aaaaaaaa",
    "collective-agreement",
    {"en": "Wages & <hours>", "sw": "Mishahara"},
    creators=(Creator("Otieno, Grace"), Creator("Lakeside Workers", "org")),
    publisher="Lakeside Workers",
    date=Dates("2025-11"),
    languages=("en", "sw"),
    subjects=("ilo-taxonomy:wages", "free:tea-breaks"),
    countries=("KE",),
    abstract={"en": "Pay, hours.\nBoots."},
    identifiers=Identifiers("978-0-00-000000-2", doi="10.1000/182", other=(("register", "17"),)),
    rights=Rights("CC-BY-4.0"),
)


@pytest.fixture
def theirs(tmp_path: Path) -> CardStore:
    config = smallhub.make(tmp_path / "theirs")
    new_library(config, "papers", title="Papers", lang="en")
    store = CardStore(config, "papers")
    digits = str.maketrans("01", "zy")
    keys = [f"2026-{f'{number:08o}'.translate(digits)}" for number in range(COUNT - 1)]
    cards = [RICH, *(Entry(f"lib:{key}", "report", {"en": key}, languages=("en",)) for key in keys)]
    changes = [Change(entries.path(card.key), entryfile.encode(card)) for card in cards]
    write_once(store.repo, changes, message="Begin\n", when=BEGUN)
    return store


def harvest(config: Config, *words: str) -> Result:
    return CliRunner().invoke(
        main, ["library", "harvest", "copies", *words, "--hub", str(config.root)]
    )


def test_two_hubs(theirs: CardStore, sample_hub: Config) -> None:
    new_library(sample_hub, "copies", title="Copies", lang="en")
    ours = CardStore(sample_hub, "copies")
    with webserver.running(theirs.config) as (host, port):
        url = f"http://{host}:{port}/oai"
        first = harvest(sample_hub, url)
        assert f"Test: {COUNT:,} new, 0 changed, 0 as before, 0 withdrawn" in first.output
        assert f"{BATCH} of {COUNT} records\n{COUNT} of {COUNT} records" in first.output
        assert first.exit_code == 0

        (found,) = [ours.read(row.key) for row in ours.rows() if row.type == RICH.type]
        for name in (
            "type",
            "title",
            "creators",
            "publisher",
            "date",
            "languages",
            "subjects",
            "countries",
            "abstract",
        ):
            assert getattr(found, name) == getattr(RICH, name), name
        assert found.identifiers.url == "http://hub.example/libraries/papers/2026-aaaaaaaa/"
        assert found.identifiers.doi == "10.1000/182"
        assert found.identifiers.isbn == "9780000000002"
        assert found.identifiers.other == (("register", "17"),)
        assert found.rights.licence == "CC-BY-4.0"
        key = "oai:hub.example:papers/2026-aaaaaaaa"
        assert found.provenance.source.startswith(f"oai:{url}#{key} 2026-01-01T00:00:00Z ")
        assert found.provenance.via == "harvest"

        tip = ours.repo.ref(MAIN)
        assert f"0 new, 0 changed, {COUNT} as before" in harvest(sample_hub, url).output
        assert ours.repo.ref(MAIN) == tip

        theirs.withdraw("2026-zzzzzzzz", "", when=LATER)
        theirs.change(replace(RICH, date=Dates("2026-01")), "Mend", when=LATER)
        gone = Change(entries.path("2026-zzzzzzzy"), None)
        write_once(theirs.repo, [gone], message="Gone\n", when=LATER)
        said = harvest(sample_hub, url).output
        assert "Test since 2026-01-01T00:00:00Z: 0 new, 1 changed" in said
        assert "2 withdrawn" in said, "one was withdrawn there, one is gone"
        assert ours.read(found.key).date.issued == "2026-01"

        again = harvest(sample_hub, url)
        assert "Test since 2026-01-04T00:00:00Z: 0 new, 0 changed" in again.output
        full = harvest(sample_hub, url, "--full", "--set", "type:law")
        assert "0 new, 0 changed, 0 as before" in full.output


def test_words_that_do_not_go_together(sample_hub: Config) -> None:
    for words in (["--full", "--since", "2026-01-01"], ["--since", "May"]):
        said = harvest(sample_hub, "http://127.0.0.1:9/oai", *words)
        assert said.exit_code == 64, said.output
    assert harvest(sample_hub, "http://127.0.0.1:9/oai").exit_code == 66
