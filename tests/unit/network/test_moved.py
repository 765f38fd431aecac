"""A hub that has another address than before is asked there, as far as its card may lead."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from solicomm_build.features.network import standing, watching
from solicomm_build.features.network.standing import Standing
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.testing.networks import Network


@pytest.fixture
def net(tmp_path: Path) -> Network:
    return Network(tmp_path, "ab")


def _moves(net: Network, url: str) -> str:
    """`a` says that it is there; where `b` asks it from then on."""
    cards.own(dataclasses.replace(net.hubs["a"], url=url), net.identity("a"), {})
    peer = net.known("b").peers[net.id("a")]
    peering.keep_card(net.hubs["b"], peer, net.stored_card("a"))
    return net.known("b").peers[net.id("a")].url


def _chosen(net: Network, url: str) -> None:
    """The operator of `b` has added `a` at this address."""
    with peering.changing(net.hubs["b"]) as known:
        peer = known.peers[net.id("a")]
        known.peers[peer.id] = dataclasses.replace(peer, url=url)


def test_a_hub_that_has_moved_is_asked_at_its_new_address(net: Network) -> None:
    assert net.known("b").peers[net.id("a")].url == "https://a.example"
    assert _moves(net, "https://new.example/") == "https://new.example"
    assert _moves(net, "https://newer.example") == "https://newer.example"


@pytest.mark.parametrize(
    "url",
    [
        "http://new.example",
        "https://127.0.0.1:8080",
        "https://10.0.0.5",
        "https://[::1]",
        "https://printer",
        "https://printer.local",
        "https://b.example",
    ],
)
def test_a_card_leads_nowhere_but_into_the_internet(net: Network, url: str) -> None:
    assert _moves(net, url) == "https://a.example"


@pytest.mark.parametrize("url", ["", "http://10.1.1.1:8080"])
def test_where_an_operator_has_a_hub_asked_it_is_asked(net: Network, url: str) -> None:
    _chosen(net, url)
    assert _moves(net, "https://new.example") == url


def test_who_is_not_reached_where_it_was_is_named_with_where_it_is(net: Network) -> None:
    _moves(net, "http://new.example")
    stand = Standing(fault="https://a.example: no answer", is_unreached=True)
    standing.write(net.hubs["b"], net.id("a"), stand)
    remedies = [one.remedy for one in watching.look(net.hubs["b"])]
    assert any("solicomm peer add http://new.example" in one for one in remedies)
