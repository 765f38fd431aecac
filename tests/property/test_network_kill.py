"""A hub that is killed while it takes what others brought goes on, and comes to the same tree."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from solicomm_build.features.network.judging import quarantine
from solicomm_build.testing import hubs
from solicomm_build.testing.killing import killed
from solicomm_build.testing.networks import Network

POINTS = ("network.before-founded", "network.before-taken", "network.packed")


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("first", [True, False])
def test_killed_anywhere_it_takes_the_rest_and_nothing_twice(
    tmp_path: Path, point: str, first: bool
) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", *(hubs.post(f"p{n}", minutes=n) for n in range(5)))
    if not first:
        net.carry("a", "b")
        net.write("a", *(hubs.post(f"q{n}", "p1", minutes=n) for n in range(5)))
    stick = net.stick("a", "b")
    was_killed = killed(lambda: net.read("b", stick), point)
    assert was_killed is (first or point != "network.before-founded")
    net.read("b", stick)
    assert net.tree("a") == net.tree("b")
    assert len(net.mids("b")) == (5 if first else 10)
    assert net.read("b", stick).changed is False


def test_what_a_kill_left_where_things_are_judged_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock of git's, in that place and in ours, and half of a place that was being removed."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    place = net.hubs["b"].mirrors / "peers" / "net.git"
    left = [place / quarantine.PREFIX, net.repo("b").path / "refs" / "peers"]
    for folder in left:
        (folder / f"{net.id('a')}.lock").write_bytes(b"")
    net.write("a", hubs.post("two"))
    net.carry("a", "b")
    assert net.tree("a") == net.tree("b")

    def cut(path: Path, **_: object) -> None:
        (path / "config").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", cut)
        with pytest.raises(KeyboardInterrupt):
            quarantine.remove(place)
    net.write("a", hubs.post("three"))
    net.carry("a", "b")
    assert net.tree("a") == net.tree("b")


def test_what_a_killed_bundle_left_on_a_stick_goes_with_the_next(tmp_path: Path) -> None:
    """A folder whose name begins with a dot, as large as the file, for each: a stick was full."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    for _ in range(2):
        assert killed(lambda: net.stick("a", "b"), "network.packet-written")
        assert len([*net.folder.glob(".packet-*/packet")]) == 1
    stick = net.stick("a", "b")
    assert not [*net.folder.glob(".packet-*")]
    net.read("b", stick)
    assert net.tree("a") == net.tree("b")
