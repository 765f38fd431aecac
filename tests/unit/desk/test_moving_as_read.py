"""A topic moves, and is joined, as people read it, also where it is stored in several threads."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.features.topics.placedlately import Lately
from solicomm_build.foundation import clock
from solicomm_build.foundation.types import TopicId, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.post.event import TopicEvent
from solicomm_build.post.post import Post
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.deskhub import NOW, DeskHub

ROOT, REPLY, CUT = "root@union.example", "reply@union.example", "cut@union.example"
LATE, LAST, OTHER = "late@union.example", "last@union.example", "other@union.example"
TID = TopicId(post_id(ROOT))
TOPIC = f"water+t-{TID}"
THREADS = {TID, *(TopicId(post_id(one)) for one in (REPLY, CUT, LATE))}


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    """A topic in three threads: one answer names its parent alone, one has the subject alone."""
    hub = DeskHub(tmp_path)
    smallhub.add_conference(hub.config, Conference("pay", {"en": "Pay"}, kind="list"))
    lists = ("water", "pay")
    hub.member(1, "ana@union.example", *lists, name="Ana Paz", role="moderator", lang="en")
    post(hub, ROOT, "Water")
    post(hub, REPLY, "Re: Water", above=ROOT, when=NOW + timedelta(minutes=1))
    post(hub, CUT, "Re: Water", above=REPLY, when=NOW + timedelta(minutes=2))
    post(hub, LATE, "Re: Water", when=NOW + timedelta(hours=1))
    post(hub, OTHER, "Other")
    hub.now = NOW + timedelta(hours=2)
    return hub


def post(hub: DeskHub, msgid: str, subject: str, above: str = "", when: datetime = NOW) -> None:
    """A post that is there."""
    named = (above,) if above else ()
    made = Post(
        msgid,
        in_reply_to=above or None,
        references=named,
        name="Cyd",
        subject=subject,
        date=when,
        body="text\n",
    )
    path = posts.path(TopicId(post_id(above or msgid)), made.mid)
    repo = open_repo(hub.config.conference_repo("water"))
    write_once(repo, [Change(path, posts.encode(made))], message="Post\n", when=when)


def stored(hub: DeskHub, conference: str) -> set[str]:
    files = smallhub.files(hub.config.conference_repo(conference), "topics")
    return {path.rpartition("/")[2][:-3] for path in files if "/posts/" in path}


def done(hub: DeskHub, conference: str) -> list[tuple[str, TopicEvent]]:
    """What was done to each stored thread, in its order."""
    files = smallhub.files(hub.config.conference_repo(conference), "topics")
    found = [(events.parse_path(f"topics/{path}"), blob) for path, blob in files.items()]
    made = [(ids[0], events.decode(blob, eid=ids[1])) for ids, blob in found if ids is not None]
    return sorted(made, key=lambda one: one[1].order)


def moved(hub: DeskHub, conference: str) -> dict[str, str]:
    """Where each stored thread is read now, as far as anybody said."""
    return {tid: str(one.data["to"]) for tid, one in done(hub, conference) if one.type == "move"}


@pytest.mark.parametrize("is_built", [False, True], ids=["by-posts", "by-the-index"])
def test_all_that_is_read_in_a_topic_moves_with_it_and_back(hub: DeskHub, is_built: bool) -> None:
    """What stayed behind was shown nowhere, and mailed as before. The builder's index spares most
    of the reading, and need not know the last posts."""
    if is_built:
        assert hubs.build(hub.config).failures == []
    post(hub, LAST, "Re: Water", above=CUT, when=NOW + timedelta(hours=1))
    hub.ask(TOPIC, "move pay")
    assert stored(hub, "pay") == {post_id(one) for one in (ROOT, REPLY, CUT, LATE, LAST)}
    assert moved(hub, "water") == dict.fromkeys(THREADS, "pay")
    with clock.fixed(hub.now):
        (told,) = Lately(hub.config).of(["water", "pay"])
    assert told.tid == TID
    hub.ask(TOPIC, "move water")
    assert moved(hub, "water") == moved(hub, "pay") == dict.fromkeys(THREADS, "water")


def test_a_part_that_a_moderator_made_a_topic_stays(hub: DeskHub) -> None:
    hub.ask(TOPIC, f"split {post_id(REPLY)}")
    hub.ask(TOPIC, "move pay")
    assert stored(hub, "pay") == {post_id(ROOT)}
    assert moved(hub, "water") == {TID: "pay"}


def test_what_is_read_elsewhere_is_not_joined_to_what_is_read_here(hub: DeskHub) -> None:
    """Both were shown nowhere."""
    hub.ask(f"water+t-{post_id(OTHER)}", "move pay")
    (answer,) = hub.ask(TOPIC, f"merge water+t-{post_id(OTHER)}@hub.example")
    assert "Nothing was done" in answer.text
    assert [one.type for _, one in done(hub, "water")] == ["move"]
