"""A hub that follows a conference for members no more: it is the hub's own, and goes to nobody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from solicomm_build.features.network.sealed import closed, offering, tokens
from solicomm_build.features.network.trust import adding
from solicomm_build.git.writer import Change
from solicomm_build.post import conference as conferences
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import NET, Network

REPO = "conferences/net"


def test_who_follows_it_no_more_hands_what_is_new_to_nobody_whom_its_home_named(
    tmp_path: Path,
) -> None:
    """It was the hub's own from then on, and went on to all hubs that its home had offered it."""
    net = Network(tmp_path)
    board = replace(NET, visibility="members", robots="noindex")
    net.push("a", Change(conferences.FILE, conferences.encode(board)))
    net.write("a", hubs.post("one"))
    for other in "bc":
        offering.offer(net.hubs["a"], REPO, net.id(other))
    net.carry("a", "b")
    net.carry("a", "c")
    b, who, there = net.hubs["b"], net.identity("b"), net.id("c")
    net.sign("b")
    assert tokens.sealed(b, there, REPO)
    assert closed.for_hub(b, who, net.known("b"), there)
    adding.unfollow(b, REPO)
    net.write("b", hubs.post("ours", "one"))
    net.sign("b")
    assert not closed.for_hub(b, who, net.known("b"), there)
    assert not tokens.sealed(b, there, REPO)
    net.carry("b", "c")
    assert hubs.mid("ours") not in net.mids("c")
    adding.follow(b, net.id("a"), REPO, "full", is_moved=True)
    assert closed.for_hub(b, who, net.known("b"), there), "it was pressed by mistake, and goes on"
    net.write("c", hubs.post("of c", "one"))
    net.carry("c", "b")
    assert hubs.mid("of c") in net.mids("b")
