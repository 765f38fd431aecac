"""What an erasure leaves of somebody to libraries and to the hub's settings is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solicomm_build.features.library import library as settings
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.deposits.deposits import Deposits
from solicomm_build.features.privacy import erase, personal
from solicomm_build.features.removing import places
from solicomm_build.foundation import clock
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post.store import erasing
from solicomm_build.testing.deskhub import DeskHub

from .test_depositing import GUIDE, deposit, hub, to

__all__ = ["hub"]  # a fixture

ANA = "ana@union.example"


def _published(hub: DeskHub) -> str:
    review = to(deposit(hub, "", ("guide.pdf", GUIDE)), "op@hub.example")
    hub.reply(review, "accept", sender="op@hub.example")
    (row,) = CardStore(hub.config, "papers").rows()
    return row.key


def test_who_had_a_document_refused_is_told_what_is_kept_of_it(hub: DeskHub) -> None:
    deposits = Deposits(hub.config)
    with clock.fixed(hub.now):
        deposits.refuse("2026-aaaaaaaa", "Ana@Union.example", ["too-large"], b"Subject: x\r\n")
        deposits.refuse("2026-bbbbbbbb", "bo@union.example", ["virus"], b"")
    facts = personal.about(hub.config, ANA, hub.roster).facts
    at = hub.now.isoformat()
    assert facts["refused_documents"] == [{"at": at, "notes": ["too-large"], "octets": 12}]


def _stays(hub: DeskHub) -> list[str]:
    with clock.fixed(hub.now):
        order, _ = erase.erase(hub.config, ANA, reason="asked", by="op")
    return list(erasing.stays(hub.config, order.addresses, order.cards))


def test_cards_of_a_library_that_can_come_back_are_named_too(hub: DeskHub) -> None:
    card = _published(hub)
    places.remove(hub.config, places.Place("library", "papers"))
    (found,) = _stays(hub)
    assert f"the library papers shows lib:{card}" in found


@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_cards_that_are_shown_still_are_named(hub: DeskHub, is_withdrawn: bool) -> None:
    """Nothing says any more, once it is done, who handed a card in."""
    card = _published(hub)
    if is_withdrawn:
        CardStore(hub.config, "papers").withdraw(card, "Asked for", when=hub.now)
    found = _stays(hub)
    assert [f"the library papers shows lib:{card}" in one for one in found] == [True] * (
        not is_withdrawn
    )


def test_a_curator_in_the_settings_of_a_library_is_named(hub: DeskHub) -> None:
    repo = open_repo(hub.config.library_repo("papers"))
    with Reader(repo) as reader:
        said = settings.decode(reader.at(MAIN, settings.FILE) or b"")
    octets = settings.encode(replace(said, curators=("Ana@Union.example",)))
    write_once(repo, [Change(settings.FILE, octets)], message="Curators", when=hub.now)
    (found,) = _stays(hub)
    assert "library.yaml of papers names the person under `curators`" in found


@pytest.mark.parametrize("who", ["op@hub.example", ANA])
def test_the_hub_s_settings_are_named(hub: DeskHub, who: str) -> None:
    text = f"schema: solicomm/hub@1\noperator: {who.upper()} # since May\n"
    (hub.config.root / "hub.yaml").write_text(text)
    assert _stays(hub) == ["hub.yaml names the address. Take it out there"] * (who == ANA)
