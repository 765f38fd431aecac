"""The home of a conference moves a topic into another one of its own: a hub that follows may have
quite another one of that name."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.topics import move as topicmove
from solicomm_build.features.topics.orders import Moving
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import PostId
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest_all
from solicomm_build.people import grants
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import topicplaces
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.networks import Network

POST = hubs.post("topic")
TID = hubs.tid_of(POST)


@pytest.fixture
def net(tmp_path: Path) -> Network:
    """`a` has moved a topic of `net` into its `own`, of which `b` has another one."""
    made = Network(tmp_path, "ab")
    smallhub.add_conference(made.hubs["a"], Conference("own", {"en": "Of a"}, posting="open"))
    made.write("a", POST)
    topicmove.copy(made.hubs["a"], Moving("net", "own", TID), grants.read(made.hubs["a"]))
    event = events.make("move", at=clock.now(), by="hub", data={"to": "own"})
    made.push("a", Change(events.path(TID, event), events.encode(event)))
    made.carry("a", "b")
    return made


def _answer(net: Network) -> None:
    """Somebody at `b` answers, to the list that all wrote to."""
    b = net.hubs["b"]
    raw = smallhub.mail("I agree", f"References: <{POST.message_id}>", msgid="<2@union.example>")
    raw = raw.replace(b"bar@hub.example", b"net@b.example")
    Spool(b.spool_in).put([smallhub.item(raw, "net@b.example")])
    ingest_all(b, log=maillog.to_nobody())


def _own(net: Network) -> set[PostId]:
    paths = smallhub.files(net.hubs["b"].conference_repo("own"))
    return {ids[1] for path in paths if (ids := posts.parse_path(path))}


def test_an_answer_does_not_go_into_another_conference_of_that_name(net: Network) -> None:
    b = net.hubs["b"]
    assert topicplaces.location(b, "net", TID, grants.read(b)) == "net"
    _answer(net)
    assert not _own(net)
    assert len(net.mids("b")) == 2
    hubs.build(b, full=True)
    page = b.public / "conferences/net/t" / TID / "index.html"
    assert not page.exists() or "/own/" not in page.read_text("utf-8")


def test_what_may_be_for_members_now_is_sent_no_more(net: Network) -> None:
    """Nobody here knows who reads it there."""
    shut = topicplaces.shut_away(net.hubs["b"], "net")
    assert shut.has(TID, POST.mid)


def test_where_own_moderators_move_it_answers_follow(net: Network) -> None:
    b = net.hubs["b"]
    topicmove.copy(b, Moving("net", "own", TID), grants.read(b))
    event = events.make("move", at=clock.now(), by="operator", data={"to": "own"})
    change = Change(f"local/{events.path(TID, event)}", events.encode(event))
    write_once(open_repo(b.conference_repo("net")), [change], message="x", when=clock.now())
    assert topicplaces.location(b, "net", TID, grants.read(b)) == "own"
    _answer(net)
    assert len(_own(net)) == 2
