"""What harvesters are told of a library whose cards change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.catalogue import Catalogue, HarvestedHub
from solicomm_build.features.library.exchange import oaipmh
from solicomm_build.features.library.exchange.harvesting import page
from solicomm_build.features.library.exchange.reading import Found, Gone
from solicomm_build.testing import smallhub
from tests.unit.store.test_cardstore import draft

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "http://hub.example/oai"
ALL = (("verb", "ListRecords"), ("metadataPrefix", "oai_dc"))


def test_a_document_that_was_withdrawn_is_told_as_deleted_until_it_comes_back(
    tmp_path: Path,
) -> None:
    config = smallhub.make(tmp_path / "hub")
    new_library(config, "papers", title="Papers", lang="en")
    store = CardStore(config, "papers")

    def told() -> list[type]:
        with Catalogue(config) as catalogue:
            hub = HarvestedHub(config, catalogue, NOW)
            return [type(item) for item in page(oaipmh.answer(ALL, hub, URL, NOW), URL, "en").items]

    card = store.add(draft(), when=NOW).entry
    assert told() == [Found]
    store.withdraw(card.key, "Not ours to show", when=NOW + timedelta(days=1))
    assert told() == [Gone]
    store.change(card, "Undo", when=NOW + timedelta(days=2))
    assert told() == [Found]
