"""A packet of a hub that has more for another one than a packet may hold."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from solicomm_build.features.network.carrying import fitting, packets, zipped
from solicomm_build.features.network.erasures import notices
from solicomm_build.features.network.sharing import sayings
from solicomm_build.features.network.trust import adding
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.networks import Network


def _stick(net: Network) -> tuple[Path, list[str]]:
    net.sign("a")
    known, out = net.known("a"), net.folder / "stick"
    peer = known.peers[net.id("b")]
    said = packets.write(net.hubs["a"], net.identity("a"), known, out, peer)
    with zipfile.ZipFile(out) as read:
        assert len(read.namelist()) == 1 + zipped.MOST_FILES
    return out, said


def test_it_has_what_matters_and_the_rest_comes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a stick was written, and refused whole, each time anew."""
    net = Network(tmp_path, "abcd")
    monkeypatch.setattr(zipped, "MOST_FILES", 9)
    monkeypatch.setattr(fitting, "MOST_CONFERENCES", 2)
    for name in ("one", "two"):
        smallhub.add_conference(net.hubs["a"], Conference(name, {"en": name}))
        adding.follow(net.hubs["b"], net.id("a"), f"conferences/{name}", "full")
    net.write("a", hubs.post("here"))
    notice = notices.make(net.identity("a"), "conferences/net", "message", [hubs.mid("gone")])
    notices.decide(net.hubs["a"], notices.keep(net.hubs["a"], notice), "done")  # type: ignore[arg-type]
    monkeypatch.setattr(sayings, "files", lambda _: {f"{n:02}": notice for n in range(20)})
    stick, said = _stick(net)
    assert "1 conferences left for the next" in said
    net.read("b", stick)
    assert [*notices.all_(net.hubs["b"])], "what was erased goes before what is said"
    there = {path.stem for path in net.hubs["b"].conferences.glob("*.git")}
    assert len(there) == 1 + 2, "one is its own"
    net.carry("b", "a")
    net.read("b", _stick(net)[0])
    there = {path.stem for path in net.hubs["b"].conferences.glob("*.git")}
    assert there == {"own", "net", "one", "two"}
    assert net.tree("a") == net.tree("b")
