"""What other hubs may send: each has one outcome, and nothing of ours is harmed."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import http.server
import struct
import subprocess
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.features.network import standing
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.trust import adding, signed
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import identity
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.git import log
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


@pytest.fixture
def net(tmp_path: Path) -> Network:
    made = Network(tmp_path, "ab")
    made.write("a", hubs.post("one"))
    return made


def _card(net: Network, **values: Node) -> bytes:
    one = net.identity("b")
    top: dict[str, Node] = {
        "schema": cards.SCHEMA,
        "id": one.id,
        "seq": "9",
        "key": one.public,
        "name": "B",
        "url": "https://b.example",
        "domain": "b.example",
        "languages": ["en"],
    }
    return signed.write(top | values, one)


@pytest.mark.parametrize(
    "values",
    [
        {"name": "x" * 10_000_000},
        {"id": "a-aaaaaaaa"},
        {"key": "ssh-ed25519 AAAA"},
        {"url": "file:///etc/passwd"},
        {"url": "https://evil@b.example"},
        {"seq": "-1"},
        {"parents": [f"a-{'a' * 8}"] * 6},
        {"unknown": "x"},
    ],
)
def test_a_card_that_does_not_fit_is_refused(net: Network, values: dict[str, Node]) -> None:
    before = peering.card_of(net.hubs["a"], net.known("a").peers[net.id("b")])
    with pytest.raises(SoliCommError):
        peering.keep_card(net.hubs["a"], net.known("a").peers[net.id("b")], _card(net, **values))
    assert peering.card_of(net.hubs["a"], net.known("a").peers[net.id("b")]) == before


def test_an_older_card_and_a_card_of_another_key_change_nothing(net: Network) -> None:
    a, peer = net.hubs["a"], net.known("a").peers[net.id("b")]
    assert peering.keep_card(a, peer, _card(net, seq=str(10**11))).seq == 10**11
    assert peering.keep_card(a, peer, _card(net, seq="3", name="Old")).name == "B"
    with pytest.raises(SoliCommError, match="not of"):
        peering.keep_card(a, peer, net.cards()["a"])


def test_a_hub_with_a_new_key_is_another_hub(net: Network) -> None:
    """The id comes of the key, so nobody takes the place of a hub that is known."""
    path = identity.key_path(net.hubs["b"])
    known = net.id("b")
    path.unlink()
    assert net.id("b") != known
    said = adding.add(net.hubs["a"], net.cards()["b"], cards.read(net.cards()["b"]), "card")
    assert net.id("b") in said
    assert {known, net.id("b")} <= set(net.known("a").peers)


def test_a_hub_whose_domain_becomes_another_is_the_same_hub_to_others(net: Network) -> None:
    net.carry("a", "b")
    before = net.id("a")
    moved = dataclasses.replace(net.hubs["a"], domain="rivers.example")
    net.hubs["a"] = moved
    assert net.id("a") == before
    net.write("a", hubs.post("two"))
    assert not net.carry("a", "b").faults
    assert hubs.mid("two") in net.mids("b")
    card = peering.card_of(net.hubs["b"], net.known("b").peers[before])
    assert card is not None
    assert card.domain == "rivers.example"
    identity.key_path(moved).unlink()
    assert net.id("a").startswith("rivers-"), "with another key it is another hub"


def test_two_hubs_with_one_key_are_named(net: Network) -> None:
    net.carry("a", "b")
    stick = net.stick("b", "a")
    net.read("a", stick)
    twin = offers.held(net.repo("b"), net.id("b"), net.identity("b").public)
    assert twin is not None
    net.write("b", hubs.post("two"))
    forged = dataclasses.replace(twin, tip=net.tip("b"))
    offers.sign(net.repo("b"), forged, net.identity("b"), datetime.now(UTC))
    before = net.tip("a")
    out = net.folder / "twin.stick"
    from solicomm_build.features.network.carrying import packets

    known = net.known("b")
    with zipfile.ZipFile(out, "w"):
        pass
    packets.write(net.hubs["b"], net.identity("b"), known, out, known.peers[net.id("a")])
    report = net.read("a", out)
    assert "two hubs may use one key" in " ".join(report.lines)
    assert "two hubs" in standing.read(net.hubs["a"], net.id("b")).fault
    assert net.tip("a") == before


@pytest.mark.parametrize("years", [-20, 20])
def test_a_clock_that_is_wrong_by_years_stops_nothing(net: Network, years: int) -> None:
    net.carry("a", "b")
    now = clock.now()
    with clock.fixed(now + timedelta(days=365 * years)):
        net.write("b", hubs.post("wrong", "one"))
        stick = net.stick("b", "a")
    net.read("a", stick)
    assert hubs.mid("wrong") in net.mids("a")
    latest = max(one.committed for one in log.commits(net.repo("a"), None, net.tip("a")))
    assert latest < now + timedelta(hours=1)
    net.write("b", hubs.post("later", "one"))
    net.carry("b", "a")  # the clock is right again
    assert net.tree("a") == net.tree("b")


def test_a_stick_whose_sizes_lie_is_refused(net: Network, tmp_path: Path) -> None:
    stick = net.stick("a", "b")
    with zipfile.ZipFile(stick) as read:
        names = [one for one in read.namelist() if one.endswith(".bundle")]
        blob = read.read(names[0])
    packed = tmp_path / "bomb.stick"
    with zipfile.ZipFile(stick) as read, zipfile.ZipFile(packed, "w") as made:
        for info in read.infolist():
            if info.filename == names[0]:
                made.writestr(info.filename, blob + b"\0" * 50_000_000, zipfile.ZIP_DEFLATED)
            else:
                made.writestr(info.filename, read.read(info))
    with pytest.raises(SoliCommError, match="cannot be trusted"):
        net.read("b", packed)


def test_a_stick_that_would_unfold_to_fill_the_disk_is_refused(
    net: Network, tmp_path: Path
) -> None:
    """Its hub has signed it, and every size and sum in it is right."""
    name, blob = "conferences/net.bundle", bytes(60_000_000)
    one = net.identity("a")
    listed: list[Node] = [
        {"name": name, "bytes": str(len(blob)), "sha256": hashlib.sha256(blob).hexdigest()}
    ]
    top: dict[str, Node] = {
        "schema": "solicomm/packet@1",
        "hub": one.id,
        "for": net.id("b"),
        "at": "2026-11-27T10:00:00Z",
        "files": listed,
    }
    bomb = tmp_path / "bomb.stick"
    with zipfile.ZipFile(bomb, "w") as made:
        made.writestr("manifest.yaml", signed.write(top, one))
        made.writestr(name, blob, zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 100_000
    with pytest.raises(SoliCommError, match="has not the size"):
        net.read("b", bomb)


def test_files_that_the_manifest_does_not_name_are_refused(net: Network, tmp_path: Path) -> None:
    stick = net.stick("a", "b")
    with zipfile.ZipFile(stick, "a") as more:
        more.writestr("hubs/../../../etc/evil", b"x")
    with pytest.raises(SoliCommError):
        net.read("b", stick)
    assert not (tmp_path / "etc").exists()


def test_a_pack_that_claims_much_and_holds_nothing_is_refused(net: Network, tmp_path: Path) -> None:
    from solicomm_build.features.network.judging import quarantine

    bomb = tmp_path / "bomb.bundle"
    tip = net.tip("a")
    head = f"# v2 git bundle\n{tip} refs/peers/{net.id('a')}\n\n".encode()
    bomb.write_bytes(head + b"PACK" + struct.pack(">II", 2, 2**31) + b"\0" * 100)
    with quarantine.quarantine(net.hubs["b"], "net") as place, pytest.raises(SoliCommError):
        quarantine.fetch(place, str(bomb))


def test_a_server_that_hands_out_plain_files_in_place_of_git_is_refused(net: Network) -> None:
    """Git would take them without a look, and leave them where ours does not look for them."""
    from solicomm_build.features.network.judging import quarantine

    net.sign("a")
    a = net.repo("a").path
    subprocess.run(["git", "update-server-info"], cwd=a, check=True)
    files = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(a))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), files) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with quarantine.quarantine(net.hubs["b"], "net") as place:
                with pytest.raises(SoliCommError, match="hands out plain files"):
                    quarantine.fetch(place, f"http://127.0.0.1:{server.server_port}")
                assert not list((place.path / "objects").glob("??"))
                assert not quarantine.brought(place)
        finally:
            server.shutdown()
            thread.join()


def test_a_hub_that_was_gone_for_a_year_agrees_at_once(net: Network) -> None:
    net.carry("a", "b")
    with clock.fixed(clock.now() + timedelta(days=365)):
        net.write("a", *(hubs.post(f"y{n}", minutes=n) for n in range(20)))
        net.write("b", hubs.post("mine"))
        net.carry("a", "b")
        net.carry("b", "a")
    assert net.tree("a") == net.tree("b")


def test_a_hub_that_nobody_told_where_it_is_is_met_by_stick(tmp_path: Path) -> None:
    """Both have the address that a new hub has, so each would ask itself for the other's card."""
    near = "http://127.0.0.1:8080"
    net = Network(tmp_path, "ab")
    for name, hub in net.hubs.items():
        net.hubs[name] = dataclasses.replace(hub, url=near)
    card = cards.read(net.cards()["b"])
    assert "solicomm peer card" in adding.how_others_add(card)
    adding.remove(net.hubs["a"], card.id)
    said = adding.add(net.hubs["a"], net.cards()["b"], card, "b.card")
    assert "by stick or mail" in said
    assert net.known("a").peers[card.id].url == ""
    assert "peer add https://b.example" in adding.how_others_add(
        dataclasses.replace(card, url="https://b.example")
    )
