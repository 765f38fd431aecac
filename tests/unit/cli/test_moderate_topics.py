"""`solicomm moderate` about topics: acts on them, and events that have no effect."""

from __future__ import annotations

from datetime import timedelta

import pytest

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId, TopicId, post_id
from solicomm_build.git.writer import Change
from solicomm_build.people import grants
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post.post import Post
from solicomm_build.post.store.conferencetopics import Topics
from solicomm_build.post.topicstate import TopicState, fold
from solicomm_build.testing import hubs

from .conftest import Run


@pytest.fixture(autouse=True)
def topic(sample_hub: Config) -> None:
    """A topic with an answer."""
    for name, above in (("one", ""), ("two", "one@union.example")):
        made = Post(f"{name}@union.example", in_reply_to=above or None, name="Ana", body="x\n")
        tid = TopicId(post_id(above or made.message_id))
        change = Change(posts.path(tid, made.mid), posts.encode(made))
        hubs.commit(sample_hub.conference_repo("organising"), change)


def some(hub: Config, conference: str = "organising") -> tuple[TopicId, PostId]:
    """The topic and the answer in it."""
    topics = Topics(hub, conference, grants.read(hub))
    try:
        return next((tid, mid) for mid, tid in sorted(topics.posts.items()) if mid != tid)
    finally:
        topics.close()


def state(hub: Config, conference: str = "organising") -> TopicState:
    topics = Topics(hub, conference, grants.read(hub))
    try:
        return fold([one.event for one in topics.events], topics.may)
    finally:
        topics.close()


def test_acts_on_a_topic(on_hub: Run, sample_hub: Config) -> None:
    tid, mid = some(sample_hub)
    start = ("organising", tid)
    assert on_hub("moderate", "pin", *start).exit_code == 0
    assert "so already, by operator" in on_hub("moderate", "pin", *start).output
    assert on_hub("moderate", "retitle", *start, "Water:", "all").exit_code == 0
    assert on_hub("moderate", "label", *start, "+wages", "-draft").exit_code == 0
    link = f"http://hub.example/conferences/organising/t/{tid}/#{mid}"
    assert (
        on_hub(
            "moderate", "hide", "organising", link.partition("#")[0], link, "a", "name"
        ).exit_code
        == 0
    )
    assert on_hub("moderate", "summary", *start, tid[:12]).exit_code == 0
    assert on_hub("moderate", "translation", *start, mid, tid, "fr").exit_code == 0
    itself = on_hub("moderate", "translation", *start, mid, mid, "fr")
    assert itself.exit_code != 0
    assert "no translation of itself" in itself.output
    found = state(sample_hub)
    assert (found.pinned, found.title, found.labels) == (True, "Water: all", {"wages"})
    assert found.hidden == {mid: "a name"}
    assert [one.post for one in found.summaries] == [tid]
    assert found.translations[mid].lang == "fr"
    assert on_hub("moderate", "unhide", *start).exit_code == 0
    assert state(sample_hub).hidden == {}
    assert on_hub("fsck").exit_code == 0


def test_a_topic_is_moved_and_brought_back(on_hub: Run, sample_hub: Config) -> None:
    tid, mid = some(sample_hub)
    assert on_hub("new", "conference", "other").exit_code == 0
    assert on_hub("moderate", "move", "organising", tid, "other").exit_code == 0
    assert state(sample_hub).moved == "other"
    assert some(sample_hub, "other") == (tid, mid)
    assert "so already" in on_hub("moderate", "move", "organising", tid, "other").output
    assert on_hub("moderate", "move", "organising", tid, "organising").exit_code == 0
    assert state(sample_hub).moved == "organising"
    assert on_hub("fsck").exit_code == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("pin", "organising"), 64, "Write `solicomm moderate pin CONFERENCE TOPIC`"),
        (("pin", "nowhere", "aaaaaa"), 75, "no conference or list nowhere"),
        (("pin", "organising", "qqqqqqqq"), 75, "No topic of organising has an id"),
        (("retitle", "organising", "TID"), 64, "needs the new title"),
        (("hide", "organising", "TID"), 64, "needs one post"),
        (("move", "organising", "TID", "nowhere"), 75, "There is no conference nowhere"),
        (("summary", "organising", "TID"), 64, "summary CONFERENCE TOPIC POST"),
        (("unpin", "organising", "TID"), 75, "nothing to take back"),
    ],
)
def test_what_cannot_be_done_is_said(
    on_hub: Run, sample_hub: Config, words: tuple[str, ...], code: int, said: str
) -> None:
    tid, _ = some(sample_hub)
    told = on_hub("moderate", *[tid if word == "TID" else word for word in words])
    assert said in told.stderr
    assert told.exit_code != 0
    assert code in (64, 75)


def put(hub: Config, kind: str, by: str = "p_aaaaaaaaaa", ahead: int = 0, **data: str) -> str:
    """An event that somebody committed; its id."""
    tid, _ = some(hub)
    at = clock.now() + timedelta(days=ahead)
    made = events.make(kind, at=at, by=by, data=data)
    hubs.commit(
        hub.conference_repo("organising"), Change(events.path(tid, made), events.encode(made))
    )
    return made.eid


def test_events_without_effect_are_listed_and_decided(on_hub: Run, sample_hub: Config) -> None:
    strange = put(sample_hub, "pin")
    early = put(sample_hub, "close", by="operator", ahead=3)
    unsound = put(sample_hub, "retitle", by="operator")
    listed = on_hub("moderate", "organising").output
    assert f"{strange[:8]}  organising: pin by p_aaaaaaaaaa has no effect: pin" in listed
    assert "its author was no moderator there at that time" in listed
    assert "it is dated in the future" in listed
    assert "it lacks what it needs" in listed
    assert on_hub("moderate", "accept", strange).output == "pin in organising: done in your name\n"
    assert state(sample_hub).pinned
    assert on_hub("moderate", "accept", unsound[:10]).exit_code != 0
    assert on_hub("moderate", "ban", unsound).exit_code == 64
    assert on_hub("moderate", "discard", unsound).output == "retitle in organising: discarded\n"
    assert on_hub("moderate", "reject", early).exit_code == 0
    assert on_hub("moderate").output == "Nothing waits for a moderator\n"
    assert on_hub("fsck").exit_code == 0


def test_a_token_says_what_its_owner_is_called_in_events(on_hub: Run, sample_hub: Config) -> None:
    words = ("token", "new", "--repo", "conferences/organising", "--as", "moderator")
    assert "`by: t_ben`" in on_hub(*words, "ben").output
    known = grants.read(sample_hub)
    assert known.role("t_ben", "organising", clock.now()) == "moderator"
    assert "no topic event can name it" in on_hub(*words, "far@union.example").output
    assert on_hub("token", "revoke", "ben").exit_code == 0
    later = clock.now() + timedelta(seconds=1)
    assert grants.read(sample_hub).role("t_ben", "organising", later) == "reader"
