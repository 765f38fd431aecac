"""A hub that came back from a backup, or whose clock was ahead for a while, is heard at once."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.network import hooks
from solicomm_build.features.network.heirs import inheriting
from solicomm_build.features.network.sealed import parcels
from solicomm_build.features.network.sharing import nights, sayings
from solicomm_build.features.network.sharing.nights import Nights
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.card import Card
from solicomm_build.foundation import clock, maillog
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network

START = clock.now()


@pytest.fixture
def net(tmp_path: Path) -> Network:
    return Network(tmp_path, "ab")


@contextmanager
def _later(days: float) -> Iterator[None]:
    with clock.fixed(START + timedelta(days=days)):
        yield


def _heard(net: Network) -> Card:
    """The card of `a` that counts at `b` after it was shown the newest."""
    peer = net.known("b").peers[net.id("a")]
    return peering.keep_card(net.hubs["b"], peer, net.stored_card("a"))


def _says(net: Network, name: str) -> None:
    """`a` is called otherwise from now on."""
    cards.own(replace(net.hubs["a"], name=name), net.identity("a"), {})


def test_the_card_of_a_hub_that_came_back_from_a_backup_counts_at_once(net: Network) -> None:
    """It was numbered from where it was then, and nobody heard of a new conference for weeks."""
    path, before = peering.folder(net.hubs["a"]) / "card.yaml", net.stored_card("a")
    for name in ("One", "Two", "Three"):
        _says(net, name)
    assert _heard(net).name == "Three"
    path.write_bytes(before)
    with _later(1):
        _says(net, "After")
        assert _heard(net).name == "After"


def test_what_a_hub_signed_while_its_clock_was_ahead_is_signed_anew(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others take none of it before its day has come."""
    monkeypatch.setattr(hooks, "says", lambda: {"people": lambda _: {"c_x": {"name": "Ana"}}})
    a, identity = net.hubs["a"], net.identity("a")
    with _later(365):
        sayings.renew(a, identity)
        _says(net, "A")
    assert sayings.renew(a, identity)
    assert not sayings.renew(a, identity), "once is enough"
    (blob,) = sayings.files(a).values()
    assert sayings.read(blob).at <= clock.now()
    _says(net, "A")
    at = cards.read(net.stored_card("a")).at
    assert at is not None
    assert at <= clock.now()
    card = net.stored_card("a")
    _says(net, "A")
    assert net.stored_card("a") == card


def test_nights_go_on_when_the_clock_is_right_again(net: Network) -> None:
    b, log = net.hubs["b"], maillog.to_nobody()
    nights._note(b, net.id("a"), f"{START + timedelta(days=365):%Y-%m-%d}")
    with clock.fixed(START.replace(hour=3) + timedelta(days=1)):
        assert [one.id for one in Nights(b, log).due(net.known("b"))] == [net.id("a")]


def test_a_hub_that_is_off_at_night_fetches_by_day(net: Network) -> None:
    """It did so once, and never again."""
    b, log = net.hubs["b"], maillog.to_nobody()
    with clock.fixed(START.replace(hour=18)):
        assert Nights(b, log).step(net.known("b")) == {}
        assert Nights(b, log).due(net.known("b")) == []
    with clock.fixed(START.replace(hour=18) + timedelta(days=1)):
        assert Nights(b, log).due(net.known("b")) == [], "a night may come"
    with clock.fixed(START.replace(hour=18) + timedelta(days=2)):
        assert [one.id for one in Nights(b, log).due(net.known("b"))] == [net.id("a")]


def test_a_home_is_not_there_for_years_since_its_clock_was_ahead(net: Network) -> None:
    net.write("a", hubs.post("one"))
    with _later(3650):
        cards.own(net.hubs["a"], net.identity("a"), {"conferences/net": net.id("a")})
        stick = net.stick("a", "b")
    net.read("b", stick)
    who = (net.hubs["b"], net.known("b"), "conferences/net", net.id("a"))
    with _later(80):
        assert not inheriting.is_silent(*who)
    with _later(100):
        assert inheriting.is_silent(*who)


def test_what_is_for_a_hub_alone_is_packed_while_the_clock_says_1970(tmp_path: Path) -> None:
    """As on a machine without a clock that goes on, until it hears the time."""
    file = tmp_path / "parcel" / "notes" / "one"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"said")
    os.utime(file, (0, 0))
    parcels._zip(tmp_path / "parcel", tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out") as read:
        assert read.read("notes/one") == b"said"
