"""A hub without a line that follows one more conference."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.features.network.carrying import packets
from solicomm_build.features.network.sealed import offering
from solicomm_build.features.network.trust import adding
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.networks import Network

ONE = Conference("one", {"en": "One"}, posting="open")


@pytest.fixture
def net(tmp_path: Path) -> Network:
    """`b` has one conference of `a`, and follows another."""
    made = Network(tmp_path, "ab")
    smallhub.add_conference(made.hubs["a"], ONE)
    made.write("a", hubs.post("here"))
    for giver, taker in ("ab", "ba", "ab"):
        made.carry(giver, taker)
    assert not made.hubs["b"].conference_repo("one").exists()
    adding.follow(made.hubs["b"], made.id("a"), "conferences/one", "full")
    return made


def test_it_comes_with_the_stick_after_one_from_there(net: Network) -> None:
    """Sticks had what that hub was known to have, and nothing else ever."""
    net.carry("b", "a")
    net.carry("a", "b")
    assert net.hubs["b"].conference_repo("one").exists()
    net.carry("b", "a")
    with zipfile.ZipFile(net.stick("b", "a")) as read:
        assert "wants/copies.json" not in read.namelist()
    net.carry("a", "b")


def test_it_comes_at_once_where_it_is_named(net: Network) -> None:
    known, out = net.known("a"), net.folder / "named"
    who = (net.hubs["a"], net.identity("a"), known, out, known.peers[net.id("b")])
    net.sign("a")
    assert "conferences/one" in packets.write(*who, only=["conferences/one"])
    net.read("b", out)
    assert net.hubs["b"].conference_repo("one").exists()


def test_what_is_for_members_is_named_on_no_stick(net: Network) -> None:
    board = replace(ONE, id="board", visibility="members", robots="noindex")
    smallhub.add_conference(net.hubs["a"], board)
    offering.offer(net.hubs["a"], "conferences/board", net.id("b"))
    adding.follow(net.hubs["b"], net.id("a"), "conferences/board", "full")
    with zipfile.ZipFile(net.stick("b", "a")) as read:
        assert b"board" not in read.read("wants/copies.json")
    net.carry("a", "b")
    assert net.hubs["b"].conference_repo("board").exists()
