"""A hub that came back from a backup of before an erasure hears of that from the others."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from solicomm_build.features.network import reporting, watching
from solicomm_build.features.network.erasures import heeding, notices
from solicomm_build.features.privacy import erase
from solicomm_build.foundation import clock, maillog
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


def test_what_it_erased_since_waits_for_its_operator(tmp_path: Path) -> None:
    """Its own notices came back to it, and it passed them over: the words stayed for good."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("gone"), hubs.post("stays"))
    net.carry("a", "b")
    a = net.hubs["a"]
    shutil.copytree(a.root, tmp_path / "backup", symlinks=True)
    erase.erase(a, hubs.mid("gone"), reason="Asked for", by="test")
    net.carry("a", "b")
    assert net.mids("b") == {hubs.mid("stays")}
    shutil.rmtree(a.root)
    (tmp_path / "backup").rename(a.root)
    assert net.mids("a") == {hubs.mid("gone"), hubs.mid("stays")}
    net.carry("b", "a")
    (one,) = notices.all_(a, ("waiting",))
    assert hubs.mid("gone") in net.mids("a"), "nobody's word alone takes it away"
    (found,) = [row for row in watching.lasting(a) if row.about.startswith("erasure")]
    assert f"solicomm peer allow {one.eid[:8]}" in found.remedy
    assert f"peer allow {one.eid[:8]}" in "\n".join(reporting.lines(reporting.status(a)))
    heeding.allow(a, one.eid[:8])
    heeding.carry_out(a, net.identity("a"), net.known("a"), maillog.to_nobody())
    assert net.mids("a") == {hubs.mid("stays")}
    assert [*notices.all_(a)] == [*notices.all_(a, ("done",))], "and tells it nobody once more"
    assert notices.confirmed(a, one.eid).keys() == {net.id("b")}
    later = clock.now() + timedelta(days=1)  # within one second its log would be the old one
    with clock.fixed(later):
        net.carry("b", "a")
        net.write("a", hubs.post("later"))
        net.carry("a", "b")
    assert net.tree("a") == net.tree("b")
