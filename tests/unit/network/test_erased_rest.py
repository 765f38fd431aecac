"""What was fetched of another hub before that erased, and was not judged to its end."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from solicomm_build.features.network.carrying import messageids
from solicomm_build.features.network.judging import quarantine
from solicomm_build.features.network.judging.taking import Taking
from solicomm_build.features.privacy import erase
from solicomm_build.features.removing import places
from solicomm_build.foundation import maillog
from solicomm_build.foundation.types import PostId
from solicomm_build.git.repo import Repo
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


def test_what_a_look_fetched_that_was_broken_off_comes_into_no_repository(tmp_path: Path) -> None:
    """The next look took all objects that lay there for those of what it had judged."""
    net = Network(tmp_path, "ab")
    gone = hubs.post("gone", body="The words that have to go.\n")
    net.write("a", gone, hubs.post("stays"))
    net.carry("a", "b")
    net.carry("b", "a")
    path = hubs.path_of(gone)
    blob = net.repo("a").git("rev-parse", f"main:{path}").decode().strip()
    erase.erase(net.hubs["a"], hubs.mid("gone"), reason="Asked for", by="test")
    net.write("b", hubs.post("late", "stays"))
    _fetched(net)
    net.carry("a", "b")
    assert not net.repo("b").succeeds("cat-file", "-e", blob)
    _fetched(net, is_whole=True)
    assert net.mids("a") == {hubs.mid("stays"), hubs.mid("late")}
    for one in (net.repo("a"), Repo(net.hubs["a"].mirrors / "peers" / "net.git")):
        assert not one.path.exists() or not one.succeeds("cat-file", "-e", blob)
    net.write("b", hubs.post("later", "stays"))
    _fetched(net, is_whole=True)
    assert net.tree("a") == net.tree("b"), "and it goes on"


def _fetched(net: Network, *, is_whole: bool = False) -> None:
    """What a look of `a` at `b` does, to its end or only in part."""
    net.sign("b")
    hub, other = net.hubs["a"], net.id("b")
    with quarantine.quarantine(hub, "net") as place:
        quarantine.fetch(place, str(net.repo("b").path), hubs=[other])
        if is_whole:
            taking = Taking(hub, net.identity("a"), net.known("a"), maillog.to_nobody())
            report = taking.take(place, "net", other)
            assert not report.faults, report.lines


def test_other_hubs_are_told_and_no_offer_keeps_it_where_the_place_can_come_back(
    tmp_path: Path,
) -> None:
    net = Network(tmp_path, "ab")
    gone = hubs.post("gone", body="The words that have to go.\n")
    net.write("a", gone, hubs.post("stays"))
    net.carry("a", "b")
    net.carry("b", "a")
    hub, place = net.hubs["a"], places.Place("conference", "net")
    blob = net.repo("a").git("rev-parse", f"main:{hubs.path_of(gone)}").decode().strip()
    places.remove(hub, place)
    erase.erase(hub, hubs.mid("gone"), reason="Asked for", by="test")
    places.restore(hub, place)
    assert not net.repo("a").succeeds("cat-file", "-e", blob)
    net.carry("a", "b")
    assert net.mids("b") == {hubs.mid("stays")}
    assert not net.repo("b").succeeds("cat-file", "-e", blob)


def test_what_messages_were_called_stays_in_no_page_of_the_file(tmp_path: Path) -> None:
    """A Message-ID names the host of its sender, where pages show another id."""
    hub = Network(tmp_path, "ab").hubs["a"]
    names = {PostId(hubs.mid(f"p{one}")): f"p{one}@union.example" for one in range(300)}
    messageids.keep(hub, names)
    files = hub.private / "network/message-ids.sqlite"
    with contextlib.closing(sqlite3.connect(files)) as reader:  # such as the courier
        reader.execute("select count(*) from known").fetchone()
        gone = [mid for mid, name in names.items() if name != "p7@union.example"]
        messageids.forget(hub, gone)
        octets = b"".join(path.read_bytes() for path in files.parent.glob(f"{files.name}*"))
    assert octets.count(b"@union.example") == 1
    assert messageids.of(hub, list(names)) == {PostId(hubs.mid("p7")): "p7@union.example"}
