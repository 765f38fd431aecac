"""Answers come to who follows a topic: each once, at once or together, and to nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from solicomm_build.features.following import asking
from solicomm_build.features.following.follows import Follows
from solicomm_build.features.following.mails import POSTED_FIELD
from solicomm_build.features.following.returned import returned
from solicomm_build.features.following.words import FOLLOW, MUTE, UNFOLLOW
from solicomm_build.foundation import keys
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import PostId
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import rosterevents, token
from solicomm_build.post import decision
from solicomm_build.post.decision import Decision
from solicomm_build.testing.bar import Bar
from solicomm_build.testing.listhub import CONSENT

AMINA, GRACE, YU = "amina@union.example", "grace@other.example", "yu@fourth.example"


@pytest.fixture
def bar(tmp_path: Path) -> Iterator[Bar]:
    made = Bar(tmp_path)
    yield made
    made.stop()
    made.hub.close()


def _said(items: list[Item]) -> list[tuple[str, list[int]]]:
    """Who gets which posts."""
    return sorted(
        (to, [int(n) for n in re.findall(r"Said (\d+)\.", parse(item.raw).text)])
        for item in items
        for to in item.envelope.rcpt_tos
    )


def _only(items: list[Item]) -> Message:
    (item,) = items
    return parse(item.raw)


def test_who_asks_hears_the_answer_with_all_that_a_mail_needs(bar: Bar) -> None:
    tid = bar.post(1, AMINA)
    receipt = _only(bar.look())
    assert receipt.to[0].addr_spec == AMINA
    assert f"https://hub.example/conferences/bar/t/{tid}/#{tid}" in receipt.text
    mid = bar.post(2, GRACE, answers=1)
    items = bar.look(60)
    answer = next(item for item in items if item.envelope.rcpt_tos == (AMINA,))
    message = parse(answer.raw)
    assert message.text.startswith("Said 2.")
    assert message.from_[0].name == "Grace via Bar"
    assert message.from_[0].addr_spec == "bar@hub.example"
    assert message.msgid == "2@b"
    assert message.in_reply_to == ("1@b",)
    assert message.reply_to[0].addr_spec == f"bar+t-{tid}@hub.example"
    assert message.subject == "Re: Shifts"
    assert (message.field("List-Id") or "") == "Bar <bar.hub.example>"
    assert message.field("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    assert f"/conferences/bar/t/{tid}/#{mid}" in message.text
    assert "because you began the topic" in message.text
    assert b"text/html" in answer.raw
    assert answer.envelope.ours
    assert (answer.envelope.mail_from or "").startswith("bar-bounces+")


def test_each_choice_of_an_answer_is_a_button_and_a_link_in_the_text(bar: Bar) -> None:
    tid = bar.post(1, AMINA)
    bar.look()
    mid = bar.post(2, GRACE, answers=1)
    answer = next(item for item in bar.look(60) if item.envelope.rcpt_tos == (AMINA,))
    text, html = (
        str(part.get_content())
        for part in message_from_bytes(answer.raw, policy=policy.default).iter_parts()
    )
    topic = f"https://hub.example/conferences/bar/t/{tid}/"
    pressed = re.findall(r'<a class="[bqs]"[^>]*? href="([^"]+)"', html)
    stop = re.findall(r"https://hub.example/unfollow/\w+", text)[0]
    assert pressed == [
        f"{topic}?to={mid}",
        f"{topic}#{mid}",
        f"mailto:bar+t-{tid}@hub.example",
        stop,
        f"{topic}mute",
        f"{topic}follow",
    ]
    for one in pressed:
        assert one.removeprefix("mailto:") in text


def test_the_link_of_a_mail_ends_this_topic_alone(bar: Bar) -> None:
    bar.post(1, AMINA)
    (item,) = bar.look()
    bar.post(11, AMINA)
    bar.look()
    said = parse(item.raw).field("List-Unsubscribe") or ""
    link, address = re.findall(r"<([^>]+)>", said)
    assert link.startswith("https://hub.example/unfollow/")
    assert address == f"mailto:unfollow+{link.rpartition('/')[2]}@hub.example"
    number = token.read_numbered_token(
        keys.token_key(bar.config.keys), "unfollow", link.rpartition("/")[2]
    )
    follows = Follows(bar.config)
    assert number is not None
    assert asking.stop(follows, number, bar.now)
    assert not asking.stop(follows, 999, bar.now)
    follows.close()
    bar.post(2, GRACE, answers=1)
    bar.post(12, GRACE, answers=11, extra="X-Topic: two\r\n")
    assert [to for to, _ in _said(bar.look(60)) if to == AMINA] == []


def test_the_first_answer_goes_at_once_and_what_follows_soon_comes_together(bar: Bar) -> None:
    bar.post(1, AMINA)
    bar.look()
    bar.post(2, GRACE, answers=1)
    assert (AMINA, [2]) in _said(bar.look(5))
    bar.post(3, YU, answers=1)
    bar.post(4, GRACE, answers=3)
    assert not [one for one in _said(bar.look(1)) if one[0] == AMINA and one[1]]
    assert (AMINA, [3, 4]) in _said(bar.look(9))
    for number in range(5, 9):
        bar.post(number, YU, answers=1)
        assert not [one for one in _said(bar.look(60)) if one[0] == AMINA]
    assert (AMINA, [5, 6, 7, 8]) in _said(bar.look(600))
    bar.post(9, YU, answers=1)
    assert (AMINA, [9]) in _said(bar.look(3700))


def test_who_writes_in_between_is_answered_at_once_again(bar: Bar) -> None:
    bar.post(1, AMINA)
    bar.look()
    bar.post(2, GRACE, answers=1)
    bar.look()
    bar.post(3, AMINA, answers=2)
    bar.look(1)
    bar.post(4, GRACE, answers=3)
    assert (AMINA, [4]) in _said(bar.look(1))


def test_nobody_gets_the_own_post_or_one_twice(bar: Bar) -> None:
    bar.hub.members(["mem@union.example", AMINA], to="bar")
    bar.hub.members(["daily@union.example"], to="bar", digest="daily")
    bar.hub.members(["off@union.example"], to="bar", mail="off")
    tid = bar.post(1, AMINA)
    for who in ("daily@union.example", "mem@union.example"):
        bar.wish(who, FOLLOW, tid)
    bar.look()
    bar.post(2, GRACE, answers=1)
    said = _said(bar.look(60))
    assert [one for one in said if one[1]] == [
        (AMINA, [2]),
        ("mem@union.example", [2]),
    ]
    bar.wish("off@union.example", FOLLOW, tid)  # who asks for a topic gets it
    bar.post(3, GRACE, answers=1)
    assert ("off@union.example", [3]) in _said(bar.look(60))


def test_who_is_addressed_has_it_already(bar: Bar) -> None:
    bar.post(1, AMINA)
    bar.look()
    bar.post(2, GRACE, answers=1, extra=f"Cc: {AMINA}\r\n")
    assert AMINA not in [to for to, _ in _said(bar.look(60))]


def test_a_muted_topic_goes_to_nobody_who_muted_it(bar: Bar) -> None:
    bar.hub.members(["mem@union.example", "other@union.example"], to="bar")
    tid = bar.post(1, AMINA)
    bar.look()
    bar.wish("mem@union.example", MUTE, tid)
    bar.wish(AMINA, MUTE, tid)
    bar.post(2, GRACE, answers=1)
    assert [one for one in _said(bar.look(60)) if one[1]] == [("other@union.example", [2])]
    bar.post(5, GRACE)
    assert ("mem@union.example", [5]) in _said(bar.look(60))
    bar.wish("mem@union.example", UNFOLLOW, tid)
    bar.post(3, GRACE, answers=1)
    assert ("mem@union.example", [3]) in _said(bar.look(60))


def test_who_stopped_does_not_follow_again_by_writing(bar: Bar) -> None:
    tid = bar.post(1, AMINA)
    bar.look()
    bar.wish(AMINA, UNFOLLOW, tid)
    bar.post(2, AMINA, answers=1)
    bar.post(3, GRACE, answers=2)
    assert AMINA not in [to for to, _ in _said(bar.look(60))]
    bar.wish(AMINA, FOLLOW, tid)
    bar.post(4, GRACE, answers=2)
    assert (AMINA, [4]) in _said(bar.look(60))


def test_what_waits_for_somebody_who_stops_is_not_sent(bar: Bar) -> None:
    tid = bar.post(1, AMINA)
    bar.look()
    bar.post(2, GRACE, answers=1)
    bar.look(60)
    bar.post(3, GRACE, answers=1)
    bar.look(1)
    bar.wish(AMINA, UNFOLLOW, tid)
    assert AMINA not in [to for to, _ in _said(bar.look(60))]


def test_a_post_that_is_hidden_before_its_mail_is_left_out(bar: Bar) -> None:
    tid = bar.post(1, AMINA)
    bar.look()
    bar.post(2, GRACE, answers=1)
    bar.look(60)
    bad = bar.post(3, GRACE, answers=1)
    bar.post(4, GRACE, answers=1)
    bar.look(1)
    bar.happens(tid, "hide", post=bad)
    assert (AMINA, [4]) in _said(bar.look(60))


def test_a_claimed_author_is_asked_by_the_desk_and_gets_nothing_yet(bar: Bar) -> None:
    tid = bar.post(1, AMINA, level="claimed")
    assert bar.look() == []
    desk = Spool(bar.config.spool_desk)
    assert not [*desk.pending()], "copies of the post go first"
    assert bar.look(16) == []
    (item,) = [item for path in desk.pending() for item in desk.read(path)]
    message = parse(item.raw)
    assert item.envelope.rcpt_tos == (f"bar+t-{tid}@hub.example",)
    assert not item.envelope.ours
    assert not item.envelope.proved
    assert (message.text.strip(), message.field(POSTED_FIELD)) == ("follow", tid)
    bar.post(2, GRACE, answers=1)
    assert AMINA not in [to for to, _ in _said(bar.look(60))]
    desk.close()


def test_member_and_stranger_who_only_claim_to_have_written_are_asked_alike(bar: Bar) -> None:
    bar.hub.members(["mem@union.example"], to="bar")
    tid = bar.post(9, YU)
    bar.wish("mem@union.example", FOLLOW, tid)
    bar.look()
    for number, who in enumerate(("mem@union.example", "new@union.example"), start=10):
        bar.post(number, who, level="claimed")
    bar.look(60)
    bar.look(16)
    desk = Spool(bar.config.spool_desk)
    asked = [item.envelope.mail_from for path in desk.pending() for item in desk.read(path)]
    desk.close()
    assert sorted(map(str, asked)) == ["mem@union.example", "new@union.example"]


def test_a_receipt_comes_once_and_to_no_member(bar: Bar) -> None:
    bar.hub.members(["mem@union.example"], to="bar")
    bar.post(1, AMINA)
    bar.post(2, "mem@union.example")
    receipts = [item for item in bar.look() if b" receipt " in item.raw]
    assert [item.envelope.rcpt_tos for item in receipts] == [(AMINA,)]
    bar.post(3, AMINA)
    assert not [item for item in bar.look(60) if b" receipt " in item.raw]


def _let_in(bar: Bar, mid: PostId) -> None:
    made = Decision(decision.ACCEPT, decision.OPERATOR, bar.now)
    change = Change(decision.path("bar", mid), decision.encode(made))
    write_once(open_repo(bar.config.mail_repo), [change], message="Decide\n", when=bar.now)


def _receipts(bar: Bar) -> list[Message]:
    return [parse(item.raw) for item in bar.look(60) if b" receipt " in item.raw]


def test_what_waited_and_was_let_in_is_told_to_who_gets_no_copy(bar: Bar) -> None:
    bar.post(1, AMINA)
    assert len(_receipts(bar)) == 1
    for number, level in ((2, "aligned"), (3, "token")):  # a page says it, too
        mid = bar.hub.post(_raw(number, AMINA), to="bar", level=level)[0]
        _let_in(bar, mid)
        (told,) = _receipts(bar)
        assert told.to[0].addr_spec == AMINA
        assert f"https://hub.example/conferences/bar/t/{mid}/#{mid}" in told.text
        assert _receipts(bar) == []


@pytest.mark.parametrize(
    ("wish", "value", "says"), [("copy", "off", "the other mail from here"), ("mail", "off", "")]
)
def test_so_it_is_to_a_member(bar: Bar, wish: str, value: str, says: str) -> None:
    bar.hub.members(["mem@union.example"], to="bar")
    _let_in(bar, bar.post(1, "mem@union.example"))
    assert _receipts(bar) == [], "the copy tells it"
    member = bar.roster().member("mem@union.example")
    assert member is not None
    options = {wish: value}
    bar.note(rosterevents.options("bar", member.number, options, at=bar.now, by="mail"))
    bar.post(2, "mem@union.example")
    assert _receipts(bar) == []
    mid = bar.post(3, "mem@union.example")
    _let_in(bar, mid)
    (told,) = _receipts(bar)
    assert f"#{mid}" in told.text
    assert says in told.text
    assert "When somebody answers" not in told.text
    assert ("the other mail from here" in told.text) == bool(says)


def test_programs_follow_nothing(bar: Bar) -> None:
    bar.post(1, AMINA, extra="Auto-Submitted: auto-generated\r\n")
    assert bar.look() == []


def test_a_new_address_of_a_member_carries_over(bar: Bar) -> None:
    bar.hub.members(["amina@old.example"], to="water")
    number = bar.roster().member("amina@old.example").number
    bar.post(1, "amina@old.example")
    bar.look()
    bar.note(rosterevents.member(number, "amina@new.example", at=bar.now, consent=CONSENT))
    bar.post(2, GRACE, answers=1)
    assert ("amina@new.example", [2]) in _said(bar.look(60))


def test_who_becomes_a_member_later_is_the_same_person(bar: Bar) -> None:
    tid = bar.post(1, AMINA)
    bar.look()
    bar.hub.members([AMINA], to="water")
    bar.post(2, AMINA, answers=1)
    bar.look(60)
    bar.post(3, GRACE, answers=1)
    assert [one for one in _said(bar.look(60)) if one[0] == AMINA] == [(AMINA, [3])]
    follows = Follows(bar.config)
    assert len([one for one in follows.of_topic("bar", [tid]) if one.person.number]) == 1
    follows.close()


def test_who_leaves_the_list_gets_no_more_of_its_topics(bar: Bar) -> None:
    bar.hub.members([AMINA], to="bar")
    number = bar.roster().member(AMINA).number
    bar.post(1, AMINA)
    bar.look()
    bar.note(rosterevents.unsubscribe("bar", number, at=bar.now, by="mail"))
    bar.post(2, GRACE, answers=1)
    assert AMINA not in [to for to, _ in _said(bar.look(60))]


def test_who_left_and_writes_again_follows_as_anybody(bar: Bar) -> None:
    bar.hub.members([AMINA], to="bar")
    number = bar.roster().member(AMINA).number
    bar.post(1, AMINA)
    bar.look()
    bar.note(rosterevents.unsubscribe("bar", number, at=bar.now, by="mail"))
    bar.post(2, AMINA, answers=1)
    bar.look(60)
    bar.post(3, GRACE, answers=1)
    assert (AMINA, [3]) in _said(bar.look(60))


def test_what_only_members_may_read_goes_to_nobody_else(bar: Bar) -> None:
    tid = bar.post(1, AMINA)
    bar.look()
    bar.settings(visibility="members")
    bar.post(2, GRACE, answers=1)
    bar.wish(YU, FOLLOW, tid)
    bar.post(3, GRACE, answers=1)
    assert _said(bar.look(60)) == []


def test_a_banned_person_gets_nothing(bar: Bar) -> None:
    bar.post(1, AMINA)
    bar.look()
    bar.note(rosterevents.standing("bar", AMINA, "banned", at=bar.now, by="test"))
    bar.post(2, GRACE, answers=1)
    assert AMINA not in [to for to, _ in _said(bar.look(60))]


def test_split_and_joined_topics_keep_their_followers(bar: Bar) -> None:
    one = bar.post(1, AMINA)
    bar.look()
    part = bar.post(2, GRACE, answers=1)
    bar.look(60)
    bar.happens(one, "split", post=part)
    bar.post(3, YU, answers=2)
    (item,) = [item for item in bar.look(60) if item.envelope.rcpt_tos == (AMINA,)]
    assert f"<https://hub.example/conferences/bar/t/{part}/".encode() in item.raw
    assert _said([item]) == [(AMINA, [3])]
    bar.wish(AMINA, UNFOLLOW, part)
    bar.post(4, YU, answers=2)
    bar.post(5, YU, answers=1)
    assert [one for one in _said(bar.look(700)) if one[0] == AMINA] == [(AMINA, [5])]


def test_a_joined_topic_keeps_its_followers(bar: Bar) -> None:
    raw = (
        f"From: Yu <{YU}>\r\nTo: bar@hub.example\r\nSubject: Hours\r\n"
        "Message-ID: <9@b>\r\n\r\nSaid 9."
    ).encode()
    other = bar.hub.post(raw, to="bar", level="aligned")[0]
    one = bar.post(1, AMINA)
    bar.look()
    bar.happens(one, "merge", topic=other)
    bar.post(2, GRACE, answers=1)
    assert sorted(to for to, said in _said(bar.look(60)) if said) == [AMINA, YU]


def test_a_dead_address_stops_following(bar: Bar) -> None:
    bar.post(1, AMINA)
    (item,) = bar.look()
    tag = (item.envelope.mail_from or "").partition("+")[2].partition("@")[0]
    number, _ = token.read_verp_tag(keys.token_key(bar.config.keys), tag) or (0, 0)
    assert returned(bar.config, "bar", number, "")  # a vacation notice costs nothing
    assert returned(bar.config, "bar", number, "soft")
    bar.post(2, GRACE, answers=1)
    assert (AMINA, [2]) in _said(bar.look(60))
    assert returned(bar.config, "bar", number, "gone")
    bar.post(3, GRACE, answers=1)
    assert AMINA not in [to for to, _ in _said(bar.look(60))]
    assert not returned(bar.config, "bar", 7, "gone")


def test_a_busy_topic_stays_bounded(bar: Bar) -> None:
    tid = bar.post(1, AMINA)
    for number in range(40):
        bar.wish(f"f{number}@x{number % 7}.example", FOLLOW, tid)
    bar.look()
    mails = 0
    for number in range(2, 62):
        bar.post(number, GRACE, answers=1)
        mails += sum(item.envelope.rcpt_tos != (GRACE,) for item in bar.look(60))
    assert mails <= 41 * 8  # an hour of a post a minute: two soon, then one every ten minutes


def test_the_language_is_the_readers(bar: Bar) -> None:
    raw = (
        f"From: Claire <{AMINA}>\r\nTo: bar@hub.example\r\nSubject: Horaires\r\n"
        "Message-ID: <1@b>\r\nContent-Language: fr\r\n\r\nSaid 1."
    ).encode()
    bar.hub.post(raw, to="bar", level="aligned")
    assert _only(bar.look()).language == "fr"


def test_a_hub_of_before_mails_nothing_of_before(bar: Bar) -> None:
    bar.hub.post(_raw(1, AMINA), to="bar", source="import")
    bar.look()
    bar.post(2, GRACE, answers=1)
    assert [to for to, said in _said(bar.look(60)) if said] == []


def _raw(number: int, sender: str) -> bytes:
    return (
        f"From: A <{sender}>\r\nTo: bar@hub.example\r\nSubject: Shifts\r\n"
        f"Message-ID: <{number}@b>\r\n\r\nSaid {number}."
    ).encode()
