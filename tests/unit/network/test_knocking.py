"""Who is told that there is something new: whoever can use it, and nobody who keeps us waiting.

a (home) – b – c: what the middle takes from one it tells the other.
"""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from solicomm_build.features.network import run as stage
from solicomm_build.features.network.carrying import knocking, syncing, wire
from solicomm_build.features.network.judging.taking import Report
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.peers import Peer
from solicomm_build.foundation import maillog
from solicomm_build.foundation.fetching import FetchError
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


@pytest.fixture
def net(tmp_path: Path) -> Network:
    made = Network(tmp_path)
    made.write("a", hubs.post("one"))
    return made


@pytest.fixture
def knocked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first letters of the hubs at which somebody knocked."""
    found: list[str] = []

    def knock(url: str, own: str) -> None:
        found.append(url.removeprefix("https://")[0])

    monkeypatch.setattr(wire, "knock", knock)
    return found


def _round(net: Network, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round of the stage at a hub, in which others are met without a line."""

    class Met:
        def __init__(self, *_: object) -> None:
            pass

        def look(self, peer: Peer) -> Report:
            giver = next(one for one in net.hubs if net.id(one) == peer.id)
            if not net.tree(giver):
                return Report()
            return net.carry(giver, name)

    monkeypatch.setattr(stage, "Syncing", Met)
    stage.network(net.hubs[name], once=True, log=maillog.to_nobody())


def test_what_a_command_signed_is_told_by_the_stage(net: Network, knocked: list[str]) -> None:
    net.carry("a", "b")
    net.carry("b", "a")  # a knows by its card that b has it
    knocked.clear()
    net.write("a", hubs.post("two"))
    net.sign("a")
    syncing.knock(net.hubs["a"], net.identity("a"), net.known("a"))
    assert knocked == ["b"]
    syncing.knock(net.hubs["a"], net.identity("a"), net.known("a"))
    assert knocked == ["b"], "once"


def test_who_begins_to_follow_is_known_at_the_home_at_once(
    net: Network, knocked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _round(net, "b", monkeypatch)
    assert net.tree("b") == net.tree("a")
    assert "a" in knocked


def test_the_home_of_what_is_followed_is_looked_at_at_once(
    net: Network, knocked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    b = net.hubs["b"]
    adding.unfollow(b, "conferences/net")
    work = stage._Network(b, lambda: None, maillog.to_nobody())

    def look(_self: object, peer: Peer) -> Report:
        looked.append(peer.id)
        return Report()

    monkeypatch.setattr(syncing.Syncing, "look", look)
    work.run()
    work.run()
    assert sorted(looked) == sorted([net.id("a"), net.id("c")])
    adding.follow(b, net.id("a"), "conferences/net", "full")
    work.run()
    work.run()
    assert looked[2:] == [net.id("a")]


def test_who_knocks_in_a_hub_s_name_without_end_has_nobody_look_without_end(
    net: Network, knocked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, now, report = [], [1000.0], Report()
    hub, a, c = net.hubs["b"], net.id("a"), net.id("c")
    work = stage._Network(hub, lambda: None, maillog.to_nobody())

    def look(_self: object, peer: Peer) -> Report:
        looked.append(peer.id)
        return report

    monkeypatch.setattr(syncing.Syncing, "look", look)
    monkeypatch.setattr(stage, "time", SimpleNamespace(monotonic=lambda: now[0]))
    work.run()
    work.run()
    looked.clear()
    for _ in range(240):
        knocking.note(hub, a)
        work.run()
        now[0] += 0.5
    assert (looked.count(a), looked.count(c)) == (6, 1)
    now[0] += 60
    knocking.note(hub, a)
    report = Report(changed=True)
    work.run()
    report = Report()
    for count in (8, 9):
        knocking.note(hub, a)
        work.run()
        now[0] += 2
        assert looked.count(a) == count, "it had something, so it is heard at once"


def test_who_says_that_it_has_a_conference_now_is_told_what_it_may_have_missed(
    net: Network, knocked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    net.carry("a", "b")
    net.sign("b")
    a, peer = net.hubs["a"], net.known("a").peers[net.id("b")]
    knocking.owed(a)
    card = (peering.folder(net.hubs["b"]) / "card.yaml").read_bytes()
    monkeypatch.setattr(wire, "card", lambda _url: card)
    for part in ("hubs", "offers", "notices"):
        monkeypatch.setattr(wire, part, lambda _url: {})
    look = syncing.Syncing(a, net.identity("a"), net.known("a"), maillog.to_nobody()).look
    look(peer)
    syncing.knock(a, net.identity("a"), net.known("a"))
    assert knocked == ["b"]
    look(peer)
    syncing.knock(a, net.identity("a"), net.known("a"))
    assert knocked == ["b"], "once"


def test_the_stage_tells_it_so_at_once(
    net: Network, knocked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not at its next look, a minute later."""
    net.carry("a", "b")
    net.sign("b")
    a, b = net.hubs["a"], net.id("b")
    knocking.owed(a)
    card = (peering.folder(net.hubs["b"]) / "card.yaml").read_bytes()
    monkeypatch.setattr(wire, "card", lambda _url: card)
    for part in ("hubs", "offers", "notices"):
        monkeypatch.setattr(wire, part, lambda _url: {})
    work = stage._Network(a, lambda: None, maillog.to_nobody())
    known = net.known("a")
    work._look(net.identity("a"), known, known.peers[b], stage._Turn())
    assert "b" in knocked


def test_what_came_from_one_is_told_to_the_others(
    net: Network, knocked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    net.carry("a", "b")
    net.carry("b", "c")
    net.carry("c", "b")
    net.write("c", hubs.post("two", "one"))
    knocking.owed(net.hubs["b"])
    knocked.clear()
    _round(net, "b", monkeypatch)
    assert net.tree("b") == net.tree("c")
    assert knocked == ["a"], "c has it, and a does not hear of it from c"


def test_who_did_not_answer_is_told_beside_the_others_and_looked_at_when_he_hears_it(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that is there again is used at once, and one that is not keeps nobody waiting."""
    net.carry("a", "b")
    b = net.hubs["b"]
    work = stage._Network(b, lambda: None, maillog.to_nobody())
    looked: list[str] = []

    def look(_self: object, peer: Peer) -> Report:
        looked.append(peer.id)
        return Report(is_unreached=True)

    monkeypatch.setattr(syncing.Syncing, "look", look)
    work.run()
    looked.clear()
    waits, told = threading.Event(), threading.Event()

    def knock(url: str, own: str) -> None:
        waits.wait(30)
        told.set()

    monkeypatch.setattr(wire, "knock", knock)
    net.write("b", hubs.post("two"))
    work.run()
    assert not told.is_set(), "the round has ended, and somebody is told still"
    assert looked == []
    waits.set()
    (late,) = [one for one in threading.enumerate() if isinstance(one, syncing._Late)]
    late.join(30)
    work.run()
    assert looked == [net.id("a")]


def test_one_that_cannot_be_told_stops_no_other(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    for giver, taker in ("ab", "ac", "ba", "ca"):
        net.carry(giver, taker)
    knocking.owed(net.hubs["a"])
    tried: list[str] = []

    def knock(url: str, own: str) -> None:
        tried.append(url)
        raise FetchError("nobody is there")

    monkeypatch.setattr(wire, "knock", knock)
    net.write("a", hubs.post("two"))
    net.sign("a")
    syncing.knock(net.hubs["a"], net.identity("a"), net.known("a"))
    assert len(tried) == 2
