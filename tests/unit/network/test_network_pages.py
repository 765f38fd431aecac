"""`/network/`: who works together, as everybody may see it; nothing of it without a network."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.builder.run import Builder
from solicomm_build.features.network.directory import book, drawing, mapping, placing
from solicomm_build.features.network.directory.facts import HubLine
from solicomm_build.features.network.directory.placing import Entry
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs, manifest, smallhub
from solicomm_build.testing.networks import Network, stranger


def built(hub: Config) -> None:
    builder = Builder(hub, data.theme())
    try:
        assert builder.build().failures == []
    finally:
        builder.close()


def text(hub: Config, place: str) -> str:
    return (hub.public / place / "index.html").read_text("utf-8")


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    made = Network(tmp_path_factory.mktemp("net"), "ab")
    made.write("a", hubs.post("one"))
    made.carry("a", "b")
    card, blob = stranger("far", scope="regional", regions=("014",))
    adding.add(made.hubs["b"], blob, card, "card")
    adding.vouch(made.hubs["b"], card.id, is_vouched=True)
    built(made.hubs["b"])
    return made


def test_the_page_shows_hubs_below_those_that_vouch_for_them(net: Network) -> None:
    page = text(net.hubs["b"], "network")
    assert "far &lt;b&gt;" in page
    assert "Eastern Africa" in page
    assert re.search(r"This hub.*?<ul>.*?far &lt;b&gt;.*?</ul>", page, re.DOTALL)
    assert '<a href="https://a.example/conferences/net/"' in page


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("Conferences that it offers:", "conferences/water"),
        ("Libraries that it offers:", "libraries/laws"),
        ("Sites of unions that it offers:", "unions/dockers"),
    ],
)
def test_what_a_hub_offers_is_called_what_it_is(net: Network, said: str, place: str) -> None:
    led = f'{said} <a href="https://far.example/{place}/"><bdi>{place.partition("/")[2]}</bdi></a>'
    assert f"<p>{led}</p>" in text(net.hubs["b"], "network")


def test_a_followed_conference_says_where_its_home_is(net: Network) -> None:
    page = text(net.hubs["b"], "conferences/net")
    assert "This conference has its home at a" in page
    assert f'href="../../network/#{net.id("a")}"' in page


def test_the_front_page_leads_to_it(net: Network) -> None:
    assert 'href="network/"' in text(net.hubs["b"], "")


def test_it_is_in_every_language_of_the_hub(net: Network) -> None:
    assert 'dir="rtl"' in text(net.hubs["b"], "ar/network")


def test_the_picture_shows_regions_arrows_and_who_is_silent() -> None:
    entries = [
        placing.Entry(stranger(name, regions=regions)[0], standing)
        for name, regions, standing in (
            ("here", ("002",), placing.OWN),
            ("a very long name of a hub", ("002",), placing.KNOWN),
            ("south", ("005",), placing.VOUCHED),
            ("nowhere", (), placing.KNOWN),
        )
    ]
    here, south = entries[0].card, entries[2].card
    follows = replace(here, offers={"conferences/water": south.id, "conferences/x": "far-aaaaaaaa"})
    entries[0] = placing.Entry(follows, placing.OWN)
    drawn = mapping.mapped(entries, "en", {south.id})
    assert drawn is not None
    assert [one.name for one in drawn.labels] == ["Africa", "South America", "Without a region"]
    assert [(one.name, one.kind) for one in drawn.dots] == [
        ("here <b>", "own"),
        ("a very long na…", "alive"),
        ("south <b>", "silent"),
        ("nowhere <b>", "alive"),
    ]
    assert len(drawn.arrows) == 1, "one pair once, and nobody who is not there"
    back = mapping.mapped(entries, "ar", {south.id})
    assert back is not None
    assert [one.x for one in back.dots] == [drawn.width - one.x for one in drawn.dots]
    assert all(0 < one.x < drawn.width and 0 < one.y < drawn.height for one in drawn.dots)
    assert mapping.mapped(entries[:2], "en", ()) is None, "a list says it better"
    many = mapping.mapped(entries * 20, "en", ())
    assert many is not None
    assert len(many.labels) + len(many.dots) < 50


def test_the_picture_is_on_the_page_without_scripts_or_styles(net: Network) -> None:
    page = text(net.hubs["b"], "ar/network")
    picture = page[page.index("<figure>") : page.index("</figure>")]
    assert 'role="img"' in picture
    assert "far &lt;b&gt;" in picture
    assert not re.search(r"<script|style=|href=", picture)


def test_a_hub_without_a_network_has_no_such_page(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    built(hub)
    assert not (hub.public / "network").exists()
    assert "network" not in " ".join(manifest.read(hub.public))


def test_a_stranger_gets_no_link_from_us() -> None:
    card, _ = stranger("far", offers={"conferences/ad": "far-aaaaaaaa"})
    line = drawing.drawn([Entry(card, placing.UNKNOWN)], "en").unknown[0]
    assert (line.url, line.offers) == ("", ())


def test_hubs_that_vouch_for_each_other_stand_once_and_few_of_very_many_are_shown() -> None:
    base, _ = stranger("far")
    ids = [f"h{number}-aaaaaaaa" for number in range(400)]
    ring = {one: ids[(at + 1) % len(ids)] for at, one in enumerate(ids)}
    entries = [
        Entry(dataclasses.replace(base, id=one, vouches=(ring[one],)), placing.VOUCHED)
        for one in ids
    ]
    facts = drawing.drawn(entries, "en")

    def all_of(lines: tuple[HubLine, ...]) -> Iterator[str]:
        for one in lines:
            yield one.id
            yield from all_of(one.below)

    shown = [*all_of(facts.hubs)]
    assert len(shown) == len(set(shown)) == drawing.MOST
    assert facts.more == len(ids) - drawing.MOST


def test_a_post_says_at_which_other_hub_it_was_written(tmp_path: Path) -> None:
    net = Network(tmp_path, "abc")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    net.carry("a", "c")
    net.write("b", hubs.post("two", "one"))
    hub = net.hubs["b"]
    built(hub)
    page = text(hub, f"conferences/net/t/{hubs.mid('one')}")
    said = f'Written at <a class="to" href="../../../../network/#{net.id("a")}"><bdi>a</bdi></a>'
    assert page.count("Written at") == page.count(said) == 1
    assert f'id="{net.id("a")}"' in text(hub, "network")
    net.carry("b", "a")  # what it wrote itself comes back to it, and says nothing
    built(net.hubs["a"])
    page = text(net.hubs["a"], f"conferences/net/t/{hubs.mid('one')}")
    assert page.count("Written at") == 1
    assert net.id("b") in page

    net.write("c", hubs.post("three", "one"))
    net.carry("c", "b")
    card = cards.own(replace(net.hubs["a"], name="Harbour"), net.identity("a"), {})
    peering.keep_card(hub, net.known("b").peers[net.id("a")], card)
    book.refresh(hub, net.identity("b"), net.known("b"))
    built(hub)
    page = text(hub, f"conferences/net/t/{hubs.mid('one')}")
    assert "<bdi>Harbour</bdi>" in page
    assert "its home at Harbour" in text(hub, "conferences/net")
    assert page.count("Written at") == 2
    step_by_step = manifest.read(hub.public)
    shutil.rmtree(hub.state)
    shutil.rmtree(hub.public)
    built(hub)
    assert manifest.read(hub.public) == step_by_step


def test_another_version_of_a_message_says_where_it_was_written(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    net.carry("a", "b")
    net.write("a", hubs.post("one", body="Ours.\n"))
    net.write("b", hubs.post("one", body="Theirs.\n"))
    net.carry("a", "b")
    net.carry("b", "a")
    said = {"a": "Ours.", "b": "Theirs."}
    for name, other in ("ab", "ba"):
        built(net.hubs[name])
        page = text(net.hubs[name], f"conferences/net/t/{hubs.mid('one')}")
        own, its = sorted(page.split("<article")[1:], key=lambda one: "Written at" in one)
        assert said[name] in own
        assert "Written at" not in own
        assert said[other] in its
        assert f"#{net.id(other)}" in its


def test_the_page_says_who_has_gone_silent_and_who_is_in_which_region(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    hub, now = net.hubs["b"], clock.now()
    for name, regions, days in (("east", ("014",), 40), ("west", ("011", "014"), 1)):
        card, blob = stranger(name, regions=regions, at=now - timedelta(days=days))
        adding.add(hub, blob, card, "card")
    built(hub)
    page = text(hub, "network")
    assert page.count("silent since then") == 1
    east = page.index("east &lt;b&gt;</bdi></a></h2>")
    assert east < page.index("silent since then") < page.index("By region")
    rest = page[page.index("By region") :]
    assert re.search(r"Eastern Africa.*east.*west.*Western Africa.*west", rest, re.DOTALL)
    with clock.fixed(now + timedelta(days=40)):
        built(hub)
    assert text(hub, "network").count("silent since then") > 1
