"""Cards of people: the format, whose card is whose, and the addresses behind them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from solicomm_build.features.people import personaddress, personcard
from solicomm_build.features.people.cardholders import CardHolders
from solicomm_build.features.people.personcard import Card
from solicomm_build.foundation.errors import ContentErrors
from solicomm_build.people import roster, rosterevents, token
from solicomm_build.people.rosterevents import Consent

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ID, OTHER = "c_abcdefghij", "c_bcdefghijk"
CONSENT = Consent("mail", "confirmed")
FULL = Card(
    ID,
    "Amina",
    union="metal",
    country="KE",
    languages=("sw", "en"),
    roles="shop steward",
    about={"sw": "Habari", "en": "Hello,\nall"},
    introduction="/conferences/water/t/" + "a" * 32 + "/#" + "b" * 32,
    contact="relay",
    since="2026-11-24",
    photo="0" * 64,
    consented="2026-11-24",
)


def test_a_card_reads_back_as_it_was_written() -> None:
    small = Card(ID, "Amina", consented="2026-11-24")
    for card in (FULL, small):
        assert personcard.decode(personcard.encode(card), personcard.path(ID)) == card


def test_a_card_without_consent_is_refused() -> None:
    text = personcard.encode(FULL).decode().replace("  directory:", "  other:")
    with pytest.raises(ContentErrors, match=r"consent\.directory. is missing"):
        personcard.decode(text, personcard.path(ID))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("introduction", "https://elsewhere.example/"),
        ("country", "Kenya"),
        ("contact", "mail"),
        ("email", "ana@union.example"),
        ("id", "p_abcdefghij"),
    ],
)
def test_what_is_no_card_is_refused(key: str, value: str) -> None:
    kept = [
        line
        for line in personcard.encode(FULL).decode().splitlines()
        if not line.startswith(f"{key}:")
    ]
    with pytest.raises(ContentErrors):
        personcard.decode("\n".join([*kept, f"{key}: {value}"]), personcard.path(ID))


def test_ids_are_new_each_time_and_paths_are_theirs() -> None:
    one = personcard.mint()
    assert one != personcard.mint()
    assert personcard.id_of(personcard.path(one)) == one
    assert personcard.id_of("people/x.yaml") == personcard.id_of(personcard.photo_path(one)) == ""
    with pytest.raises(ValueError, match="not a card id"):
        personcard.path("../x")


def test_the_roster_knows_whose_card_it_is() -> None:
    held = roster.fold([rosterevents.card(1, ID, "relay", at=NOW, consent=CONSENT)]).ledger(
        CardHolders
    )
    assert (held.of(1), held.number(ID), held.reachable) == (ID, 1, {ID})
    held = roster.fold(
        [
            rosterevents.card(1, ID, "relay", at=NOW, consent=CONSENT),
            rosterevents.card(1, ID, "none", at=NOW, consent=CONSENT),
        ]
    ).ledger(CardHolders)
    assert (held.of(1), held.reachable) == (ID, set())


def test_a_withdrawn_card_is_nobodys_and_its_id_stays_unused() -> None:
    after = roster.fold(
        [
            rosterevents.card(1, ID, "relay", at=NOW, consent=CONSENT),
            rosterevents.card_withdrawn(1, ID, at=NOW, by="member"),
            rosterevents.card(2, ID, "relay", at=NOW, consent=CONSENT),
            rosterevents.card(1, OTHER, "relay", at=NOW, consent=CONSENT),
        ]
    )
    assert (
        after.ledger(CardHolders).of(1),
        after.ledger(CardHolders).number(ID),
        after.ledger(CardHolders).of(2),
    ) == (OTHER, None, None)
    assert after.ledger(CardHolders).reachable == {OTHER}
    assert len(after.refused) == 1


def test_the_addresses_behind_cards() -> None:
    found = personaddress.split(f"Person+{ID.upper()}", {ID})
    assert found is not None
    assert (found.base, found.purpose, found.tag) == (ID, personaddress.PERSON, "")
    fresh = token.fresh()
    answer = personaddress.split(f"person+{fresh}", {ID})
    assert answer is not None
    assert (answer.base, answer.tag) == ("", fresh)
    for other in (f"person+{OTHER}", "person+", "person", f"people+{ID}", f"person+{ID}+x"):
        assert personaddress.split(other, {ID}) is None
