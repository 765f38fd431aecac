"""The home of a conference for members is gone: who agrees is told to those alone who have it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.network.heirs import inheriting
from solicomm_build.features.network.sealed import offering
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import UsageError
from solicomm_build.git.writer import Change
from solicomm_build.post import conference as conferences
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import NET, Network

REPO = "conferences/net"
START = clock.now()


@contextmanager
def _later(days: int) -> Iterator[None]:
    with clock.fixed(START + timedelta(days=days)):
        yield


def test_an_heir_carries_it_on_when_the_others_agree(tmp_path: Path) -> None:
    """Cards do not name it, and by cards alone votes were counted: nobody ever had enough."""
    net = Network(tmp_path)
    board = replace(NET, visibility="members", robots="noindex")
    net.push("a", Change(conferences.FILE, conferences.encode(board)))
    net.write("a", hubs.post("one"))
    for other in "bc":
        offering.offer(net.hubs["a"], REPO, net.id(other))
    inheriting.name_heirs(net.hubs["a"], REPO, [net.id("b")])
    for giver, taker in ("ab", "ac", "bc", "cb"):
        net.carry(giver, taker)
    with _later(120):
        net.carry("c", "b")
        with pytest.raises(UsageError, match="1 of 2 hubs agree"):
            inheriting.inherit(net.hubs["b"], REPO)
        adding.follow(net.hubs["c"], net.id("b"), REPO, is_moved=True)
        net.carry("c", "b")
        assert REPO not in cards.read(net.stored_card("c")).offers
        votes = inheriting.votes(net.hubs["b"], net.known("b"), REPO, net.id("b"))
        assert votes == ({net.id("b"), net.id("c")},) * 2
        inheriting.inherit(net.hubs["b"], REPO)
        net.write("c", hubs.post("two", "one"))
        for giver, taker in ("bc", "cb", "bc"):
            net.carry(giver, taker)
        assert net.tree("b") == net.tree("c")
        assert hubs.mid("two") in net.mids("b")


def test_who_thinks_better_of_it_has_no_voice_any_more(tmp_path: Path) -> None:
    net = Network(tmp_path)
    board = replace(NET, visibility="members", robots="noindex")
    net.push("a", Change(conferences.FILE, conferences.encode(board)))
    for other in "bc":
        offering.offer(net.hubs["a"], REPO, net.id(other))
    inheriting.name_heirs(net.hubs["a"], REPO, [net.id("b")])
    for giver, taker in ("ab", "ac", "bc", "cb"):
        net.carry(giver, taker)
    for home, voices in (("b", 2), ("a", 1), ("b", 2)):
        adding.follow(net.hubs["c"], net.id(home), REPO, is_moved=True)
        net.carry("c", "b")
        agreed, _ = inheriting.votes(net.hubs["b"], net.known("b"), REPO, net.id("b"))
        assert len(agreed) == voices
