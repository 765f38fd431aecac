"""What is new on the pages goes to who follows: posts, what changed in them, that they are gone;
and a server that does not answer stands in nobody's way."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.fediverse import delivering, shown, signing, telling
from solicomm_build.features.fediverse.run import Work, fediverse
from solicomm_build.features.fediverse.ties import Follower, Ties, host_of
from solicomm_build.foundation import clock, maillog, timekeeping
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.outwards import Outwards
from solicomm_build.foundation.types import TopicId
from solicomm_build.git.writer import Change
from solicomm_build.post import conference as settings
from solicomm_build.post import event as topic_event
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post
from solicomm_build.testing import hubs, smallhub
from tests.unit import timekeeper
from tests.unit.fediverse.peer import Peer, peer

GROUP = "http://hub.example/ap/c/bar"
BAR = Conference("bar", {"en": "Bar"}, posting="open")
SPOKEN = hubs.START + timedelta(days=1)
_minutes = itertools.count(60)


@pytest.fixture(scope="module")
def other() -> Iterator[Peer]:
    with peer() as made:
        yield made


@pytest.fixture
def server(other: Peer) -> Peer:
    other.heard.clear()
    other.answers.clear()
    return other


@pytest.fixture
def hub(tmp_path: Path, server: Peer) -> Iterator[Config]:
    """A hub with one old post, which two actors of one server follow; it is a day later."""
    made = smallhub.make(tmp_path / "hub", BAR)
    hubs.add(made, "bar", [hubs.post("root", subject="Pay")])
    hubs.build(made)
    config = replace(made, activitypub=Outwards(("bar",), inside=(server.host,)))
    with clock.fixed(SPOKEN):
        told(config)  # what is there is known
        follow(config, server, "ana")
        follow(config, server, "bo")
        yield config


def follow(
    config: Config, server: Peer, name: str, *, shared: bool = True, conference: str = "bar"
) -> str:
    actor = server.actor(name, shared=shared)
    book = Ties(config)
    common = f"{server.url}/inbox" if shared else ""
    inbox = f"{actor}/inbox"
    one = Follower(conference, actor, host_of(actor), name, inbox, common, "k", "p", 1.0)
    assert book.follow(one)
    book.close()
    return actor


def told(config: Config) -> None:
    """One run of the stage over everything that is due."""
    fediverse(config, once=True, log=maillog.to_nobody())


def write(config: Config, *posts: Post) -> None:
    hubs.add(config, "bar", posts)
    hubs.build(config)


def new(name: str, *answers: str, **more: object) -> Post:
    """A post that was written lately."""
    minutes = 24 * 60 - 600 + next(_minutes)
    return hubs.post(name, *answers, minutes=minutes, **more)  # type: ignore[arg-type]


def moderated(config: Config, kind: str, minute: int, name: str, **data: str) -> None:
    """What the operator decides about the topic that `name` begins, and the build after it."""
    event = topic_event.make(
        kind, at=hubs.after(24 * 60 + minute), by="operator", data={**data, "reason": "x"}
    )
    path = topic_event.path(TopicId(hubs.mid(name)), event)
    repo = config.conference_repo("bar")
    hubs.commit(repo, Change(path, topic_event.encode(event)), at=event.at)
    hubs.build(config)


def test_a_new_topic_and_an_answer_are_announced_once_to_the_inbox_that_all_share(
    hub: Config, server: Peer
) -> None:
    write(hub, new("first", subject="News", body="We *won*.\n"), new("second", "first"))
    told(hub)
    told(hub)
    assert {path for path, _, _ in server.heard} == {"/inbox"}
    page, note = server.said("Create")
    assert (page["object"]["type"], page["object"]["name"]) == ("Page", "News")
    assert "<em>won</em>" in page["object"]["content"]
    assert note["object"]["inReplyTo"] == page["object"]["id"] == f"{GROUP}/p/{hubs.mid('first')}"
    shares = [body["object"] for _, _, body in server.heard if isinstance(body["object"], str)]
    assert shares == [page["object"]["id"]]  # for servers that know no groups
    _, fields, body = server.heard[0]
    assert body["@context"][0] == "https://www.w3.org/ns/activitystreams"
    octets = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    asked = signing.Request("POST", "/inbox", fields, octets)
    signature = signing.read(asked, clock.now())
    assert signature.key == f"{GROUP}#main-key"
    assert signing.is_made_by(signing.public_pem(hub), asked, signature)


def test_what_was_there_before_and_archives_that_are_brought_in_are_told_to_nobody(
    hub: Config, server: Peer
) -> None:
    old = [hubs.post(f"old{n}", minutes=n - 10_000, subject=f"Old {n}") for n in range(3)]
    write(hub, *old)
    told(hub)
    assert server.heard == []


def test_a_change_is_an_update_and_what_is_hidden_a_delete(hub: Config, server: Peer) -> None:
    write(hub, hubs.post("root", subject="Pay", body="Other words.\n"))
    told(hub)
    passed_on, by_writers = server.said("Update")
    assert passed_on == {key: by_writers[key] for key in passed_on}
    assert "Other words" in passed_on["object"]["content"]
    assert "updated" in passed_on["object"]
    server.heard.clear()
    moderated(hub, "hide", 1, "root", post=hubs.mid("root"))
    told(hub)
    assert {one["object"]["id"] for one in server.said("Delete")} == {
        f"{GROUP}/p/{hubs.mid('root')}"
    }
    keys = {fields["signature"].split('"')[1] for _, fields, _ in server.heard}
    assert keys == {f"{GROUP}#main-key", f"{GROUP}/writers#main-key"}
    server.heard.clear()
    moderated(hub, "unhide", 2, "root", post=hubs.mid("root"))
    told(hub)
    (again,) = server.said("Create")
    assert again["id"].endswith("/create/2")


def test_a_post_that_is_taken_out_is_deleted_elsewhere_and_waits_nowhere(
    hub: Config, server: Peer
) -> None:
    server.answers["/inbox"] = 503
    gone = new("gone", subject="Secret")
    write(hub, gone)
    told(hub)
    book = Ties(hub)
    assert book.waiting() == 2
    hubs.remove(hub, "bar", gone)
    hubs.build(hub)
    told(hub)
    (parcels,) = [book.due(server.host, 9)]
    assert "Secret" not in "".join(one.body for one in parcels)
    assert {"Delete" in one.body for one in parcels} == {True}
    book.close()


def test_a_new_title_is_told_of_the_first_post_alone(hub: Config, server: Peer) -> None:
    write(hub, new("first", subject="News"), new("second", "first"))
    told(hub)
    server.heard.clear()
    moderated(hub, "retitle", 1, "first", title="Good news")
    told(hub)
    assert {one["object"]["name"] for one in server.said("Update")} == {"Good news"}


def test_nothing_is_said_while_the_pages_are_behind(hub: Config, server: Peer) -> None:
    hubs.add(hub, "bar", [new("first")])
    (hub.state / "pages.sqlite").unlink()
    told(hub)
    assert server.heard == []
    hubs.build(hub, full=True)
    told(hub)
    assert [one["type"] for one in server.said("Create")] == ["Create"]
    assert server.said("Delete") == []


def test_a_conference_that_is_not_for_everybody_any_more_is_withdrawn(
    hub: Config, server: Peer
) -> None:
    closed = replace(BAR, visibility="members")
    hubs.commit(hub.conference_repo("bar"), Change(settings.FILE, settings.encode(closed)))
    hubs.build(hub)
    told(hub)
    assert {one["object"] for one in server.said("Delete")} == {GROUP, f"{GROUP}/writers"}
    book = Ties(hub)
    assert (book.followers("bar"), book.offered()) == (0, [])
    book.close()


def test_one_that_is_closed_after_all_was_switched_off_is_withdrawn_and_no_more_is_said(
    hub: Config, server: Peer
) -> None:
    smallhub.add_conference(hub, Conference("foo", {"en": "Foo"}, posting="open"))
    hubs.add(hub, "foo", [hubs.post("old")])
    hubs.build(hub)
    hub = replace(hub, activitypub=replace(hub.activitypub, conferences=("bar", "foo")))
    told(hub)
    follow(hub, server, "cy", conference="foo")
    server.answers["/inbox"] = 503
    hubs.add(hub, "foo", [new("waits", subject="Waits")])
    hubs.build(hub)
    told(hub)
    server.answers.clear()
    server.heard.clear()
    off = replace(hub, activitypub=replace(hub.activitypub, conferences=()))
    with clock.fixed(SPOKEN + timedelta(minutes=5)):
        told(off)
        assert server.heard == []
        closed = replace(BAR, visibility="members")
        hubs.commit(hub.conference_repo("bar"), Change(settings.FILE, settings.encode(closed)))
        told(off)
    assert {one["object"] for one in server.said("Delete")} == {GROUP, f"{GROUP}/writers"}
    assert len(server.heard) == len(server.said("Delete"))


def test_what_waits_for_a_silent_server_is_not_said_of_a_conference_for_members(
    hub: Config, server: Peer
) -> None:
    write(hub, new("first", subject="News"))
    told(hub)
    server.answers["/inbox"] = 503
    moderated(hub, "hide", 1, "first", post=hubs.mid("first"))
    write(hub, new("second", subject="Wages"))
    told(hub)
    closed = replace(BAR, visibility="members")
    hubs.commit(hub.conference_repo("bar"), Change(settings.FILE, settings.encode(closed)))
    hubs.build(hub)
    told(hub)
    server.answers.clear()
    server.heard.clear()
    with clock.fixed(SPOKEN + timedelta(minutes=5)):
        told(hub)
    assert "Wages" not in json.dumps([document for _, _, document in server.heard])
    gone = [one["object"] for one in server.said("Delete")]
    assert [one for one in gone if isinstance(one, dict)], "what was hidden is deleted there"
    assert {GROUP, f"{GROUP}/writers"} <= {one for one in gone if isinstance(one, str)}
    book = Ties(hub)
    assert (book.waiting(), book.all("SELECT 1 FROM parcel")) == (0, [])
    book.close()


def test_a_post_that_is_hidden_in_one_conference_is_told_of_in_the_other(
    hub: Config, server: Peer
) -> None:
    smallhub.add_conference(hub, Conference("foo", {"en": "Foo"}, posting="open"))
    hubs.add(hub, "foo", [hubs.post("old")])
    hubs.build(hub)
    hub = replace(hub, activitypub=replace(hub.activitypub, conferences=("bar", "foo")))
    told(hub)
    follow(hub, server, "cy", conference="foo")
    server.answers["/inbox"] = 503
    both = new("both", subject="News")
    hubs.add(hub, "foo", [both])
    write(hub, both)
    told(hub)
    moderated(hub, "hide", 1, "both", post=hubs.mid("both"))
    told(hub)
    server.answers.clear()
    with clock.fixed(SPOKEN + timedelta(minutes=5)):
        told(hub)
    (said,) = server.said("Create")
    assert "/c/foo/" in said["id"]


def test_a_conference_that_is_only_not_named_any_more_is_silent(hub: Config, server: Peer) -> None:
    other = smallhub.make(hub.root.parent / "other", BAR)
    write(hub, new("first"))
    told(replace(hub, activitypub=replace(hub.activitypub, conferences=("none",))))
    told(replace(hub, activitypub=Outwards()))
    assert server.heard == []
    assert not shown.may_be_followed(other, BAR)
    assert not shown.may_be_followed(hub, replace(BAR, home="water-3fk2q7ab"))
    assert not shown.may_be_followed(hub, replace(BAR, archive="none"))
    assert shown.may_be_followed(replace(hub, activitypub=Outwards(("all",))), BAR)


def test_a_server_that_answers_500_for_days_is_tried_less_and_less_and_then_given_up(
    hub: Config, server: Peer
) -> None:
    server.answers["/inbox"] = server.answers["/users/cy/inbox"] = 500
    follow(hub, server, "cy", shared=False)  # at the same server
    write(hub, new("first"))
    book, work = Ties(hub), Work(hub, maillog.to_nobody())
    times, now = [], SPOKEN
    while book.followers("bar"):
        before = book.silence(server.host)
        with clock.fixed(now):
            work.run()
        after = book.silence(server.host)
        if after is not None and after != before:
            times.append(now - SPOKEN)
        now = now + timedelta(minutes=30)
        assert now < SPOKEN + timedelta(days=9)
    assert timedelta(days=7) < now - SPOKEN < timedelta(days=8)
    assert len(times) < 24  # not 336
    assert (book.waiting(), book.all("SELECT 1 FROM parcel")) == (0, [])
    assert book.silences() == []
    work.close()
    book.close()


def test_a_silent_server_gets_everything_in_order_once_it_answers(
    hub: Config, server: Peer
) -> None:
    server.answers["/inbox"] = 503
    write(hub, new("first", subject="News"))
    told(hub)
    write(hub, new("second", "first"))
    told(hub)
    assert server.heard == []
    server.answers.clear()
    with clock.fixed(SPOKEN + timedelta(minutes=5)):
        told(hub)
    assert [one["object"]["type"] for one in server.said("Create")] == ["Page", "Note"]
    book = Ties(hub)
    assert (book.silences(), book.waiting()) == ([], 0)
    book.close()


def test_a_server_that_was_silent_while_the_clock_was_ahead_gets_everything_too(
    hub: Config, server: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = timekeeper.made(monkeypatch)
    assert timekeeping.is_sure(hub.state)
    server.answers["/inbox"] = 503
    write(hub, new("first", subject="News"))
    told(hub)
    with clock.fixed(timekeeper.FAR):
        told(hub)
        told(hub)
    assert server.heard == []
    server.answers.clear()
    machine.up += 60
    told(hub)
    assert [one["object"]["type"] for one in server.said("Create")] == ["Page"]
    book = Ties(hub)
    assert book.followers("bar") == 2, "nobody is given up by such a clock"
    book.close()


def test_an_inbox_that_is_gone_has_no_followers_and_a_refusal_stops_nothing(
    hub: Config, server: Peer
) -> None:
    actor = follow(hub, server, "cy", shared=False)
    server.answers["/users/cy/inbox"] = 410
    server.answers["/inbox"] = 403
    write(hub, new("first"))
    told(hub)
    book = Ties(hub)
    assert not book.follows(actor, "bar")
    assert book.followers("bar") == 2
    assert book.waiting() == 0
    book.close()


def test_what_waits_for_a_silent_server_is_bounded(
    hub: Config, server: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solicomm_build.features.fediverse.ties.MOST_WAITING", 3)
    server.answers["/inbox"] = 500
    write(hub, *(new(f"p{number}", subject=f"S{number}") for number in range(4)))
    told(hub)
    book = Ties(hub)
    bodies = [one.body for one in book.due(server.host, 99)]
    assert len(bodies) == 3
    assert f"p/{hubs.mid('p3')}" in bodies[-1]
    assert len(book.all("SELECT 1 FROM parcel")) == 3
    book.close()


def test_many_posts_at_once_go_out_in_rounds(
    hub: Config, server: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "AT_ONCE", 2)
    monkeypatch.setattr(delivering, "PARCELS", 3)
    write(hub, *(new(f"p{number}", subject=f"S{number}") for number in range(5)))
    told(hub)
    assert len(server.said("Create")) == 5


def test_what_was_handed_over_and_not_noted_comes_again_under_the_same_id(
    hub: Config, server: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a kill between the two: other servers know it by its id."""
    write(hub, new("first", "root"))

    def killed(*_: object) -> None:
        raise StoreError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(Ties, "said", killed)
        with pytest.raises(StoreError):
            told(hub)
    told(hub)
    assert [body["id"] for _, _, body in server.heard] == [server.heard[0][2]["id"]] * 2
