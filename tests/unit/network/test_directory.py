"""The directory of hubs: cards go from hub to hub, each proves itself, and words of hubs that we
know say which count."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from solicomm_build.features.network.carrying import syncing, wire
from solicomm_build.features.network.carrying.syncing import Syncing
from solicomm_build.features.network.directory import book, placing
from solicomm_build.features.network.trust import adding, signed
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.card import Card
from solicomm_build.foundation import clock, fetching, maillog
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub import sshsig
from solicomm_build.foundation.hub.config import Reach
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


def stranger(number: int = 0, **more: object) -> tuple[Identity, Card, bytes]:
    """A hub somewhere, with its signed card."""
    pem = sshsig.new_key()
    public = sshsig.public_key(pem)
    identity = Identity(identities.id_of(f"x{number}.example", public), public, pem)
    domain = f"x{number}.example"
    card = Card(identity.id, public, f"X{number}", f"https://{domain}", domain, seq=1)
    card = dataclasses.replace(card, **more)  # type: ignore[arg-type]
    return identity, card, cards.write(card, identity)


@pytest.fixture
def net(tmp_path: Path) -> Network:
    return Network(tmp_path, "ab")


def listed(net: Network, name: str) -> dict[str, str]:
    return {one.card.id: one.standing for one in book.of(net.hubs[name]).entries}


def refresh(net: Network, name: str, *brought: bytes) -> bool:
    return book.refresh(net.hubs[name], net.identity(name), net.known(name), brought)


def test_a_hub_that_knows_nobody_has_no_directory(tmp_path: Path) -> None:
    net = Network(tmp_path, "a")
    assert not refresh(net, "a")
    assert not net.hubs["a"].hubs_repo.exists()


def test_cards_travel_with_a_stick_and_the_newest_counts(net: Network) -> None:
    identity, card, blob = stranger()
    adding.add(net.hubs["a"], blob, card, "card")
    adding.vouch(net.hubs["a"], card.id, is_vouched=True)
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    assert listed(net, "b")[card.id] == placing.VOUCHED
    newer = cards.write(dataclasses.replace(card, seq=9, name="Y"), identity)
    assert refresh(net, "b", blob, newer)
    assert not refresh(net, "b", blob, newer)
    found = {one.card.id: one.card for one in book.of(net.hubs["b"]).entries}
    assert (found[card.id].name, found[card.id].seq) == ("Y", 9)
    entries = {one.card.id: one for one in book.of(net.hubs["b"]).entries}
    assert entries[card.id].by == net.id("a")


def test_who_is_vouched_for_by_nobody_we_trust_is_unknown_and_not_handed_on(net: Network) -> None:
    _, first, one = stranger(1)
    _, _, two = stranger(2, vouches=(first.id,))
    refresh(net, "a", one, two)
    assert {listed(net, "a")[hub] for hub in listed(net, "a") if hub.startswith("x")} == {
        placing.UNKNOWN
    }
    told = {one.card.id for one in book.of(net.hubs["a"]).handed_on}
    assert told == {net.id("a"), net.id("b")}
    adding.vouch(net.hubs["a"], net.id("b"), is_vouched=True)
    adding.vouch(net.hubs["a"], net.id("b"), is_vouched=False)
    card = cards.read((peering.folder(net.hubs["a"]) / "card.yaml").read_bytes())
    assert card.vouches == ()


def test_a_forged_card_and_a_huge_one_are_passed_over(net: Network) -> None:
    mallory, card, blob = stranger()
    named = dataclasses.replace(card, id=net.id("b"), seq=999)
    forged = cards.write(named, mallory)
    changed = blob.replace(b"X0", b"X9")
    huge = signed.write({"schema": cards.SCHEMA, "contact": "x" * (10 << 20)}, mallory)
    for bad in (forged, changed, huge, b"", b"\xff" * 100):
        with pytest.raises((ContentError, ContentErrors)):
            cards.read(bad)
    refresh(net, "a")
    assert not refresh(net, "a", forged, changed, huge, b"", b"\xff" * 100)


def test_a_hundred_thousand_hubs_do_not_push_out_those_we_stand_near_to() -> None:
    base = stranger()[1]

    def hub(number: int, *vouches: str) -> Card:
        return dataclasses.replace(base, id=f"h{number}-aaaaaaaa", vouches=vouches)

    many = {one.id: one for one in map(hub, range(10, 100_010))}
    evil = hub(2, *list(many)[:500])
    farther = dataclasses.replace(many["h10-aaaaaaaa"], vouches=tuple(many)[500:50_000])
    good = hub(3, "h4-aaaaaaaa")
    some = [hub(1), evil, good, hub(4), farther]
    found = placing.placed(many | {one.id: one for one in some}, hub(1).id, [evil.id, good.id])
    standing = {one.card.id: one.standing for one in found}
    assert standing["h4-aaaaaaaa"] == placing.VOUCHED
    assert len(found) == 3 + placing.MOST_VOUCHED + placing.MOST_UNKNOWN


def test_hubs_tell_each_other_over_http_what_they_do_not_have(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, card, blob = stranger()
    asked: list[str] = []

    def fetched(url: str, **_: object) -> bytes:
        asked.append(url)
        if url.endswith(wire.HUBS):
            odd = {"../etc": 1, "h-aaaaaaaa": "x", net.id("b"): 10**14}
            return json.dumps({"hubs": {card.id: 1, **odd}}).encode()
        if url.endswith(cards.PATH):
            return net.cards()["a"]
        return blob if url.endswith(card.id) else b"{}"

    monkeypatch.setattr(fetching, "fetch", fetched)
    work = Syncing(net.hubs["b"], net.identity("b"), net.known("b"), maillog.to_nobody())
    peer = net.known("b").peers[net.id("a")]
    assert work.look(peer).changed
    assert card.id in listed(net, "b")
    before = len(asked)
    work.look(peer)
    assert not [url for url in asked[before:] if url.endswith(card.id)]


@pytest.mark.parametrize("answer", [b"", b"[]", b'{"hubs": 3}', b"[" * 100_000, b"<html>"])
def test_what_is_no_directory_is_named(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "fetch", lambda url, **_: answer)
    with pytest.raises(ContentError, match="directory"):
        wire.hubs("https://a.example")


def test_a_card_says_what_hub_yaml_says_and_is_signed_anew_after_a_week(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = dataclasses.replace(net.hubs["a"], network=Reach("regional", ("014",), (net.id("b"),)))
    syncing.sign(hub, net.identity("a"), net.known("a"))
    path = peering.folder(hub) / "card.yaml"
    card = cards.read(path.read_bytes())
    assert (card.scope, card.regions, card.parents) == ("regional", ("014",), (net.id("b"),))
    syncing.sign(hub, net.identity("a"), net.known("a"))
    assert cards.read(path.read_bytes()) == card
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + cards._RENEWED * 2)
    syncing.sign(hub, net.identity("a"), net.known("a"))
    assert cards.read(path.read_bytes()).seq > card.seq
