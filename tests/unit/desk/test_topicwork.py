"""Moderators' commands about topics by mail, as dialogues."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, TopicId, post_id
from solicomm_build.git import log
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.people.grants import read as read_grants
from solicomm_build.post import conference as settings
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.post.event import TopicEvent
from solicomm_build.post.post import Post
from solicomm_build.post.store.mailstore import MailStore, variant
from solicomm_build.post.topicstate import TopicState, fold
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import NOW, DeskHub
from tests.unit import timekeeper

ROOT, REPLY = "root@union.example", "reply@union.example"
TID, MID = TopicId(post_id(ROOT)), post_id(REPLY)
TOPIC = f"water+t-{TID}"
LINK = f"http://hub.example/conferences/water/t/{TID}/#{MID}"


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    hub = DeskHub(tmp_path)
    hub.member(1, "ana@union.example", "water", name="Ana Paz", role="moderator", lang="en")
    hub.member(2, "ben@union.example", "water", name="Ben", role="moderator", lang="en")
    hub.member(3, "cyd@union.example", "water", name="Cyd")
    post(hub, "water", ROOT, "Water")
    post(hub, "water", REPLY, "Re: Water", above=ROOT)
    return hub


def post(hub: DeskHub, conference: str, msgid: str, subject: str, above: str = "") -> None:
    """A post that is there."""
    made = Post(
        msgid,
        in_reply_to=above or None,
        references=(above,) if above else (),
        name="Cyd",
        subject=subject,
        date=NOW,
        body="text\n",
    )
    tid = TopicId(post_id(above or msgid))
    change = Change(posts.path(tid, made.mid), posts.encode(made))
    repo = open_repo(hub.config.conference_repo(conference))
    write_once(repo, [change], message="Post\n\nSource: mail\n", when=NOW, author_name="Cyd")


def made(hub: DeskHub, conference: str = "water") -> list[TopicEvent]:
    """The events of a conference in their order."""
    files = smallhub.files(hub.config.conference_repo(conference), "topics")
    found = [
        events.decode(blob, eid=ids[1])
        for path, blob in files.items()
        if (ids := events.parse_path(f"topics/{path}"))
    ]
    return sorted(found, key=lambda event: event.order)


def state(hub: DeskHub, conference: str = "water") -> TopicState:
    """The topic as its pages show it: by who may."""
    grants = read_grants(hub.config)
    return fold(made(hub, conference), lambda e: grants.may(e.by, conference, e.since))


def text(messages: list) -> str:
    assert len(messages) == 1
    return messages[0].text


def test_a_moderator_pins_and_hears_how_to_undo_it(hub: DeskHub) -> None:
    (answer,) = hub.ask(TOPIC, "pin\n-- \nAna")
    assert answer.subject == "Done: Water"
    assert "stays at the top" in answer.text
    assert f"http://hub.example/conferences/water/t/{TID}/" in answer.text
    assert "    unpin\n" in answer.text
    assert state(hub).pinned
    (event,) = made(hub)
    assert event.by == hub.roster.persons.of(1)
    (undone,) = hub.reply(answer, "unpin\n\nOn 3 March, hub wrote:\n> unpin\n> pin")
    assert not state(hub).pinned
    assert undone.subject == "Done: Water"


def test_what_is_done_while_the_clock_is_far_ahead_can_be_undone_when_it_is_right(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its event would be the last one for years, whatever came after it."""
    machine = timekeeper.made(monkeypatch)
    hub.work()
    start, hub.now = hub.now, timekeeper.FAR
    machine.up += 60
    (answer,) = hub.ask(TOPIC, "close")
    assert state(hub).closed
    (event,) = made(hub)
    assert event.at == start + timedelta(seconds=60)
    hub.now = start + timedelta(minutes=5)
    machine.up += 240
    hub.reply(answer, "reopen")
    assert not state(hub).closed


@pytest.mark.parametrize(
    ("line", "undo", "check"),
    [
        ("close", "reopen", lambda s: s.closed),
        ("retitle Water: all", "retitle Water", lambda s: s.title == "Water: all"),
        ("label pay +dam -old", "label +old -pay -dam", lambda s: s.labels == {"pay", "dam"}),
        (f"split {LINK}", f"unsplit #{MID}", lambda s: s.splits == {MID}),
        (f"hide {LINK} a name", f"unhide #{MID}", lambda s: s.hidden == {MID: "a name"}),
        (f"answer {LINK}", f"unanswer #{MID}", lambda s: s.answer == MID),
        (f"lang {LINK} fr", "", lambda s: s.langs == {MID: "fr"}),
    ],
)
def test_each_command_and_its_undo(hub: DeskHub, line: str, undo: str, check) -> None:
    answer = text(hub.ask(TOPIC, line))
    assert check(state(hub)), answer
    if undo:
        assert f"    {undo}\n" in answer
        hub.ask(TOPIC, undo)
        assert not check(state(hub))


def test_the_order_of_commands_is_kept_and_all_are_done(hub: DeskHub) -> None:
    answer = text(hub.ask(TOPIC, "pin\nretitle One\nretitle Two\nclose"))
    assert state(hub).title == "Two"
    assert state(hub).closed
    assert answer.index("reopen") < answer.index("unpin")


def test_an_answer_to_a_post_may_hold_commands(hub: DeskHub) -> None:
    fields = (f"In-Reply-To: <{REPLY}>", f"References: <{ROOT}> <{REPLY}>")
    hub.ask(TOPIC, "pin", fields=fields, header_to="water@hub.example")
    assert state(hub).pinned


def test_a_command_in_an_answer_within_a_split_topic_is_about_that_one(hub: DeskHub) -> None:
    hub.ask(TOPIC, f"split {LINK}")
    fields = (f"In-Reply-To: <{REPLY}>", f"References: <{ROOT}> <{REPLY}>")
    hub.ask(TOPIC, "retitle Apart", fields=fields, header_to="water@hub.example")
    paths = smallhub.files(hub.config.conference_repo("water"), f"topics/{MID[:2]}/{MID}")
    assert len(paths) == 1


def test_lines_that_are_not_understood_are_listed_and_nothing_is_done(hub: DeskHub) -> None:
    (answer,) = hub.ask(TOPIC, "pin\nklose\nlabel\nhide him")
    assert answer.subject == "Not done: Water"
    assert "Nothing was done, and your mail went to nobody" in answer.text
    for line in ("klose", "label", "hide him", "label +wages -draft"):
        assert f"    {line}" in answer.text
    assert f"/t/{TID}/#{TID} and the reason" in answer.text
    assert made(hub) == []


def test_what_is_not_there_is_said_and_nothing_of_the_mail_is_done(hub: DeskHub) -> None:
    answer = text(hub.ask(TOPIC, "pin\nsplit #qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"))
    assert "There is no such post in this conference" in answer
    assert made(hub) == []
    assert "no such topic" in text(hub.ask(f"water+t-{'q' * 32}", "pin"))
    assert "part of itself" in text(hub.ask(TOPIC, f"merge {TID}"))
    assert "nothing to take back" in text(hub.ask(TOPIC, "unpin"))
    assert "No post of this topic is hidden" in text(hub.ask(TOPIC, "unhide"))


def test_unhide_without_a_link_means_the_one_that_is_hidden(hub: DeskHub) -> None:
    hub.ask(TOPIC, f"hide {LINK}")
    hub.ask(TOPIC, f"hide {LINK.replace(MID, TID)}")
    assert "Several posts of this topic are hidden" in text(hub.ask(TOPIC, "unhide"))
    hub.ask(TOPIC, f"unhide {LINK}")
    hub.ask(TOPIC, "unhide")
    assert state(hub).hidden == {}


def test_the_second_of_two_moderators_hears_who_was_first(hub: DeskHub) -> None:
    hub.ask(TOPIC, "pin\nretitle Anas title")
    (answer,) = hub.ask(TOPIC, "pin\nretitle Bens title", sender="ben@union.example")
    assert "Ana Paz was first and had done this already" in answer.text
    assert "Before that, Ana Paz had written this" in answer.text
    assert "    retitle Anas title\n" in answer.text
    assert "ana@union.example" not in answer.text
    assert state(hub).title == "Bens title"
    assert len(made(hub)) == 3


def test_two_who_write_at_the_same_time_agree(hub: DeskHub) -> None:
    hub.send(TOPIC, "retitle One")
    hub.now -= timedelta(seconds=1)
    hub.send(TOPIC, "retitle Two", sender="ben@union.example")
    answers = [item.raw for item in hub.work()]
    assert len(answers) == 2
    assert state(hub).title == "Two"


def test_who_moderates_no_more_does_nothing(hub: DeskHub) -> None:
    assert "Only the people who look after" in text(
        hub.ask(TOPIC, "pin", sender="cyd@union.example")
    )
    assert made(hub) == []


def test_an_address_that_nothing_vouches_for_is_asked_first(hub: DeskHub) -> None:
    (question,) = hub.ask(TOPIC, "pin\nclose", proven=False)
    assert made(hub) == []
    assert f"conferences/water/t/{TID}/\n    pin\n    close\n" in question.text
    (answer,) = hub.reply(question, "")
    assert state(hub).pinned
    assert answer.subject == "Done: Water"


def test_a_summary_becomes_a_post_and_an_event(hub: DeskHub) -> None:
    fields = (f"In-Reply-To: <{ROOT}>", f"References: <{ROOT}>")
    answer = text(
        hub.ask(
            TOPIC, "pin\nsummary\n\nWe agreed *this*.\n-- \nAna", subject="Re: Water", fields=fields
        )
    )
    assert "Your summary goes to everybody" in answer
    (item,) = spooled(hub)
    assert item.envelope.ours
    assert item.envelope.rcpt_tos == ("water@hub.example",)
    assert b"We agreed *this*." in item.raw
    assert b"summary" not in item.raw
    assert b"References: <root@union.example>" in item.raw
    assert state(hub).summaries[0].post == post_id("1@union.example")


def test_a_summary_has_a_secret_id_where_only_pseudonyms_are_shown(hub: DeskHub) -> None:
    repo = open_repo(hub.config.conference_repo("water"))
    found = settings.decode(smallhub.files(repo.path)[settings.FILE])
    new = Change(settings.FILE, settings.encode(replace(found, pseudonyms="required")))
    write_once(repo, [new], message="x", when=hub.now)
    above = (f"References: <{ROOT}>",)
    hub.ask(TOPIC, "summary\n\nWe agreed.", name="Red Fox", fields=above)
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())
    (told,) = state(hub).summaries
    blobs = smallhub.files(repo.path, "topics")
    written = {
        path.rpartition("/")[2][:-3]: posts.decode(b)
        for path, b in blobs.items()
        if "/posts/" in path
    }
    assert "We agreed." in written[told.post].body
    assert [post_id(one) for one in written[told.post].references] == [TID]
    assert told.post != post_id("1@union.example") not in written


def test_a_translation_says_its_language_or_is_asked_for_it(hub: DeskHub) -> None:
    assert "in which language" in text(hub.ask(TOPIC, f"translation {LINK}\nBonjour à tous"))
    hub.ask(TOPIC, f"translation {LINK} français\nBonjour à tous")
    (item,) = spooled(hub)
    assert b"Content-Language: fr" in item.raw
    (known,) = state(hub).translations.values()
    assert (known.of, known.lang) == (MID, "fr")


def spooled(hub: DeskHub) -> list[Item]:
    """What waits to be taken in."""
    spool = Spool(hub.config.spool_in)
    return [item for path in spool.pending() for item in spool.read(path)]


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("mover pay", "must look after both conferences"),
        ("mover board", "no such conference"),
        ("mover none", "no such conference"),
    ],
)
def test_a_move_needs_both_conferences(hub: DeskHub, word: str, says: str) -> None:
    """Nobody learns in this way that there is a conference of members only."""
    smallhub.add_conference(hub.config, Conference("pay", {"en": "Pay"}, kind="list"))
    answer = text(hub.ask(TOPIC, word))
    assert says in answer
    assert made(hub) == []


def test_a_topic_moves_with_posts_events_and_messages(hub: DeskHub) -> None:
    smallhub.add_conference(hub.config, Conference("pay", {"en": "Pay"}, kind="list"))
    hub.member(1, "ana@union.example", "pay", name="Ana Paz", role="moderator", lang="en")
    with closing(MailStore(open_repo(hub.config.mail_repo))) as mail:
        mail.begin()
        mail.add(variant(MID, "water"), b"Subject: x\r\n\r\nx\r\n")
        mail.checkpoint("x", when=NOW)
    hub.ask(TOPIC, f"hide {LINK} secret", sender="ben@union.example")
    answer = text(hub.ask(TOPIC, "move pay"))
    assert f"http://hub.example/conferences/pay/t/{TID}/" in answer
    assert "    move water\n" in answer
    water = smallhub.files(hub.config.conference_repo("water"), "topics")
    pay = smallhub.files(hub.config.conference_repo("pay"), "topics")
    assert {p: b for p, b in water.items() if "/posts/" in p} == (
        {p: b for p, b in pay.items() if "/posts/" in p}
    )
    assert state(hub).moved == "pay"
    there = state(hub, "pay")
    assert there.hidden == {MID: "secret"}, "Ben is nobody there, and it stays hidden"
    assert there.ignored == []
    repo = open_repo(hub.config.conference_repo("pay"))
    commits = list(log.commits(repo, None, repo.ref()))
    moved = [one for one in commits if one.trailer("Source") == "move"]
    assert {one.author_name for one in moved} >= {"Cyd"}
    assert {one.committed for one in moved} >= {NOW}
    with closing(MailStore(open_repo(hub.config.mail_repo))) as mail:
        assert mail.find(MID, "pay") == variant(MID, "pay")
    back = text(hub.ask(TOPIC, "move water"))
    assert "conferences/water" in back
    assert state(hub).moved == "water"
    assert state(hub, "pay").moved == "water"


def test_what_members_write_is_never_moved_to_where_everybody_reads(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "board", name="Ana Paz", role="moderator", lang="en")
    post(hub, "board", "b@union.example", "Inside")
    tid = post_id("b@union.example")
    answer = text(hub.ask(f"board+t-{tid}", "move water"))
    assert "is not moved to where others can" in answer
    assert made(hub, "board") == []


def test_a_topic_is_merged_into_another_and_taken_out_again(hub: DeskHub) -> None:
    post(hub, "water", "other@union.example", "Other")
    other = post_id("other@union.example")
    answer = text(hub.ask(TOPIC, f"merge water+t-{other}@hub.example"))
    assert f"conferences/water/t/{other}/" in answer
    assert state(hub).merged == {other}
    hub.ask(f"water+t-{other}", "close")
    assert "first and had done" in text(hub.ask(TOPIC, "close", sender="ben@union.example")), (
        "what is said of one is said of both"
    )
    hub.ask(TOPIC, f"unmerge http://hub.example/conferences/water/t/{other}/")
    assert state(hub).merged == set()


def test_a_hidden_post_that_waits_is_withdrawn(hub: DeskHub) -> None:
    raw = f"Message-ID: <{REPLY}>\r\nSubject: x\r\n\r\nx\r\n".encode()
    Spool(hub.config.spool_out).put([Item(Envelope("a@x.example", ("b@x.example",), NOW), raw)])
    sent = hub.ask(TOPIC, f"hide {LINK}")
    assert [one.subject for one in sent] == ["Done: Water"]


@pytest.mark.parametrize(
    ("lang", "line", "says"),
    [
        ("fr", "épingler", "désépingler"),
        ("es", "fijar", "desfijar"),
        ("pt", "fixar", "desafixar"),
        ("ar", "تثبيت", "إلغاء التثبيت"),
        ("ru", "закрепить", "открепить"),
    ],
)
def test_the_answer_is_in_the_moderators_language(
    hub: DeskHub, lang: str, line: str, says: str
) -> None:
    hub.note(rosterevents.options("water", 1, {"lang": lang}, at=NOW, by="test"))
    assert f"    {says}\n" in text(hub.ask(TOPIC, line))


def committed(hub: DeskHub, kind: str, by: str, at: datetime, **data: str) -> None:
    """An event that somebody brought into the repository."""
    event = events.make(kind, at=at, by=by, data=data)
    change = Change(events.path(TID, event), events.encode(event))
    repo = open_repo(hub.config.conference_repo("water"))
    write_once(repo, [change], message="Event\n", when=hub.now)


def test_moderators_hear_once_of_events_that_have_no_effect(hub: DeskHub) -> None:
    committed(hub, "pin", "p_aaaaaaaaaa", NOW)
    committed(hub, "close", "operator", NOW + timedelta(days=400))
    told = [parse(item.raw) for item in hub.work()]
    assert {one.to[0].addr_spec for one in told} == {"ana@union.example", "ben@union.example"}
    assert "did not look after the conference at that time" in told[0].text
    assert "It is dated in the future." in told[0].text
    assert f"water+t-{TID}@hub.example" in told[0].text
    hub.now += timedelta(hours=2)
    post(hub, "water", "more@union.example", "More")
    assert hub.work() == []
    assert not state(hub).pinned
