"""`/network/`: who works together, as everybody may see it; nothing of it without a network."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.builder.run import Builder
from solicomm_build.features.network import adding, identity, sshsig
from solicomm_build.features.network import card as cards
from solicomm_build.features.network.card import Card
from solicomm_build.features.network.directory import drawing, placing
from solicomm_build.features.network.directory.placing import Entry
from solicomm_build.features.network.identity import Identity
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs, manifest, smallhub
from solicomm_build.testing.networks import Network


def built(hub: Config) -> None:
    builder = Builder(hub, data.theme())
    try:
        assert builder.build().failures == []
    finally:
        builder.close()


def text(hub: Config, place: str) -> str:
    return (hub.public / place / "index.html").read_text("utf-8")


def vouched_card(number: int, **more: object) -> tuple[Card, bytes]:
    pem = sshsig.new_key()
    public = sshsig.public_key(pem)
    who = Identity(identity.id_of("far.example", public), public, pem)
    card = Card(who.id, public, f"Far <b> {number}", "https://far.example", "far.example", seq=1)
    card = dataclasses.replace(card, **more)  # type: ignore[arg-type]
    return card, cards.write(card, who)


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    made = Network(tmp_path_factory.mktemp("net"), "ab")
    made.write("a", hubs.post("one"))
    made.carry("a", "b")
    card, blob = vouched_card(1, scope="regional", regions=("014",))
    adding.add(made.hubs["b"], blob, card, "card")
    adding.vouch(made.hubs["b"], card.id, is_vouched=True)
    built(made.hubs["b"])
    return made


def test_the_page_shows_hubs_below_those_that_vouch_for_them(net: Network) -> None:
    page = text(net.hubs["b"], "network")
    assert "Far &lt;b&gt; 1" in page
    assert "Eastern Africa" in page
    assert re.search(r"This hub.*?<ul>.*?Far &lt;b&gt;.*?</ul>", page, re.DOTALL)
    assert '<a href="https://a.example/conferences/net/"' in page


def test_a_followed_conference_says_where_its_home_is(net: Network) -> None:
    page = text(net.hubs["b"], "conferences/net")
    assert "This conference has its home at a" in page
    assert 'href="../../network/"' in page


def test_the_front_page_leads_to_it(net: Network) -> None:
    assert 'href="network/"' in text(net.hubs["b"], "")


def test_it_is_in_every_language_of_the_hub(net: Network) -> None:
    assert 'dir="rtl"' in text(net.hubs["b"], "ar/network")


def test_a_hub_without_a_network_has_no_such_page(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    built(hub)
    assert not (hub.public / "network").exists()
    assert "network" not in " ".join(manifest.read(hub.public))


def test_a_stranger_gets_no_link_from_us() -> None:
    card, _ = vouched_card(1, offers={"conferences/ad": "far-aaaaaaaa"})
    line = drawing.drawn([Entry(card, placing.UNKNOWN)], "en").unknown[0]
    assert (line.url, line.offers) == ("", ())


def test_hubs_that_vouch_for_each_other_stand_once_and_few_of_very_many_are_shown() -> None:
    base, _ = vouched_card(1)
    ids = [f"h{number}-aaaaaaaa" for number in range(400)]
    ring = {one: ids[(at + 1) % len(ids)] for at, one in enumerate(ids)}
    entries = [
        Entry(dataclasses.replace(base, id=one, vouches=(ring[one],)), placing.VOUCHED)
        for one in ids
    ]
    facts = drawing.drawn(entries, "en")

    def all_of(lines: tuple[drawing.HubLine, ...]) -> Iterator[str]:
        for one in lines:
            yield one.id
            yield from all_of(one.below)

    shown = [*all_of(facts.hubs)]
    assert len(shown) == len(set(shown)) == drawing.MOST
    assert facts.more == len(ids) - drawing.MOST
