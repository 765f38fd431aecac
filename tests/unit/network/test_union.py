"""Hubs that were cut off come to one tree, and nobody's words are replaced on the way."""

from __future__ import annotations

import base64
import dataclasses
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from solicomm_build.features.network import reporting, standing
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.polls import pushed
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values.poll import Option, Poll
from solicomm_build.foundation.errors import ContentError, Findings, UsageError
from solicomm_build.foundation.types import post_id
from solicomm_build.git import log
from solicomm_build.git.writer import Change
from solicomm_build.post import conference as conferences
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.testing import hubs
from solicomm_build.testing.killing import killed
from solicomm_build.testing.networks import START, Network


def _sources(net: Network, name: str) -> list[str]:
    repo = net.repo(name)
    return [commit.trailer("Source") or "" for commit in log.commits(repo, None, net.tip(name))]


def test_a_week_apart_and_one_tree_after_two_rounds(tmp_path: Path) -> None:
    net = Network(tmp_path)
    net.write("a", *(hubs.post(f"old{n}", minutes=n) for n in range(5)))
    net.carry("a", "b")
    net.carry("b", "c")
    assert net.tree("a") == net.tree("b") == net.tree("c")
    both = [hubs.post(f"both{n}") for n in range(3)]
    net.write("a", *(hubs.post(f"a{n}", "old1", minutes=n) for n in range(4)), *both)
    net.write("b", *(hubs.post(f"b{n}", "old2", minutes=n) for n in range(4)), *both)
    net.write("c", *(hubs.post(f"c{n}", minutes=n) for n in range(4)))
    for _ in range(2):
        for giver, taker in ("ab", "ba", "bc", "cb", "ba"):
            net.carry(giver, taker)
    assert net.tree("a") == net.tree("b") == net.tree("c")
    assert len(net.mids("c")) == 5 + 12 + 3
    before = [net.tip(name) for name in "abc"]
    for giver, taker in ("ab", "ba", "bc", "cb"):
        net.carry(giver, taker)
    assert [net.tip(name) for name in "abc"] == before, "what is known is not written again"


def test_what_came_from_a_hub_says_so(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    (commit,) = [
        one
        for one in log.commits(net.repo("b"), None, net.tip("b"))
        if one.trailer("Message") == hubs.mid("one")
    ]
    assert (commit.trailer("Source"), commit.trailer("Origin")) == ("peer", net.id("a"))
    assert commit.committed == hubs.after(1)
    made = conferences.decode(net.files("b")[conferences.FILE])
    assert made.home == net.id("a")


def test_two_versions_of_a_message_both_stay_and_every_hub_has_the_same_tree(
    tmp_path: Path,
) -> None:
    net = Network(tmp_path)
    net.write("a", hubs.post("root"))
    net.carry("a", "b")
    net.carry("a", "c")
    said = {name: f"What {name} heard.\n" for name in "abc"}
    for name in "abc":
        net.write(name, hubs.post("twice", "root", body=said[name]))
    for _ in range(2):
        for giver, taker in ("ab", "bc", "cb", "ba", "ac"):
            net.carry(giver, taker)
    assert net.tree("a") == net.tree("b") == net.tree("c")
    for name in "abc":
        bodies = [
            posts.decode(blob).body for path, blob in net.files(name).items() if "/posts/" in path
        ]
        assert sorted(bodies) == sorted(["Words.\n", *said.values()])
        hubs.build(net.hubs[name])
        page = hubs.page(net.hubs[name], f"/conferences/net/t/{hubs.mid('root')}/")
        shown = page.partition(f'id="{hubs.mid("twice")}"')[2]
        assert said[name].strip() in shown.partition("<article")[0], (
            "the words that were shown stay"
        )
        assert all(text.strip() in page for text in said.values())
        assert not hubs.differences(net.hubs[name])


def test_a_place_that_was_taken_beforehand_loses_nobodys_words(tmp_path: Path) -> None:
    """Who knows a post can tell where it would go if another version got its name."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one", body="genuine\n"))
    net.carry("a", "b")
    path = hubs.path_of(hubs.post("one"))
    from solicomm_build.features.network.judging.union import apart

    blob = net.files("a")[path]
    oid = net.repo("a").git("rev-parse", f"main:{path}").decode().strip()
    taken, _ = apart(blob, oid, path)  # type: ignore[arg-type]
    name = f"{base64.b32encode(bytes.fromhex(oid)).decode().lower()}@mid-conflict.invalid"
    squat = dataclasses.replace(hubs.post("x"), message_id=name, body="squatted\n")
    net.push("b", Change(taken, posts.encode(squat)), message="x\n\nSource: mail\n")
    for number in range(40):  # one of them has the smaller id
        other = hubs.post("one", body=f"forged {number}\n")
        net.push("b", Change(path, posts.encode(other)), message="x\n\nSource: mail\n")
    net.carry("b", "a")
    assert any(b"genuine" in one for one in net.files("a").values())


HOSTILE = {
    "a wrong name": (f"topics/{'a' * 2}/{'a' * 32}/posts/{'b' * 32}.md", None),
    "a hook": ("hooks/post-update", b"#!/bin/sh\n"),
    "attributes": (".gitattributes", b"* filter=evil\n"),
    "settings": ("conference.yaml", b"schema: solicomm/conference@1\nid: net\ntitle: {en: X}\n"),
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """`b` follows and is known, and its operator stops at nothing."""
    net = Network(tmp_path_factory.mktemp("hostile"))
    net.write("a", hubs.post("one", body="genuine\n"))
    net.carry("a", "b")
    net.carry("a", "c")
    return net


@pytest.mark.parametrize("what", HOSTILE)
def test_what_has_no_place_is_refused_and_named(hostile: Network, what: str) -> None:
    path, blob = HOSTILE[what]
    before = hostile.tree("a", "")
    hostile.push("b", Change(path, blob or posts.encode(hubs.post("evil"))))
    report = hostile.carry("b", "a")
    assert hostile.tree("a", "") == before
    assert any("not taken" in line for line in report.lines), report.lines
    assert standing.read(hostile.hubs["a"], hostile.id("b")).refused


def test_an_event_of_who_is_not_the_home_is_refused(hostile: Network) -> None:
    mid = hubs.mid("one")
    event = events.make("hide", at=START, by="operator", data={"post": mid})
    path = events.path(hubs.tid_of(hubs.post("one")), event)
    hostile.push("b", Change(path, events.encode(event)))
    hostile.carry("b", "a")
    assert path not in hostile.files("a")
    hostile.push("a", Change(path, events.encode(event)))
    hostile.carry("a", "c")
    assert path in hostile.files("c")


def test_a_flood_is_bounded_and_does_not_come_through_a_friend(hostile: Network) -> None:
    flood = [hubs.post(f"flood{n}", minutes=n / 100) for n in range(30)]
    hostile.write("b", *flood)
    with peering.changing(hostile.hubs["a"]) as known:
        known.peers[hostile.id("b")] = peering.with_quota(known.peers[hostile.id("b")], 10)
    with peering.changing(hostile.hubs["c"]) as known:
        known.peers[hostile.id("b")] = peering.with_quota(known.peers[hostile.id("b")], 0)
    report = hostile.carry("b", "a")
    came = {post.mid for post in flood} & hostile.mids("a")
    assert len(came) == 10
    assert any("over its quota" in line for line in report.lines)
    hostile.carry("b", "a")
    assert len({post.mid for post in flood} & hostile.mids("a")) == 10
    hostile.carry("a", "c")
    assert not {post.mid for post in flood} & hostile.mids("c")


def test_a_known_mid_elsewhere_does_not_replace_words(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one", body="genuine\n"))
    net.carry("a", "b")
    hubs.build(net.hubs["a"])
    for number in range(20):
        forged = hubs.post("one", f"elsewhere{number}", body=f"forged {number}\n")
        assert hubs.path_of(forged) != hubs.path_of(hubs.post("one"))
        net.push("b", hubs.change(forged), message="x\n\nSource: mail\n")
    net.carry("b", "a")
    hubs.build(net.hubs["a"])
    page = hubs.page(net.hubs["a"], f"/conferences/net/t/{hubs.mid('one')}/")
    shown = page.partition(f'id="{hubs.mid("one")}"')[2].partition("<article")[0]
    assert "genuine" in shown
    assert not hubs.differences(net.hubs["a"])


def test_a_stick_of_yesterday_changes_nothing(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    old = net.stick("a", "b")
    net.read("b", old)
    net.write("a", hubs.post("two"))
    net.carry("a", "b")
    before = net.tip("b")
    report = net.read("b", old)
    assert net.tip("b") == before
    assert "nothing newer" in " ".join(report.lines)


def test_what_was_erased_here_does_not_come_back(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"), hubs.post("two"))
    from solicomm_build.git.repo import open_repo
    from solicomm_build.git.writer import write_once
    from solicomm_build.post.store.mailstore import erased_path

    mail = open_repo(net.hubs["b"].mail_repo)
    gone = post_id("one@union.example")
    write_once(mail, [Change(erased_path(gone), b"")], message="x\n", when=START)
    net.carry("a", "b")
    assert net.mids("b") == {hubs.mid("two")}


def test_what_is_not_followed_any_more_is_a_conference_of_our_own(tmp_path: Path) -> None:
    net = Network(tmp_path, "abc")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    assert _home(net, "b") == net.id("a")
    said = adding.unfollow(net.hubs["b"], "conferences/net")
    assert "this hub's own" in said
    assert _home(net, "b") == ""
    tree = net.tree("b")
    net.write("a", hubs.post("two"))
    net.carry("a", "b")
    assert net.tree("b") == tree
    net.sign("b")
    assert cards.read(net.stored_card("b")).offers["conferences/net"] == net.id("b")
    with pytest.raises(UsageError, match="another one"):
        adding.follow(net.hubs["b"], net.id("c"), "conferences/net", is_moved=True)
    adding.follow(net.hubs["b"], net.id("a"), "conferences/net", "full", is_moved=True)
    net.carry("a", "b")
    assert net.tree("a") == net.tree("b"), "it was pressed by mistake, and goes on"


def test_a_second_run_ends_what_one_that_was_killed_began(tmp_path: Path) -> None:
    """The conference had its home elsewhere still, and was not followed any more."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    unfollow = partial(adding.unfollow, net.hubs["b"], "conferences/net")
    assert killed(unfollow, "network.unfollowing")
    assert f"of {net.id('a')} is not followed any more" in unfollow()
    assert _home(net, "b") == ""
    with pytest.raises(UsageError, match="is not followed"):
        unfollow()


def _home(net: Network, name: str) -> str:
    return conferences.decode(net.files(name)[conferences.FILE]).home


ENDED = "polls/q-last/poll.yaml"


def _ended(identifier: str = "q-last") -> bytes:
    options = (Option("1", {"en": "Yes"}), Option("2", {"en": "No"}))
    end = START - timedelta(days=300)
    return polls.encode(Poll(identifier, {"en": "Shall we strike?"}, "choice", options, end))


def test_a_vote_that_has_ended_comes_whole(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.push("a", Change(ENDED, _ended()))
    report = net.carry("a", "b")
    assert not any("not taken" in line for line in report.lines), report.lines
    assert net.files("b")[ENDED] == _ended()


def test_a_poll_that_was_once_refused_comes_with_what_is_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.push("a", Change(ENDED, _ended()))

    def as_before(_blob: bytes, path: str, *, is_history: bool) -> Findings:
        return Findings([ContentError(f"over: {is_history}", file=path)])

    with monkeypatch.context() as patched:
        patched.setattr(pushed, "check", as_before)
        net.carry("a", "b")
    assert ENDED not in net.files("b")
    net.write("a", hubs.post("two"))
    net.carry("a", "b")
    assert net.files("b")[ENDED] == _ended()


def test_what_is_refused_is_named_with_its_file_and_what_to_do(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.push("a", Change(ENDED, _ended("q-else")))
    net.carry("a", "b")
    said = "\n".join(reporting.lines(reporting.status(net.hubs["b"])))
    assert f"refused 1: {ENDED}: `id: q-else` is another one's name" in said
    assert f"tell the operators of {net.id('a')}" in said
