"""Answers to topics that were moved to another conference."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.features.privacy import erase
from solicomm_build.features.topics import move as topicmove
from solicomm_build.features.topics.orders import Moving
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import TopicId, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest import holding as moderation
from solicomm_build.ingest.run import ingest_all
from solicomm_build.people import grants, rosterevents
from solicomm_build.people import memberstore as membership
from solicomm_build.post import event as events
from solicomm_build.post import post
from solicomm_build.post.cells import dividing
from solicomm_build.post.conference import Conference
from solicomm_build.post.decision import Decision
from solicomm_build.post.store import fsck, redact
from solicomm_build.post.store.conferencetopics import Topics
from solicomm_build.post.topicstate import fold
from solicomm_build.testing import smallhub

NOW = datetime(2026, 3, 4, 6, 12, tzinfo=UTC)
TID = TopicId(post_id("1@union.example"))


@pytest.fixture(params=[1, 2], ids=["one-cell", "a-cell-each"])
def hub(tmp_path: Path, request: pytest.FixtureRequest) -> Config:
    config = smallhub.make(
        tmp_path,
        Conference("bar", {"en": "Bar"}, posting="open"),
        Conference("pay", {"en": "Pay"}),
        Conference("inside", {"en": "Inside"}, visibility="members"),
    )
    consent = rosterevents.Consent("owner")
    member = rosterevents.member(1, "mod@union.example", at=NOW, consent=consent)
    smallhub.add_events(config, [member, rosterevents.subscribe("pay", 1, at=NOW, consent=consent)])
    for conference in ("bar", "pay"):
        membership.appoint(config, conference, "mod@union.example", "moderator")
    if request.param == 2:
        config = dataclasses.replace(config, cells=2)
        dividing.settle(config)
        for name, cell in (("bar", 0), ("pay", 1), ("inside", 1)):
            dividing.move(config, "conferences", name, cell)
    take(config, "bar", "<1@union.example>")
    return config


def take(config: Config, to: str, msgid: str, *fields: str, sender: str = "") -> None:
    raw = smallhub.mail("text of " + msgid, *fields, msgid=msgid)
    raw = raw.replace(b"bar@hub", to.encode() + b"@hub")
    Spool(config.spool_in).put([smallhub.item(raw, f"{to}@hub.example")])
    ingest_all(config, log=maillog.to_nobody())


def moved(config: Config, source: str, to: str, by: str = "operator") -> None:
    """Copies the topic and says so, as the desk does."""
    known = grants.read(config)
    topicmove.copy(config, Moving(source, to, TID), known)
    say(config, source, to, by)


def say(config: Config, source: str, to: str, by: str = "operator") -> None:
    event = events.make("move", at=clock.now(), by=by, data={"to": to})
    change = Change(events.path(TID, event), events.encode(event))
    write_once(open_repo(config.conference_repo(source)), [change], message="x", when=clock.now())


def there(config: Config, conference: str) -> set[str]:
    files = smallhub.files(config.conference_repo(conference), "topics")
    return {path.rpartition("/")[2][:-3] for path in files if "/posts/" in path}


ANSWER = "References: <1@union.example>"


@pytest.mark.parametrize("to", ["bar", f"bar+t-{TID}"])
def test_an_answer_to_the_old_place_goes_to_the_new_one(hub: Config, to: str) -> None:
    moved(hub, "bar", "pay")
    take(hub, to, "<2@union.example>", *([ANSWER] if to == "bar" else []))
    assert there(hub, "bar") == {TID}
    assert there(hub, "pay") == {TID, post_id("2@union.example")}, "who might write there, may here"
    take(hub, to, "<2@union.example>", *([ANSWER] if to == "bar" else []))
    assert len(there(hub, "pay")) == 2
    assert fsck.check(hub) == []


def test_so_does_an_answer_whose_program_cut_references(hub: Config) -> None:
    """It names its parent alone, after which its own thread is called."""
    take(hub, "bar", "<2@union.example>", ANSWER)
    moved(hub, "bar", "pay")
    take(hub, "bar", "<3@union.example>", "In-Reply-To: <2@union.example>")
    assert there(hub, "bar") == {TID, post_id("2@union.example")}
    assert post_id("3@union.example") in there(hub, "pay")


def test_an_answer_to_what_was_parted_before_stays(hub: Config) -> None:
    take(hub, "bar", "<2@union.example>", ANSWER)
    part = events.make("split", at=NOW, by="operator", data={"post": post_id("2@union.example")})
    change = Change(events.path(TID, part), events.encode(part))
    write_once(open_repo(hub.conference_repo("bar")), [change], message="x", when=NOW)
    moved(hub, "bar", "pay")
    take(hub, "bar", "<3@union.example>", "In-Reply-To: <2@union.example>")
    assert there(hub, "pay") == {TID}
    assert post_id("3@union.example") in there(hub, "bar")


def test_a_message_that_waited_meanwhile_goes_there_too(hub: Config) -> None:
    take(hub, "pay", "<p@union.example>")
    (held,) = moderation.list_held(hub, "pay")
    assert held.rule == "unproven"
    take(hub, "bar", "<2@union.example>", ANSWER, "X-Spam: yes")
    (held,) = moderation.list_held(hub, "bar")
    moved(hub, "bar", "pay")
    moderation.decide(hub, "bar", held.mid, Decision("accept", "operator", NOW))
    assert there(hub, "bar") == {TID}
    assert post_id("2@union.example") in there(hub, "pay")


def test_who_may_not_move_a_topic_moves_no_mail(hub: Config) -> None:
    say(hub, "bar", "pay", by="p_aaaaaaaaaa")
    take(hub, "bar", "<2@union.example>", ANSWER)
    assert len(there(hub, "bar")) == 2


def test_nothing_is_led_from_members_to_everybody(hub: Config) -> None:
    moved(hub, "bar", "inside")
    say(hub, "inside", "pay")
    take(hub, "bar", "<2@union.example>", ANSWER)
    assert there(hub, "pay") == set()
    assert len(there(hub, "inside")) == 2


def test_a_topic_that_was_moved_in_a_circle_still_takes_answers(hub: Config) -> None:
    moved(hub, "bar", "pay")
    say(hub, "pay", "bar")
    take(hub, "bar", "<2@union.example>", ANSWER)
    assert len(there(hub, "bar")) + len(there(hub, "pay")) == 3


def test_a_copy_is_safe_to_do_again_and_dated_as_it_came(hub: Config) -> None:
    known = grants.read(hub)
    assert topicmove.copy(hub, Moving("bar", "pay", TID), known) == 1
    tip = open_repo(hub.conference_repo("pay")).ref()
    assert topicmove.copy(hub, Moving("bar", "pay", TID), known) == 0
    assert open_repo(hub.conference_repo("pay")).ref() == tip
    topics = Topics(hub, "pay", known)
    assert topics.belongings(TID) == [TID]
    topics.close()
    told = open_repo(hub.conference_repo("pay")).git("log", "-1", "--format=%ct").decode()
    received = datetime(2026, 3, 4, 6, 13, tzinfo=UTC)
    assert abs(datetime.fromtimestamp(int(told), UTC) - received) < timedelta(seconds=1)


def test_what_is_hidden_in_one_place_is_hidden_in_the_other(hub: Config) -> None:
    moved(hub, "bar", "pay")
    take(hub, "bar", "<2@union.example>", ANSWER)
    redact.redact(hub, "pay", TID, reason="A name", by="operator")
    assert TID in hidden(hub, "bar")
    assert TID in hidden(hub, "pay")
    only_there = post_id("2@union.example")
    redact.redact(hub, "pay", only_there, reason="A name", by="operator")
    assert only_there not in hidden(hub, "bar")


def hidden(config: Config, conference: str) -> set[str]:
    topics = Topics(config, conference, grants.read(config))
    try:
        return set(fold([one.event for one in topics.events], topics.may).hidden)
    finally:
        topics.close()


def test_an_erasure_takes_the_copies_in_both_places(hub: Config) -> None:
    moved(hub, "bar", "pay")
    erase.erase(hub, TID, reason="By law", by="operator")
    for conference in ("bar", "pay"):
        repo = open_repo(hub.conference_repo(conference))
        assert there(hub, conference) == set()
        everything = repo.git("cat-file", "--batch-all-objects", "--batch", "--unordered")
        assert b"text of <1@union.example>" not in everything
    assert fsck.check(hub) == []
    assert topicmove.copy(hub, Moving("bar", "pay", TID), grants.read(hub)) == 0


def test_a_move_replaces_no_words_of_the_target(hub: Config) -> None:
    """One id came to both, in other threads: what hides the one does not hide the other."""
    take(hub, "bar", "<2@union.example>", ANSWER)
    other = post.Post("2@union.example", name="Bea", body="Words of the target.\n")
    path = post.path(TopicId(other.mid), other.mid)
    pay = hub.conference_repo("pay")
    write_once(open_repo(pay), [Change(path, post.encode(other))], message="x", when=NOW)
    hide = events.make("hide", at=NOW, by="operator", data={"post": other.mid, "reason": "x"})
    change = Change(events.path(TID, hide), events.encode(hide))
    write_once(open_repo(hub.conference_repo("bar")), [change], message="x", when=NOW)
    assert topicmove.copy(hub, Moving("bar", "pay", TID), grants.read(hub)) == 1
    there = smallhub.files(pay, "topics")
    assert [name for name in there if other.mid in name] == [path.removeprefix("topics/")]
    assert not any("/events/" in name for name in there)
