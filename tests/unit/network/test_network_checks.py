"""`solicomm check` says what is wrong with hubs that are known."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.checks import registry
from solicomm_build.features.network import checks, standing, watching
from solicomm_build.features.network.standing import Standing
from solicomm_build.foundation import clock
from solicomm_build.testing import smallhub
from solicomm_build.testing.networks import Network

CHECKS = [one for one in checks.CHECKS if one.id == "network"]


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return Network(tmp_path_factory.mktemp("net"), "ab")


def said(net: Network, **stand: object) -> list[str]:
    standing.write(net.hubs["a"], net.id("b"), Standing(**stand))  # type: ignore[arg-type]
    return [str(one) for one in registry.check(net.hubs["a"], CHECKS)]


def test_a_hub_without_others_has_nothing_to_say(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    (one,) = registry.check(hub, CHECKS)
    assert (one.id, one.level) == ("network", "fine")


def test_a_hub_that_was_met_is_well(net: Network) -> None:
    (line,) = said(net, met=clock.now().isoformat())
    assert line.startswith("fine: network: ")


def test_who_was_not_met_for_a_week_is_named_with_what_to_do(net: Network) -> None:
    met = clock.now() - watching.QUIET - timedelta(hours=1)
    (line,) = said(net, met=met.isoformat())
    assert line.startswith(f"warning: network: {net.id('b')} was met last on {met:%Y-%m-%d}")
    assert f"solicomm peer sync {net.id('b')}" in line
    assert said(net, met="yesterday")[0].startswith("fine")


def test_who_was_met_last_by_a_clock_that_was_ahead_is_named_too(net: Network) -> None:
    (line,) = said(net, met=(clock.now() + timedelta(days=4000)).isoformat())
    assert line.startswith(f"warning: network: {net.id('b')} was met last on")


def test_a_refused_offer_and_posts_over_the_quota_are_named(net: Network) -> None:
    now = clock.now().isoformat()
    lines = said(net, met=now, fault="net: another hub's key signed it", waiting={"net": 3})
    assert "another hub's key signed it" in lines[0]
    assert f"3 posts of {net.id('b')} for net are over its quota" in lines[1]
    assert f"solicomm peer quota {net.id('b')}" in lines[1]


def test_what_is_followed_and_has_not_come_is_named(net: Network) -> None:
    (line,) = [str(one) for one in registry.check(net.hubs["b"], CHECKS)]
    assert f"conferences/net of {net.id('a')} is followed and has not come yet" in line


def test_it_is_one_of_the_checks() -> None:
    assert "network" in [one.id for one in registry.every()]
