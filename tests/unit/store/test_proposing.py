"""Proposals to correct a card that others have changed since."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards import cardchange
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Creator, Entry
from solicomm_build.features.library.deposits import proposing
from solicomm_build.testing import smallhub

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CARD = Entry(
    id="",
    type="report",
    title={"en": "Heat"},
    creators=(Creator("Otieno, Grace"), Creator("Lakeside", "org")),
    languages=("en",),
    subjects=("free:alpha", "free:beta"),
    countries=("KE",),
)
PROPOSALS = (
    {"subject": "alpha, beta, gamma", "author": "Otieno, Grace; Roy, Mina", "country": "KE, UG"},
    {"subject": "alpha, delta", "author": "Otieno, Grace; Paz, Ana", "country": "KE, TZ"},
)


def test_of_two_proposals_both_count_where_they_add_to_a_list(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "hub")
    new_library(config, "papers", title="Papers", lang="en")
    store = CardStore(config, "papers")
    key = store.add(CARD, when=NOW).entry.key
    seen = cardchange.seen(store.repo, key)
    assert seen is not None
    for end, said in zip("ab", PROPOSALS, strict=True):
        draft, bad = proposing.drafted(seen, f"2026-aaaaaaa{end}", said, NOW)
        assert bad == []
        proposing.put_right(config, "papers", key, seen.blob, draft, by="member:1", when=NOW)
    card = store.read(key)
    assert card.subjects == ("free:alpha", "free:gamma", "free:delta")
    persons = [one.name for one in card.creators if one.kind == "person"]
    assert persons == ["Otieno, Grace", "Roy, Mina", "Paz, Ana"]
    assert card.countries == ("KE", "UG", "TZ")
    assert Creator("Lakeside", "org") in card.creators


def test_two_proposals_that_each_take_one_out_leave_none(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "hub")
    new_library(config, "papers", title="Papers", lang="en")
    store = CardStore(config, "papers")
    card = store.add(CARD, when=NOW).entry
    seen = cardchange.seen(store.repo, card.key)
    assert seen is not None
    draft, _ = proposing.drafted(seen, "2026-aaaaaaaa", {"subject": "beta"}, NOW)
    store.change(replace(card, subjects=("free:alpha",)), "Meanwhile", when=NOW)
    proposing.put_right(config, "papers", card.key, seen.blob, draft, by="member:1", when=NOW)
    assert store.read(card.key).subjects == (), "each took one out"
