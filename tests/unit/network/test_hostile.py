"""What a hub that stops at nothing may sign and hand on, and what becomes of it; and who is gone.

`b` is known and follows; its operator writes straight into its repository and signs what is there.
"""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.features.network import standing
from solicomm_build.features.network.carrying import stepping
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.writer import Change
from solicomm_build.post import post as posts
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network

MODES = {"a link": b"120000", "another repository": b"160000", "a program": b"100755"}


@pytest.fixture
def net(tmp_path: Path) -> Network:
    made = Network(tmp_path)
    made.write("a", hubs.post("one", body="genuine\n"))
    made.carry("a", "b")
    made.carry("a", "c")
    return made


def _refused(net: Network, name: str, of: str) -> str:
    return standing.read(net.hubs[name], net.id(of)).fault


def test_an_offer_in_another_hub_s_name_is_refused_and_said(net: Network) -> None:
    net.write("b", hubs.post("forged", "one"))
    genuine = offers.held(net.repo("b"), net.id("a"), net.identity("a").public)
    assert genuine is not None
    forged = dataclasses.replace(genuine, tip=net.tip("b"), seq=genuine.seq + 1)
    repo, ref = net.repo("b"), offers.ref(net.id("a"))
    own = offers.sign(repo, forged, net.identity("b"), datetime.now(UTC))
    assert repo.ref(ref) == own, "where the offer of a lies is what b signed"
    before = net.tip("c")
    report = net.carry("b", "c")
    assert "another hub's key signed it" in " ".join(report.faults)
    assert "another hub's key" in _refused(net, "c", "a")
    assert net.known("c").follows["conferences/net"].home == net.id("a")
    new = {hubs.mid("forged")}
    assert net.mids("c") & new == new, "b's own log counts as b's, whatever stands beside it"
    assert net.repo("c").ref(ref) != own
    assert net.tip("c") != before


def test_an_offer_about_another_conference_is_refused(net: Network) -> None:
    """Signed by its hub, and laid where it does not belong."""
    net.write("b", hubs.post("new", "one"))
    net.sign("b")
    said = offers.held(net.repo("b"), net.id("b"), net.identity("b").public)
    assert said is not None
    moved = dataclasses.replace(said, repo="conferences/other", seq=said.seq + 1)
    offers.sign(net.repo("b"), moved, net.identity("b"), datetime.now(UTC))
    before = net.tip("c")
    assert "about something else" in " ".join(net.carry("b", "c").faults)
    assert net.tip("c") == before


def test_what_a_friend_carries_late_changes_nothing_and_is_no_fault(net: Network) -> None:
    net.carry("b", "c")
    net.write("a", hubs.post("two", "one"))
    net.carry("a", "c")
    before = net.tip("c")
    report = net.carry("b", "c")  # with the offer of a as it was before
    assert net.tip("c") == before
    assert not report.faults
    assert not _refused(net, "c", "a")


@pytest.mark.parametrize("what", MODES)
def test_whatever_is_no_plain_file_never_is_one_here(net: Network, what: str) -> None:
    tip, repo = net.tip("b"), net.repo("b")
    path = hubs.path_of(hubs.post("evil", "one"))
    inline = what != "another repository"
    stream = b"commit refs/heads/main\ncommitter x <x@x> 1764000000 +0000\ndata 1\nx\n"
    stream += b"from %s\nM %s %s %s\n" % (
        tip.encode(),
        MODES[what],
        b"inline" if inline else tip.encode(),
        path.encode(),
    )
    if inline:
        data = (
            b"../../../../etc/passwd"
            if what == "a link"
            else posts.encode(hubs.post("evil", "one"))
        )
        stream += b"data %d\n%s\n" % (len(data), data)
    repo.git("fast-import", "--quiet", "--force", input=stream)
    net.carry("b", "a")
    listed = net.repo("a").git("ls-tree", "-r", "main").decode().splitlines()
    assert {line.split()[0] for line in listed} == {"100644"}
    if what != "a program":  # whose words are a post as any
        assert hubs.mid("evil") not in net.mids("a")
        assert standing.read(net.hubs["a"], net.id("b")).refused


def test_a_commit_of_a_year_that_cannot_be_stops_nobody(net: Network) -> None:
    """Git takes any number for a date; the stage ended at it, and again whenever it was begun."""
    repo, tip = net.repo("b"), net.tip("b")
    evil = hubs.post("evil", "one")
    net.write("b", evil)
    commit = repo.git("cat-file", "commit", "main").decode()
    lines = (re.sub(r" \d+ \+0000$", " 99999999999999 +0000", one) for one in commit.split("\n"))
    made = repo.git("hash-object", "-t", "commit", "-w", "--stdin", input="\n".join(lines).encode())
    repo.set_ref("refs/heads/main", Oid(made.decode().strip()), net.tip("b"))
    assert net.tip("b") != tip
    assert not net.carry("b", "a").faults
    assert hubs.mid("evil") in net.mids("a")
    latest = max(one.committed for one in log.commits(net.repo("a"), None, net.tip("a")))
    assert latest < clock.now() + timedelta(hours=1)


@pytest.mark.parametrize("left", [b"1e999", b"-Infinity", b"NaN", b"[]", b"null"])
def test_a_number_of_steps_that_is_none_is_no_answer(left: bytes) -> None:
    with pytest.raises(SoliCommError, match="cannot be read"):
        stepping.read(b'{"stones": [], "left": %s}' % left)


def test_a_post_under_a_name_that_is_not_its_own_is_refused(net: Network) -> None:
    path = hubs.path_of(hubs.post("innocent", "one"))
    net.push("b", Change(path, posts.encode(hubs.post("evil", "one"))))
    report = net.carry("b", "a")
    assert any("not taken" in line for line in report.lines)
    assert not {hubs.mid("innocent"), hubs.mid("evil")} & net.mids("a")


def test_a_flood_that_a_friend_let_in_meets_our_own_quota(net: Network) -> None:
    with peering.changing(net.hubs["a"]) as known:
        known.peers[net.id("b")] = peering.with_quota(known.peers[net.id("b")], 5000)
    net.write("b", *(hubs.post(f"f{n}", "one", minutes=n / 100) for n in range(600)))
    net.carry("b", "a")
    assert len(net.mids("a")) == 601, "who lets them in has them"
    report = net.carry("a", "c")
    assert len(net.mids("c")) == 501, "who does not has what 500 a day let in"
    assert any("over its quota" in line for line in report.lines)


def test_when_the_home_is_gone_for_good_the_others_go_on(net: Network) -> None:
    net.carry("b", "c")
    net.carry("c", "b")
    for name in "bc":
        net.write(name, hubs.post(f"after-{name}", "one"))
    for _ in range(2):
        net.carry("b", "c")
        net.carry("c", "b")
    assert net.tree("b") == net.tree("c")
    assert {hubs.mid("after-b"), hubs.mid("after-c")} <= net.mids("b")
