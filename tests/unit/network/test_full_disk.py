"""While the disk is nearly full nothing is fetched of other hubs: mail would be refused then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.features.network.carrying import wire
from solicomm_build.features.network.carrying.syncing import Syncing
from solicomm_build.features.network.judging import offers, quarantine
from solicomm_build.features.network.sharing import nights
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub import health
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


def test_a_look_fetches_notices_and_no_logs_while_the_disk_is_nearly_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look fetched up to four gigabytes, until the hub refused mail."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.sign("a")
    asked = list[str]()
    tags = {"conferences/net": offers.refs(net.repo("a"))}
    monkeypatch.setattr(wire, "card", lambda _: net.stored_card("a"))
    monkeypatch.setattr(wire, "hubs", lambda _: {})
    monkeypatch.setattr(wire, "said", lambda _: {})
    monkeypatch.setattr(wire, "offers", lambda _: tags)

    def named(url: str) -> list[str]:
        asked.append(url)
        return []

    monkeypatch.setattr(wire, "notices", named)
    monkeypatch.setattr(quarantine, "fetch_far", lambda *_: pytest.fail("it fetches"))
    b = net.hubs["b"]
    full = replace(b, limits=replace(b.limits, free_disk_percent=100))
    assert (health.spare(full), health.spare(b) > 0) == (0, True)
    peer = net.known("b").peers[net.id("a")]
    report = Syncing(full, net.identity("b"), net.known("b"), maillog.to_nobody()).look(peer)
    assert asked == [peer.url]
    assert "less than 100 % of the disk is free" in report.faults[0]
    fault, is_whole = nights.look(full, peer, 1.0)
    assert "of the disk is free" in fault
    assert not is_whole
