"""Between digests and single messages nothing is lost, and nobody stays without mail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from solicomm_build.courier.fanout import Fanout
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.features.digests.sending import Digests
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, TopicId, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.people import rosterevents
from solicomm_build.post import conference
from solicomm_build.post import event as topic_event
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import AUTHSERV, DeskHub


class Courier:
    """The courier of a hub, looking when it is told to."""

    def __init__(self, hub: DeskHub) -> None:
        self.hub, out = hub, Spool(hub.config.spool_out)
        self.digests = Digests(hub.config, out, maillog.to_nobody())
        self.fanout = Fanout(hub.config, out, maillog.to_nobody())

    def look(self) -> list[Item]:
        with clock.fixed(self.hub.now):
            self.digests.run()
            self.fanout.run()
        return self.hub.sent()


def post(hub: DeskHub, number: int, *fields: str) -> None:
    hub.now += timedelta(seconds=1)
    raw = smallhub.mail(
        "Words.",
        f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=union.example",
        *fields,
        msgid=f"<p{number}@union.example>",
        subject=f"Strike {number}",
        sender="Mo <mo@union.example>",
    ).replace(b"bar@hub", b"water@hub")
    envelope = Envelope("mo@union.example", ("water@hub.example",), hub.now)
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put([Item(envelope, raw)])
        ingest(hub.config, once=True, log=maillog.to_nobody())


@pytest.fixture
def reader(hub: DeskHub) -> DeskHub:
    """With a reader of a daily digest, who has not had two messages yet."""
    hub.member(1, "ana@union.example", "water", digest="daily")
    hub.member(2, "mo@union.example", "water", mail="off")
    courier = Courier(hub)
    courier.look()
    post(hub, 1)
    post(hub, 2)
    courier.look()
    return hub


@pytest.mark.parametrize("setting", ["set digest off", "set digest weekly", "language es"])
def test_who_leaves_a_digest_gets_what_it_would_have_brought(reader: DeskHub, setting: str) -> None:
    mails = reader.ask("water-request", setting)
    (missed,) = [mail for mail in mails if b"multipart/digest" in mail.raw]
    assert b"Subject: Strike 1" in missed.raw
    assert b"Subject: Strike 2" in missed.raw
    if setting == "set digest off":
        (told,) = [mail for mail in mails if mail is not missed]
        assert "comes to you now" in " ".join(told.text.split())


def test_what_a_moderator_hid_does_not_come_that_way(reader: DeskHub) -> None:
    mid = post_id("p1@union.example")
    hide = topic_event.make("hide", at=reader.now, by="operator", data={"post": mid})
    change = Change(topic_event.path(TopicId(mid), hide), topic_event.encode(hide))
    write_once(
        open_repo(reader.config.conference_repo("water")),
        [change],
        message="Hide\n",
        when=reader.now,
    )
    mails = reader.ask("water-request", "set digest off")
    (missed,) = [mail for mail in mails if b"multipart/digest" in mail.raw]
    assert b"Subject: Strike 1" not in missed.raw
    assert b"Subject: Strike 2" in missed.raw


@pytest.mark.parametrize("leaves", [False, True])
@pytest.mark.parametrize(("visibility", "comes"), [("members", False), ("public", True)])
def test_what_a_moderator_moved_to_where_members_read_does_not_come_either(
    reader: DeskHub, visibility: str, comes: bool, leaves: bool
) -> None:
    """By a digest that was due later, nor to who leaves one."""
    mid = post_id("p1@union.example")
    settings = Conference("board", {"en": "Board"}, kind="list", visibility=visibility)
    board = open_repo(reader.config.conference_repo("board"))
    change = Change(conference.FILE, conference.encode(settings))
    write_once(board, [change], message="Settings\n", when=reader.now)
    move = topic_event.make("move", at=reader.now, by="operator", data={"to": "board"})
    change = Change(topic_event.path(TopicId(mid), move), topic_event.encode(move))
    water = open_repo(reader.config.conference_repo("water"))
    write_once(water, [change], message="Move\n", when=reader.now)
    courier = Courier(reader)
    reader.now += timedelta(hours=1 if leaves else 24)
    mails = reader.ask("water-request", "set digest off") if leaves else courier.look()
    found = [mail.raw for mail in mails if b"Strike 2" in mail.raw]
    assert len(found) == 1
    assert (b"Strike 1" in found[0]) == comes


@pytest.mark.parametrize("leaves", [False, True])
@pytest.mark.parametrize("to", ["board", "else"])
def test_nor_does_what_was_joined_to_it_but_what_was_parted_from_it_does(
    reader: DeskHub, to: str, leaves: bool
) -> None:
    """As pages show it: the one is read there, the other is not; `else` is at another hub."""
    post(reader, 3, "References: <p1@union.example>")
    post(reader, 4, "References: <p1@union.example>")
    courier = Courier(reader)
    courier.look()
    one, two, three = (post_id(f"p{number}@union.example") for number in (1, 2, 3))
    changes = []
    for kind, about in (("merge", {"topic": two}), ("split", {"post": three})):
        changes.append(_done(reader, one, kind, about))
    changes.append(_done(reader, one, "move", {"to": to}))
    water = open_repo(reader.config.conference_repo("water"))
    write_once(water, changes, message="Move\n", when=reader.now)
    reader.now += timedelta(hours=1 if leaves else 24)
    mails = reader.ask("water-request", "set digest off") if leaves else courier.look()
    found = [mail.raw for mail in mails if b"Strike 3" in mail.raw]
    assert len(found) == 1
    assert [number for number in (1, 2, 3, 4) if b"Strike %d" % number in found[0]] == [3]


def _done(hub: DeskHub, tid: str, kind: str, data: dict[str, str]) -> Change:
    """What a moderator did, in the folder of a thread."""
    made = topic_event.make(kind, at=hub.now, by="operator", data=data)
    return Change(topic_event.path(TopicId(tid), made), topic_event.encode(made))


def test_what_a_moderator_hid_is_not_in_the_archive_by_mail(reader: DeskHub) -> None:
    assert "Strike 1" in reader.ask("water-request", "search strike")[0].text
    mid = post_id("p1@union.example")
    hide = topic_event.make("hide", at=reader.now, by="operator", data={"post": mid})
    change = Change(topic_event.path(TopicId(mid), hide), topic_event.encode(hide))
    write_once(
        open_repo(reader.config.conference_repo("water")),
        [change],
        message="Hide\n",
        when=reader.now,
    )
    for command in ("index", "search Strike", f"get {mid[:8]}"):
        (told,) = reader.ask("water-request", command)
        assert "Strike 1" not in told.text


@pytest.mark.parametrize("is_back", [False, True])
def test_what_was_moved_to_another_conference_is_not_in_the_archive_by_mail(
    reader: DeskHub, is_back: bool
) -> None:
    """Such as to one for members only."""
    mid = post_id("p1@union.example")
    repo = open_repo(reader.config.conference_repo("water"))
    for to in ("board", "water") if is_back else ("board",):
        reader.now += timedelta(seconds=1)
        move = topic_event.make("move", at=reader.now, by="operator", data={"to": to})
        change = Change(topic_event.path(TopicId(mid), move), topic_event.encode(move))
        write_once(repo, [change], message="Move\n", when=reader.now)
    reader.now += timedelta(seconds=1)
    for command in ("index", "search Strike", f"get {mid[:8]}"):
        (told,) = reader.ask("water-request", command)
        assert ("Strike 1" in told.text) == is_back
    assert "Strike 2" in reader.ask("water-request", "index")[0].text


def test_no_mail_at_all_brings_no_rest(reader: DeskHub) -> None:
    (told,) = reader.ask("water-request", "set mail off")
    assert b"multipart/digest" not in told.raw


def test_a_pause_does_not_lose_the_half_day_before_it(reader: DeskHub) -> None:
    reader.ask("water-request", "pause")
    mails = reader.ask("water-request", "resume")
    (missed,) = [mail for mail in mails if b"multipart/digest" in mail.raw]
    assert b"Subject: Strike 1" in missed.raw


def test_who_comes_into_a_digest_is_told_that_messages_may_come_twice(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    (told,) = hub.ask("water-request", "set digest daily")
    assert "messages that you have already" in " ".join(told.text.split())


def test_a_zone_is_set_by_its_name_or_its_city(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", digest="daily")
    for word, zone in (("Africa/Nairobi", "Africa/Nairobi"), ("bogota", "America/Bogota")):
        hub.ask("water-request", f"set zone {word}")
        assert (hub.roster.options("water", "ana@union.example") or {})["zone"] == zone
    (told,) = hub.ask("water-request", "set zone Atlantis")
    assert "Africa/Nairobi" in told.text
    assert (hub.roster.options("water", "ana@union.example") or {})["zone"] == "America/Bogota"


@pytest.mark.parametrize("place", ["", "water"])
def test_who_asks_for_mail_is_alive_again(hub: DeskHub, place: str) -> None:
    hub.member(1, "ana@union.example", "water")
    hub.note(rosterevents.state(1, "disabled", at=hub.now, by="bounces", conference=place))
    assert list(hub.roster.subscribers("water")) == []
    hub.ask("water-request", "set mail on")
    assert [member.number for member, _ in hub.roster.subscribers("water")] == [1]
    assert hub.roster.ledger(Returns).dead.get(1, frozenset()) == frozenset()


@pytest.mark.parametrize("place", ["", "water"])
def test_who_joins_again_because_nothing_comes_gets_it(hub: DeskHub, place: str) -> None:
    hub.member(1, "ana@union.example", "water")
    hub.note(rosterevents.state(1, "disabled", at=hub.now, by="bounces", conference=place))
    (asked,) = hub.ask("water-join")
    (welcome,) = hub.reply(asked, "yes")
    assert "Each message comes to you by itself." in welcome.text
    assert [member.number for member, _ in hub.roster.subscribers("water")] == [1]


def test_who_ends_a_pause_gets_mail_that_had_stopped(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", paused="2026-11-01T00:00:00Z")
    hub.note(rosterevents.state(1, "disabled", at=hub.now, by="bounces", conference="water"))
    told = " ".join(hub.ask("water-request", "resume")[0].text.split())
    assert "What is written here comes to you again." in told
    assert [member.number for member, _ in hub.roster.subscribers("water")] == [1]


def test_who_had_not_paused_gets_mail_that_had_stopped(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    assert "You had not paused." in hub.ask("water-request", "resume")[0].text
    hub.note(rosterevents.state(1, "disabled", at=hub.now, by="bounces", conference="water"))
    told = " ".join(hub.ask("water-request", "resume")[0].text.split())
    assert "What is written here comes to you again." in told
    assert [member.number for member, _ in hub.roster.subscribers("water")] == [1]


@pytest.mark.parametrize("place", ["", "water"])
def test_who_asks_why_nothing_comes_is_told(hub: DeskHub, place: str) -> None:
    hub.member(1, "ana@union.example", "water")
    hub.note(rosterevents.state(1, "disabled", at=hub.now, by="bounces", conference=place))
    told = " ".join(hub.ask("water-request", "which")[0].text.split())
    assert "Mail came back from your mailbox, so nothing comes to you now." in told
    assert "set mail on: get mail again" in told
    assert "Each message comes to you by itself." not in told
    told = " ".join(hub.ask("water-request", "set mail on\nwhich")[0].text.split())
    assert "so nothing comes to you now" not in told
