"""What moderators of a conference's home do counts where it is followed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.network.judging import homeroles
from solicomm_build.features.topics import unheeded
from solicomm_build.features.topics.knowntopics import KnownTopics
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.gate import conferencefiles
from solicomm_build.gate import events as gate_events
from solicomm_build.gate.events import Author
from solicomm_build.gate.push import Place
from solicomm_build.git.reader import Reader
from solicomm_build.git.writer import Change
from solicomm_build.people import grant, grants
from solicomm_build.people.grant import Grant, Grants
from solicomm_build.post import event as events
from solicomm_build.post.store import poststore, redact
from solicomm_build.post.store.conferencetopics import Topics
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import START, Network

MODERATOR = "p_7h2kqm3x9d"
WEEK = timedelta(days=7)


def _hide(name: str, by: str) -> Change:
    event = events.make("hide", at=START, by=by, data={"post": hubs.mid(name)})
    return Change(events.path(hubs.tid_of(hubs.post(name)), event), events.encode(event))


def _moderates(net: Network, name: str, person: str) -> None:
    """Somebody becomes a moderator of `net` at a hub, long ago."""
    fact = Grant(person, "net", "moderator", START - WEEK, "operator")
    key = grants.key_of(net.hubs[name])
    made = grant.signed(fact, key)
    site = net.hubs[name].site_repo
    change = Change(grant.path(made), grant.encode(made))
    hubs.commit(site, change, at=START)


def _page(net: Network, name: str, post: str) -> str:
    hubs.build(net.hubs[name])
    return hubs.page(net.hubs[name], f"/conferences/net/t/{hubs.mid(post)}/")


def test_a_post_that_the_home_hides_is_hidden_where_it_is_followed(tmp_path: Path) -> None:
    net = Network(tmp_path)
    net.write("a", hubs.post("bad", body="An insult.\n"), hubs.post("good", "bad"))
    _moderates(net, "a", MODERATOR)
    net.carry("a", "b")
    assert "An insult." in _page(net, "b", "bad")
    net.push("a", _hide("bad", MODERATOR), message="Hide\n\nSource: gate\n")
    net.carry("a", "b")
    net.carry("b", "c")
    for name in "bc":
        assert "An insult." not in _page(net, name, "bad")
        assert unheeded.unheeded(net.hubs[name], "net", grants.read(net.hubs[name])) == []
    assert net.tree("a") == net.tree("b") == net.tree("c")
    before = net.tip("b")
    net.carry("a", "b")
    assert net.tip("b") == before, "what is known is not written again"


def test_roles_of_a_home_count_in_its_conference_alone_and_let_nobody_do_anything(
    tmp_path: Path,
) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    _moderates(net, "a", MODERATOR)
    net.carry("a", "b")
    known = grants.read(net.hubs["b"])
    assert known.may(MODERATOR, "net", START)
    assert not known.may(MODERATOR, "own", START)
    assert not known.may(MODERATOR, "*", START)
    assert not grants.read(net.hubs["b"], own=True).may(MODERATOR, "net", START)


def test_roles_that_a_follower_says_are_refused(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    fact = Grant(MODERATOR, "net", "moderator", START - WEEK, "hub")
    net.push("b", Change(homeroles.FILE, homeroles.encode([fact])))
    net.push("b", _hide("one", MODERATOR))
    report = net.carry("b", "a")
    assert "only the home" in " ".join(report.lines)
    assert not grants.read(net.hubs["a"]).may(MODERATOR, "net", START)
    assert "Words." in _page(net, "a", "one")


def test_only_the_moments_of_moderators_travel() -> None:
    facts = [
        Grant(MODERATOR, "*", "moderator", START, "p_giver", via="t-aaaaaaaa", until=START + WEEK),
        Grant(MODERATOR, "net", "host", START + 2 * WEEK, "operator"),
        Grant(MODERATOR, "other", "moderator", START, "operator"),
        Grant("p_member", "net", "member", START, "operator"),
    ]
    told = homeroles.of(Grants(facts), "net")
    assert [(one.person, one.role, one.at) for one in told] == [
        (MODERATOR, "moderator", START),
        (MODERATOR, "reader", START + WEEK),
        (MODERATOR, "host", START + 2 * WEEK),
    ]
    blob = homeroles.encode(told)
    assert homeroles.decode(blob, "net") == told
    assert not any(word in blob for word in (b"p_giver", b"t-aaaaaaaa", b"p_member"))


@pytest.mark.parametrize(
    "blob",
    [
        b"schema: solicomm/roles@2\nroles: []\n",
        b"schema: solicomm/roles@1\nroles:\n  - person: ana@union.example\n    role: moderator\n",
        b"schema: solicomm/roles@1\nroles:\n  - person: p_x\n    role: king\n"
        b"    at: 2026-01-01T00:00:00Z\n",
    ],
)
def test_roles_that_cannot_be_read_say_what_is_wrong(blob: bytes) -> None:
    with pytest.raises(SoliCommError):
        homeroles.decode(blob, "net")


def test_nobody_pushes_the_roles_of_a_home() -> None:
    assert conferencefiles.place(homeroles.FILE) == "hub"
    assert conferencefiles.rank_for("hub", adds=True, restricted=False) == "operator"


def test_what_a_follower_moderates_counts_there_alone_and_trees_stay_equal(tmp_path: Path) -> None:
    net = Network(tmp_path)
    net.write("a", hubs.post("bad", body="An insult.\n"), hubs.post("good", "bad"))
    net.carry("a", "b")
    net.carry("a", "c")
    redact.redact(net.hubs["b"], "net", hubs.mid("bad"), reason="An insult", by="operator")
    redact.redact(net.hubs["a"], "net", hubs.mid("good"), reason="Twice", by="operator")
    for giver, taker in ("ab", "bc", "ba"):
        net.carry(giver, taker)
    assert net.tree("a") == net.tree("b") == net.tree("c")
    assert [path for path in net.files("b") if path.startswith("local/")]
    assert not any(path.startswith("local/") for name in "ac" for path in net.files(name))
    assert "An insult." not in _page(net, "b", "bad")
    assert not hubs.differences(net.hubs["b"])
    assert "An insult." in _page(net, "c", "bad")
    topics = Topics(net.hubs["b"], "net", grants.read(net.hubs["b"]))
    assert len(topics.events) == 2
    topics.close()
    with Reader(net.repo("b")) as reader:
        told = poststore.topic_events(reader, hubs.tid_of(hubs.post("bad")))
    assert {one.type for one in told} == {"hide"}
    assert len(told) == 2
    known = KnownTopics(net.hubs["b"]).topics("net", grants.read(net.hubs["b"]))
    assert len(known.events) == 2
    known.close()
    assert unheeded.unheeded(net.hubs["b"], "net", grants.read(net.hubs["b"])) == []


@pytest.mark.parametrize(("name", "local"), [("a", False), ("b", True)])
def test_the_gate_says_where_an_event_has_its_place(tmp_path: Path, name: str, local: bool) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    change = _hide("one", MODERATOR)
    assert change.data is not None
    place = Place(net.hubs[name], "conferences", "net")
    fact = Grant(MODERATOR, "net", "moderator", START - WEEK, "operator")
    author = Author(MODERATOR, Grants([fact]))
    good, bad = change.path, f"local/{change.path}"
    good, bad = (bad, good) if local else (good, bad)
    assert conferencefiles.place(good) == conferencefiles.place(bad) == "event"
    assert not gate_events.check(change.data, good, author, place).faults
    (fault,) = gate_events.check(change.data, bad, author, place).faults
    assert good in fault.remedy
