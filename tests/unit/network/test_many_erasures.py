"""A hub that has erased much over the years, and those that hear of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from solicomm_build.features.network import watching
from solicomm_build.features.network.erasures import heeding, notices
from solicomm_build.features.network.judging import homecoming
from solicomm_build.features.network.sealed import looking
from solicomm_build.foundation import clock, maillog
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


def _notice(net: Network, name: str, some: range) -> bytes:
    """A hub says that posts which nobody here ever had are erased."""
    mids = [hubs.mid(f"old{n}") for n in some]
    return notices.make(net.identity(name), "conferences/net", "person", mids)


def test_who_follows_later_has_nothing_to_decide_about_what_was_never_here(tmp_path: Path) -> None:
    """Each of these erasures waited for the operator, who was told of them by mail."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("here"), hubs.post("too"))
    for at in range(0, 100, 10):
        one = notices.keep(net.hubs["a"], _notice(net, "a", range(at, at + 10)))
        assert isinstance(one, notices.Notice)
        notices.decide(net.hubs["a"], one, "done")
    net.carry("a", "b")
    b = net.hubs["b"]
    assert not [one for one in watching.lasting(b) if one.about.startswith("erasure")]
    assert [*notices.all_(b, ("done",))] == [*notices.all_(b)]
    net.write("a", hubs.post("old3"))
    net.carry("a", "b")
    assert net.mids("b") == {hubs.mid("here"), hubs.mid("too")}, "what was named does not come"
    assert len(notices.confirmed(b, next(notices.all_(b)).eid)) == 1


def test_a_clone_does_not_bring_what_the_home_has_erased(tmp_path: Path) -> None:
    """The home had said so before anything of it was here."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("here"))
    net.carry("a", "b")
    for at in range(0, 30, 10):
        notices.keep(net.hubs["b"], _notice(net, "a", range(at, at + 10)))
    b = net.hubs["b"]
    heeding.carry_out(b, net.identity("b"), net.known("b"), maillog.to_nobody())
    net.write("a", *(hubs.post(f"old{n}") for n in (5, 15, 25)), hubs.post("new"))
    homecoming.bring(b, "net", net.repo("a").path, lambda *_: None)
    assert net.mids("b") == {hubs.mid("here"), hubs.mid("new")}


@pytest.mark.parametrize("what", ["notices", "receipts"])
def test_what_another_hub_says_much_of_keeps_no_erasure_of_ours_from_others(
    tmp_path: Path, what: str
) -> None:
    """The newest thousand files were handed on, whosever they were."""
    net = Network(tmp_path, "ab")
    a, b = net.hubs["a"], net.identity("b")
    ours = notices.keep(a, _notice(net, "a", range(1)))
    place = a.private / "network" / "erasures"
    early = clock.now().timestamp() - 3600
    os.utime(place / notices.name_of(ours), (early, early))
    made = _notice(net, "b", range(1))
    for n in range(1100):
        one = made + b"# %d\n" % n  # stands for another one
        if what == "receipts":
            one = notices.receipt(b, notices.eid_of(one))
        else:
            one = notices.make(b, "conferences/net", "message", [hubs.mid(f"m{n}")])
        notices.keep(a, one)
    found = notices.files(a)
    assert notices.name_of(ours) in found
    assert len(found) == 1000


def test_a_hub_that_has_much_for_us_alone_is_heard_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was new stood behind five hundred that had come long ago."""
    net = Network(tmp_path, "ab")
    names = [f"{n:026}.yaml" for n in range(900)]
    said = json.dumps({"offers": {}, "notices": names, "notes": names}).encode()
    monkeypatch.setattr(looking, "ask", lambda *_: said)
    peer = net.known("b").peers[net.id("a")]
    there = looking.table(net.identity("b"), peer)
    assert there.notices == there.notes == tuple(names)
