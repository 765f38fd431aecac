"""The hub at which a conference is followed says that its home is another one: nothing comes."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.features.network import watching
from solicomm_build.features.network.heirs import inheriting
from solicomm_build.features.network.sharing import choosing, table
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation.hub.finding import Finding
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network

REPO = "conferences/net"


def _told(net: Network) -> list[Finding]:
    hub = net.hubs["c"]
    both = [[*look(hub)] for look in (watching.look, watching.lasting)]
    found = [[one for one in some if one.about == f"home {REPO}"] for some in both]
    assert found[0] == found[1]
    return found[0]


def _says(net: Network, name: str, home: str) -> None:
    blob = cards.own(net.hubs[name], net.identity(name), {REPO: net.id(home)})
    peering.keep_card(net.hubs["c"], net.known("c").peers[net.id(name)], blob)


def test_the_operator_hears_that_a_conference_has_gone_elsewhere(tmp_path: Path) -> None:
    """As where a home came back and follows its heir: who had not heard of that was alone."""
    net = Network(tmp_path)
    net.write("a", hubs.post("one"))
    inheriting.name_heirs(net.hubs["a"], REPO, [net.id("b")])
    net.carry("a", "c")
    assert not _told(net)
    _says(net, "a", "b")
    (found,) = _told(net)
    assert f"its home is {net.id('b')}" in found.what
    assert f"solicomm peer follow {net.id('b')} {REPO} --moved" in found.remedy
    _says(net, "b", "a")
    adding.follow(net.hubs["c"], net.id("b"), REPO, is_moved=True)
    (found,) = _told(net)
    assert "is an heir" in found.remedy
    assert f"solicomm peer follow {net.id('a')} {REPO} --moved" in found.remedy
    _says(net, "b", "b")
    assert not _told(net)


def test_and_that_it_is_offered_no_more(tmp_path: Path) -> None:
    """As where its home took it away, gave it another name, or lets nobody follow it any more."""
    net = Network(tmp_path)
    _says(net, "a", "a")
    assert not _told(net), "it did not come yet, which is told otherwise"
    net.write("a", hubs.post("one"))
    net.carry("a", "c")
    assert not _told(net)
    blob = cards.own(net.hubs["a"], net.identity("a"), {})
    peering.keep_card(net.hubs["c"], net.known("c").peers[net.id("a")], blob)
    (found,) = _told(net)
    assert "offers it no more" in found.what
    assert f"solicomm peer unfollow {REPO}" in found.remedy


def test_so_he_does_of_a_copy(tmp_path: Path) -> None:
    """A library that its home has for members now was shown to everybody as ever."""
    net, repo = Network(tmp_path), "libraries/agreements"
    hub, home = net.hubs["c"], net.id("a")
    choosing.follow(hub, home, repo)
    known = net.known("c")
    table.note(hub, known, known.copies[f"{repo}@{home}"], at="2026-03-04T06:12:00")
    peer = known.peers[home]
    peering.keep_card(hub, peer, cards.own(net.hubs["a"], net.identity("a"), {repo: home}))
    assert not [one for one in watching.lasting(hub) if one.about.startswith("home ")]
    peering.keep_card(hub, peer, cards.own(net.hubs["a"], net.identity("a"), {}))
    (found,) = [one for one in watching.lasting(hub) if one.about.startswith("home ")]
    assert "is shown here as of 2026-03-04" in found.what
    assert f"solicomm peer unfollow {repo}" in found.remedy
