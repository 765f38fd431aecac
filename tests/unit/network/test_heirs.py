"""A home that is gone for good: an heir carries the conference on when the operators agree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.network import watching
from solicomm_build.features.network.heirs import inheriting
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.finding import Finding
from solicomm_build.post import conference as conferences
from solicomm_build.testing import hubs
from solicomm_build.testing.killing import killed
from solicomm_build.testing.networks import Network

NET = "conferences/net"
START = clock.now()


@pytest.fixture
def net(tmp_path: Path) -> Network:
    """`a` is the home and names `b` and `c`, in this order."""
    made = Network(tmp_path)
    made.write("a", hubs.post("one"))
    inheriting.name_heirs(made.hubs["a"], NET, [made.id("b"), made.id("c")])
    for name in "bc":
        made.carry("a", name)
    _meet(made, "bc")
    return made


def _meet(net: Network, names: str) -> None:
    """All of them give all of them what they have."""
    for giver in names:
        for taker in names:
            if giver != taker:
                net.carry(giver, taker)


@contextmanager
def _later(days: int) -> Iterator[None]:
    with clock.fixed(START + timedelta(days=days)):
        yield


def _settings(net: Network, name: str) -> conferences.Conference:
    return conferences.decode(net.files(name)[conferences.FILE])


def _wrong(net: Network, name: str) -> list[Finding]:
    return [*watching.lasting(net.hubs[name])]


def test_an_heir_carries_on_when_more_than_half_agree_and_the_old_home_yields(
    net: Network,
) -> None:
    a, b, c = (net.hubs[name] for name in "abc")
    assert _settings(net, "b").heirs == (net.id("b"), net.id("c"))
    with pytest.raises(UsageError, match="was heard of on"):
        inheriting.inherit(b, NET)
    with _later(100):
        _meet(net, "bc")
        assert any("solicomm peer inherit" in one.remedy for one in _wrong(net, "b"))
        assert any("nothing was heard" in one.what for one in _wrong(net, "c"))
        with pytest.raises(UsageError, match="1 of 2 hubs agree"):
            inheriting.inherit(b, NET)
        adding.follow(c, net.id("b"), NET, is_moved=True)
        _meet(net, "bc")
        said = inheriting.inherit(b, NET)
        assert "2 of 2 hubs" in said
        net.write("b", hubs.post("two", "one"))
        _meet(net, "bc")
        net.write("c", hubs.post("three", "two"))
        _meet(net, "bc")
        assert net.tree("b") == net.tree("c")
        assert _settings(net, "b").home == ""
        assert (_settings(net, "c").home, _settings(net, "c").former_home) == (
            net.id("b"),
            net.id("a"),
        )
    with _later(120):
        net.write("a", hubs.post("four", "one"))  # it was cut off, and wrote
        _meet(net, "abc")
        assert net.tree("a") != net.tree("b"), "two homes take nothing from each other"
        (found,) = [one for one in _wrong(net, "a") if "has become the home" in one.what]
        assert f"solicomm peer follow {net.id('b')} {NET} --moved" in found.remedy
        adding.follow(a, net.id("b"), NET, "full", is_moved=True)
        _meet(net, "abc")
        _meet(net, "abc")
        assert net.tree("a") == net.tree("b") == net.tree("c")
        assert not [one for one in _wrong(net, "a") if "has become the home" in one.what]


def test_the_first_heir_comes_first_and_who_is_none_never(net: Network) -> None:
    with _later(100):
        _meet(net, "bc")
        with pytest.raises(UsageError, match="comes before this hub"):
            inheriting.inherit(net.hubs["c"], NET)
    with _later(200):
        assert "1 of 1" in inheriting.inherit(net.hubs["c"], NET), "nobody else is there any more"


def test_an_heir_that_was_killed_inherits_when_it_is_said_again(net: Network) -> None:
    """It was told that it follows nothing of that name, and the conference had no home at all."""
    heir = net.hubs["c"]
    with _later(200):
        assert killed(lambda: inheriting.inherit(heir, NET), "network.inheriting")
        assert "1 of 1" in inheriting.inherit(heir, NET)
    assert (_settings(net, "c").home, _settings(net, "c").former_home) == ("", net.id("a"))
    assert NET not in peering.read(heir).follows


def test_a_hub_that_the_home_did_not_name_cannot_inherit(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    with _later(100), pytest.raises(UsageError, match="has as heirs nobody"):
        inheriting.inherit(net.hubs["b"], NET)
    with pytest.raises(UsageError, match="is no conference of which"):
        inheriting.name_heirs(net.hubs["b"], NET, [net.id("a")])
    with pytest.raises(UsageError, match="another one"):
        adding.follow(net.hubs["a"], net.id("b"), NET, "full", is_moved=True)


def test_the_page_says_that_a_home_is_silent_and_who_carries_on(net: Network) -> None:
    front = "/conferences/net/"
    hubs.build(net.hubs["c"])
    assert "last heard of" not in hubs.page(net.hubs["c"], front)
    with _later(100):
        _meet(net, "bc")
        hubs.build(net.hubs["c"])
        assert "Its home was last heard of on" in hubs.page(net.hubs["c"], front)
        adding.follow(net.hubs["c"], net.id("b"), NET, is_moved=True)
        _meet(net, "bc")
        inheriting.inherit(net.hubs["b"], NET)
        _meet(net, "bc")
        hubs.build(net.hubs["c"])
        page = hubs.page(net.hubs["c"], front)
        assert "This conference has its home at b" in page
        assert "a was its home before, and has gone silent" in page
        assert "Its home was last heard of on" not in page
