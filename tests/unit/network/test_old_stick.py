"""A stick that was written before one that was read: what it has as a whole is not taken."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

from solicomm_build.builder import loading
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search import index as indexing
from solicomm_build.features.search.engine.reader import MANIFEST
from solicomm_build.features.search.peers import mirroring
from solicomm_build.foundation import clock
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


def _written(net: Network, name: str) -> None:
    """A post at `a`, which the index there has."""
    net.write("a", hubs.post(name, subject=name.title(), body=f"Words of {name}.\n"))
    hub = net.hubs["a"]
    assert hubs.build(hub).failures == []
    indexing.update(hub, loading.load(hub, Sources(hub), loading.tips(hub), None), settle=True)


def test_a_stick_of_before_brings_no_older_index_back(tmp_path: Path) -> None:
    """What was erased since was found by its words again."""
    net = Network(tmp_path, "ab")
    _written(net, "first")
    hub, peer = dataclasses.replace(net.hubs["b"], search_mirror=(net.id("a"),)), net.id("a")
    net.hubs["b"] = hub
    now = clock.now()
    with clock.fixed(now - timedelta(hours=2)):
        old = net.stick("a", "b", wishes=["search"])
    _written(net, "second")
    with clock.fixed(now):
        new = net.stick("a", "b", wishes=["search"])
        mail = net.stick("a", "b")
    net.read("b", mail)
    assert any("search index" in line for line in net.read("b", old).lines), "none is here yet"
    assert any("search index" in line for line in net.read("b", new).lines)
    manifest = (mirroring.folder(hub, peer) / MANIFEST).read_bytes()
    report = net.read("b", old)
    assert f"search: what {peer} made later is here, and stays" in report.lines
    assert (mirroring.folder(hub, peer) / MANIFEST).read_bytes() == manifest
    assert any("search index" in line for line in net.read("b", new).lines), "as often as wanted"
