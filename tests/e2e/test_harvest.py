"""card ─commit→ library ─index→ /oai ─HTTP→ harvesters that others wrote.

sickle and oaipmh-scythe harvest every record; what they see is what the cards say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from oaipmh_scythe import Scythe
from sickle import Sickle
from sickle.oaiexceptions import IdDoesNotExist, NoRecordsMatch

from solicomm_build.features.library import library as libraries
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.entry import Entry, Rights
from solicomm_build.features.library.library import Library
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change, write_once
from solicomm_build.testing import smallhub, webserver
from solicomm_build.testing.webserver import ask

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = 450


def card(number: int, **changes: object) -> Change:
    digits = f"{number:08o}".replace("0", "a").replace("1", "b")
    fields: dict[str, object] = {
        "id": f"lib:2026-{digits}",
        "type": "report",
        "title": {"en": f"Report & <{number}>"},
        "languages": ("en",),
        **changes,
    }
    entry = Entry(**fields)  # type: ignore[arg-type]
    return Change(entries.path(entry.key), entryfile.encode(entry))


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    config = smallhub.make(tmp_path_factory.mktemp("harvest") / "hub")
    for name, visibility in (("papers", "public"), ("inner", "members"), ("aside", "unlisted")):
        settings = Library(name, {"en": name.title()}, {}, ("en",), visibility)
        first = [Change(libraries.FILE, libraries.encode(settings)), card(1)]
        repo = create(config.library_repo(name))
        if name == "papers":
            closed = card(0, rights=Rights(access="members"), title={"en": "Closed"})
            first += [card(number) for number in range(2, COUNT)] + [closed]
        write_once(repo, first, message="Begin\n", when=BEGUN)
        if name == "papers":
            later = BEGUN + timedelta(days=3)
            write_once(repo, [Change(card(5).path, None)], message="Gone\n", when=later)
    return config


@pytest.fixture(scope="module")
def url(config: Config) -> Iterator[str]:
    with webserver.running(config) as (host, port):
        yield f"http://{host}:{port}/oai"


def test_sickle_harvests_every_public_card_once(url: str) -> None:
    records = list(Sickle(url).ListRecords(metadataPrefix="oai_dc", ignore_deleted=True))
    titles = [record.metadata["title"][0] for record in records]
    assert len(titles) == len(set(titles)) == COUNT - 1
    assert "Report & <7>" in titles
    assert "Closed" in titles
    assert {record.header.setSpecs[0] for record in records} == {"library:papers"}


def test_sickle_hears_of_what_went(url: str) -> None:
    found = list(Sickle(url).ListIdentifiers(metadataPrefix="oai_dc", **{"from": "2026-01-02"}))
    assert [header.deleted for header in found] == [True]
    with pytest.raises(NoRecordsMatch):
        Sickle(url).ListRecords(metadataPrefix="oai_dc", **{"from": "2026-02-01"})


def test_sickle_asks_for_one_and_for_sets(url: str) -> None:
    client = Sickle(url)
    assert client.Identify().deletedRecord == "persistent"
    header = next(iter(client.ListIdentifiers(metadataPrefix="oai_dc", set="library:papers")))
    record = client.GetRecord(identifier=header.identifier, metadataPrefix="oai_dc")
    assert record.metadata["identifier"][0].startswith("http://hub.example/libraries/papers/")
    assert "library:papers" in [found.setSpec for found in client.ListSets()]
    for name in ("library:inner", "library:aside"):
        with pytest.raises(NoRecordsMatch):
            client.ListRecords(metadataPrefix="oai_dc", set=name)
    with pytest.raises(IdDoesNotExist):
        client.GetRecord(
            identifier=header.identifier.replace("papers", "inner"), metadataPrefix="oai_dc"
        )


def test_scythe_harvests_every_public_card_once(url: str) -> None:
    with Scythe(url) as client:
        found = [record.header.identifier for record in client.list_records()]
        assert len(found) == len(set(found)) == COUNT
        assert next(iter(client.list_metadata_formats())).metadataPrefix == "oai_dc"


def test_post_and_gzip_say_the_same(config: Config) -> None:
    with webserver.running(config) as address:
        got = ask(address, "/oai?verb=ListSets")
        posted = ask(
            address,
            "/oai",
            method="POST",
            body=b"verb=ListSets",
            content_type="application/x-www-form-urlencoded",
            accept_encoding="gzip",
        )
        assert got.status == posted.status == 200
        assert posted.headers["content-encoding"] == "gzip"
        assert got.body.count(b"<setSpec>") > 2
        assert ask(address, "/oai", method="POST", body=b"x" * 20000).status == 413
        assert b'code="badVerb"' in ask(address, "/oai").body
