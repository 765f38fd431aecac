"""A hub that shares more than its card has room for."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.network import watching
from solicomm_build.features.network.sharing import offered
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust import signed
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.networks import Network


def test_a_card_has_as_much_as_other_hubs_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was written all the same, anew each second, and no hub took it, this one neither."""
    net = Network(tmp_path, "ab")
    a, own = net.hubs["a"], net.id("a")
    wanted = {"conferences/zz-first": own}
    wanted |= {f"conferences/branch-{n:04}-of-the-union": own for n in range(3000)}
    blob = cards.own(a, net.identity("a"), wanted)
    assert len(blob) <= signed.MOST
    assert cards.own(a, net.identity("a"), wanted) == blob
    peer = net.known("b").peers[own]
    card = peering.keep_card(net.hubs["b"], peer, blob)
    assert "conferences/zz-first" in card.offers
    assert 900 < len(card.offers) < 3000
    monkeypatch.setattr(offered, "names", lambda *_: wanted)
    (found,) = [one for one in watching.look(a) if one.about == "card"]
    assert f"{len(card.offers):,} of 3,001" in found.what


def test_what_other_hubs_have_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = Network(tmp_path, "ab")
    smallhub.add_conference(net.hubs["a"], Conference("aaa", {"en": "First by name"}))
    for giver, taker in ("ab", "ba"):
        net.carry(giver, taker)
    who = (net.hubs["a"], net.identity("a"), net.known("a"))
    assert [*offered.names(*who)] == ["conferences/aaa", "conferences/net"]
    monkeypatch.setattr(cards, "FEW", 1)
    assert [*offered.names(*who)] == ["conferences/net", "conferences/aaa"]
