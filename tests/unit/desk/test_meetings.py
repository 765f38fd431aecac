"""A meeting by mail, spoken through: set by a moderator, answered, reminded of, changed, closed."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from solicomm_build.features.meetings import meetingbook, meetingfiles
from solicomm_build.features.meetings.bymail import doorlist, meetingtext, meetingwords
from solicomm_build.features.meetings.meeting import MAYBE, NO, YES, Meeting
from solicomm_build.features.meetings.meetingfiles import MeetingFiles
from solicomm_build.features.privacy import erase, personal
from solicomm_build.foundation import clock
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import rosterevents
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import fsck
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import CONSENT, DeskHub
from tests.unit import timekeeper

MOD = "mo@union.example"
ANA, BEN, CID = "ana@union.example", "ben@union.example", "cid@union.example"
TEXT = """Title: General assembly
When: 2026-12-01 18:00
Until: 20:00
Where: Union house, room 2
Zone: Africa/Nairobi
"""


@pytest.fixture
def water(hub: DeskHub) -> DeskHub:
    hub.member(1, MOD, "water", name="Mo", lang="en", role="moderator")
    hub.member(2, ANA, "water", name="Ana Paz", lang="es")
    hub.member(3, BEN, "water", lang="fr", zone="America/Lima")
    hub.member(4, CID, "water", name="Cid", lang="ar")
    hub.member(5, "off@union.example", "water", mail="off")
    return hub


def to(mails: list[Message]) -> dict[str, Message]:
    """Mails by whom they are to."""
    return {one.to[0].addr_spec: one for one in mails}


def set_up(hub: DeskHub, text: str = TEXT) -> tuple[Message, dict[str, Message]]:
    """Sets a meeting by mail: the moderator's letter, and the invitations by address."""
    (preview,) = hub.ask("water-meeting", text, sender=MOD)
    assert "Send this invitation?" in preview.subject, preview.text
    told = hub.reply(preview, sender=MOD)
    chair = next(one for one in told if one.subject.startswith("Your meeting"))
    return chair, to([one for one in told if one is not chair])


def files(hub: DeskHub, name: str = "water") -> MeetingFiles:
    with Reader(open_repo(hub.config.conference_repo(name))) as reader:
        (identifier,) = meetingfiles.identifiers(reader)
        return meetingfiles.load(reader, identifier)


def later(hub: DeskHub, hours: float = 2) -> list[Message]:
    hub.now += timedelta(hours=hours)
    return [parse(item.raw) for item in hub.work()]


def demote(hub: DeskHub) -> None:
    """The moderator who set the meeting moderates no more."""
    hub.note(rosterevents.role("water", 1, "", at=hub.now, by="test"))


def calendar(mail: Message) -> str:
    (part,) = [one for one in mail.attachments if one.type == "text/calendar"]
    return part.payload.decode().replace("\r\n ", "").replace("\r\n", "\n")


def posts(hub: DeskHub) -> list[Message]:
    spool = Spool(hub.config.spool_in)
    return [parse(item.raw) for path in spool.pending() for item in spool.read(path)]


def numbers(found: MeetingFiles) -> tuple[int, int, int, int]:
    return found.count(YES), found.count(MAYBE), found.count(NO), found.silent


def test_the_whole_way(water: DeskHub) -> None:
    chair, asked = set_up(water)
    assert set(asked) == {MOD, ANA, BEN, CID}, "who wants no mail gets no invitation"
    told = asked[MOD]
    assert "18:00–20:00 (Africa/Nairobi)" in told.text
    assert "10:00–12:00 (America/Lima)" in asked[BEN].text
    invitation = calendar(told)
    assert "METHOD:REQUEST" in invitation
    assert "DTSTART:20261201T150000Z" in invitation
    assert f"mailto:{told.reply_to[0].addr_spec}" in invitation
    assert told.from_[0].addr_spec == told.reply_to[0].addr_spec
    (answer,) = water.reply(asked[ANA], "Sí\n\n> hola", sender=ANA)
    assert answer.to[0].addr_spec == ANA
    assert "Ana" not in str(files(water).answers)
    water.reply(asked[BEN], "peut-être", sender=BEN)
    water.reply(asked[CID], "لا", sender=CID)
    later(water)
    found = files(water)
    assert numbers(found) == (1, 1, 1, 1)
    assert {said.name for said in found.answers.values()} == {""}
    water.now = datetime.fromisoformat("2026-11-30T14:30:00+00:00")
    reminded = to(later(water, 0))
    assert set(reminded) == {MOD, ANA, BEN}, "who comes not is not reminded"
    later(water, 30)
    (closed,) = water.reply(chair, "Minutes\n\nWe agreed.\n\nAll of us.", sender=MOD)
    assert "The minutes go to everybody now" in closed.text
    (post,) = posts(water)
    assert post.subject == "Minutes: General assembly"
    assert "We agreed.\n\nAll of us." in post.text
    assert "Coming: 1" in post.text
    assert files(water).minutes is not None
    assert list(fsck.check(water.config)) == []
    assert not water.aside()


def test_minutes_have_nothing_of_the_letter_to_who_writes_them(water: DeskHub) -> None:
    """A program that quotes it in a form that nobody knows: all members would have the address by
    which a moderator changes the meeting."""
    chair, _ = set_up(water)
    own = chair.reply_to[0].addr_spec
    water.now = datetime.fromisoformat("2026-12-02T09:00:00+00:00")
    quoted = f"Od: Water <{own}>\nWysłano: piątek\nDo: Mo <{MOD}>\n\n{chair.text}"
    written = "Minutes\n\nWe agreed.\n\nPresent: 12\nAbsent: 3\nNext: May\n\n"
    water.reply(chair, written + quoted, sender=MOD)
    (post,) = posts(water)
    assert "We agreed.\n\nPresent: 12\nAbsent: 3\nNext: May\n" in post.text
    assert own.partition("@")[0] not in post.text
    assert MOD not in post.text


def test_a_word_in_six_languages_or_a_thumb_answers(water: DeskHub) -> None:
    _, asked = set_up(water)
    said = {"Oui !": YES, "quizás": MAYBE, "нет": NO, "نعم": YES, "Sim, obrigado": YES, "👎": NO}
    for text, choice in said.items():
        (told,) = water.reply(asked[ANA], text, sender=ANA)
        later(water)
        assert files(water).count(choice) == 1, text
        assert told.to[0].addr_spec == ANA


def test_what_is_no_answer_is_asked_back_and_changes_nothing(water: DeskHub) -> None:
    _, asked = set_up(water)
    water.reply(asked[MOD], "yes", sender=MOD)
    for text in ("", "Yes, but only if Ben comes", "Yes?", "What is it about?", "> yes"):
        (told,) = water.reply(asked[MOD], text, sender=MOD)
        assert "No answer yet" in told.subject, text
    later(water)
    assert numbers(files(water)) == (1, 0, 0, 3)


def test_no_names_are_published_unless_the_meeting_says_so(water: DeskHub) -> None:
    _, asked = set_up(water, TEXT + "Names: shown\n")
    assert "Ana Paz" in asked[ANA].text, "who is asked knows what will be seen"
    water.reply(asked[ANA], "sí", sender=ANA)
    later(water, 0.1)
    assert files(water).names(YES) == ["Ana Paz"]


def test_names_that_were_hidden_stay_hidden(water: DeskHub) -> None:
    chair, asked = set_up(water)
    water.reply(asked[ANA], "sí", sender=ANA)
    (told,) = water.reply(chair, "Names: shown", sender=MOD)
    assert "they stay hidden" in told.text
    assert len(files(water).versions) == 1


def test_hidden_answers_are_published_once_an_hour_at_most(water: DeskHub) -> None:
    _, asked = set_up(water)
    water.reply(asked[ANA], "sí", sender=ANA)
    later(water, 0.5)
    assert numbers(files(water)) == (0, 0, 0, 4)
    later(water, 0.6)
    assert numbers(files(water)) == (1, 0, 0, 3)


def test_an_answer_that_comes_while_the_clock_is_far_ahead_counts(
    water: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = timekeeper.made(monkeypatch)
    _, asked = set_up(water)
    start, water.now = water.now, timekeeper.FAR
    machine.up += 60
    water.reply(asked[ANA], "Sí", sender=ANA)
    machine.up += 7200
    water.now = start
    later(water)
    assert numbers(files(water)) == (1, 0, 0, 3)


def test_answers_count_also_to_a_meeting_that_was_set_while_the_clock_was_ahead(
    water: DeskHub,
) -> None:
    water.now += timedelta(days=3)
    _, asked = set_up(water)
    later(water)
    water.now -= timedelta(days=3)
    water.reply(asked[ANA], "Sí", sender=ANA)
    water.reply(asked[BEN], "non", sender=BEN)
    for _ in range(3):
        later(water, 1)
        water.now = water.now.replace(minute=0)
    assert numbers(files(water)) == (1, 0, 1, 2)
    water.now = datetime.fromisoformat("2026-11-30T14:30:00+00:00")
    assert set(to(later(water, 0))) == {MOD, ANA, CID}


def test_a_change_goes_to_who_was_invited_with_a_higher_sequence(water: DeskHub) -> None:
    chair, asked = set_up(water)
    before = calendar(asked[BEN])
    told = to(water.reply(chair, "Quand: 2026-12-02 19:00\nOù: le jardin", sender=MOD))
    assert set(told) == {MOD, ANA, BEN, CID}
    after = calendar(told[BEN])
    assert "SEQUENCE:0" in before
    assert "SEQUENCE:1" in after
    assert "DTSTART:20261202T160000Z" in after
    assert "DTEND:20261202T180000Z" in after, "it lasts as long as before"
    uid = [row for row in before.split("\n") if row.startswith("UID:")]
    assert uid[0] in after
    assert files(water).meeting.place == "le jardin"


def test_cancelling_takes_it_out_of_calendars(water: DeskHub) -> None:
    chair, asked = set_up(water)
    told = to(water.reply(chair, "cancel", sender=MOD))
    assert set(told) == {MOD, ANA, BEN, CID}
    cancelled = calendar(told[ANA])
    assert "METHOD:CANCEL" in cancelled
    assert "SEQUENCE:1" in cancelled
    assert "STATUS:CANCELLED" in cancelled
    (late,) = water.reply(asked[ANA], "sí", sender=ANA)
    assert "fue anulada" in late.text
    (again,) = water.reply(chair, "When: 2026-12-03 19:00", sender=MOD)
    assert "cancelled already" in again.text


def test_who_was_invited_hears_also_of_what_changes_once_it_has_begun(water: DeskHub) -> None:
    chair, asked = set_up(water)
    later(water)
    water.now = datetime.fromisoformat("2026-12-01T15:05:00+00:00")
    water.member(6, "dee@union.example", "water", lang="en")
    (_, *told) = water.reply(chair, "Where: The yard", sender=MOD)
    assert set(to(told)) == set(asked), "who was never asked is not asked to what has begun"
    assert "The yard" in to(told)[ANA].text
    (_, *told) = water.reply(chair, "cancel", sender=MOD)
    assert {one.to[0].addr_spec for one in told if "METHOD:CANCEL" in calendar(one)} == set(asked)
    water.now = datetime.fromisoformat("2026-12-01T17:05:00+00:00")
    assert later(water, 0) == []


def test_reminders_go_by_the_clock_of_who_gets_them(water: DeskHub) -> None:
    _, asked = set_up(water)
    shifted = ["Date: Tue, 24 Nov 2026 20:00:00 +0800"]
    water.reply(asked[CID], "نعم", sender=CID, fields=shifted)
    later(water)
    reminded = []
    water.now = datetime.fromisoformat("2026-11-30T00:00:00+00:00")
    for _ in range(24):
        water.now += timedelta(hours=1)
        reminded += [(one.to[0].addr_spec, water.now.hour) for one in later(water, 0)]
    first = {who: hour for who, hour in reversed(reminded)}
    assert first == {CID: 1, ANA: 6, MOD: 6, BEN: 14}
    assert len([who for who, _ in reminded if who != MOD]) == 3, "nobody is reminded twice"


def test_who_lives_by_the_clock_of_the_meeting_does_so_once_clocks_change(water: DeskHub) -> None:
    text = "Title: Assembly\nWhen: 2027-04-20 18:00\nWhere: Hall\nZone: Europe/Madrid"
    chair, asked = set_up(water, text)
    water.reply(asked[ANA], "sí", sender=ANA, fields=["Date: Tue, 24 Nov 2026 20:00:00 +0100"])
    water.reply(asked[CID], "نعم", sender=CID, fields=["Date: Tue, 24 Nov 2026 20:00:00 +0800"])
    told = to(water.reply(chair, "Where: Garden", sender=MOD))
    assert "18:00–20:00 (Europe/Madrid)" in told[ANA].text
    assert "19:00" not in told[ANA].text
    assert "UTC+08:00" in told[CID].text


def test_who_was_reminded_is_not_reminded_again_when_the_place_changes(water: DeskHub) -> None:
    chair, asked = set_up(water)
    water.now = datetime.fromisoformat("2026-11-30T15:00:00+00:00")
    assert set(to(later(water, 0))) == set(asked)
    told = water.reply(chair, "Where: The yard", sender=MOD)
    told += later(water, 1)
    subjects = [one.subject for one in told if one.to[0].addr_spec == MOD]
    assert not [one for one in subjects if one.startswith("Tomorrow")]
    told = water.reply(chair, "When: 2026-12-01 20:00", sender=MOD)
    assert set(to(told)) == set(asked), "of another time everybody hears"
    told += later(water, 1)
    assert not [one for one in told if one.subject.startswith("Tomorrow")], "by one letter"


def test_a_time_that_changed_before_the_letters_were_out_is_named(water: DeskHub) -> None:
    """Time and then place change at once: whoever had a letter of neither answers again."""
    chair, _ = set_up(water)
    water.reply(chair, "When: 2026-12-02 19:00", sender=MOD)
    identifier = files(water).meeting.id
    shutil.rmtree(meetingbook.book(water.config, "water", identifier).folder / "told" / "s1")
    told = to(water.reply(chair, "Where: The yard", sender=MOD))
    assert "The time has changed, so please answer again." in told[MOD].text
    told = to(water.reply(chair, "Where: The hall", sender=MOD))
    assert "has changed" in told[MOD].text
    assert "The time has changed" not in told[MOD].text


def test_lines_that_begin_with_a_mark_of_direction_are_read() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    fresh = Meeting("m-1234", "", now, now + timedelta(hours=2), zone="UTC", at=now)
    rows = ["\u200fالعنوان\u200f: الجمعية العامة", "\u200fمتى: \u20662026-12-01 18:00\u2069"]
    read = meetingtext.read(fresh, rows, now)
    assert isinstance(read, Meeting), read
    assert (read.title, f"{read.starts:%d %H:%M}") == ("الجمعية العامة", "01 18:00")


def test_a_hub_that_was_off_the_day_before_reminds_on_the_day(water: DeskHub) -> None:
    chair, asked = set_up(water)
    water.reply(asked[CID], "لا", sender=CID)
    water.now = datetime.fromisoformat("2026-12-01T06:00:00+00:00")
    reminded = [one for one in later(water, 0) if one.subject != chair.subject]
    mine = next(one for one in reminded if one.subject.startswith("Today: General assembly"))
    assert mine.to[0].addr_spec == MOD
    assert "is today:" in mine.text
    assert {MOD, ANA, BEN} <= set(to(reminded))
    assert CID not in to(reminded)
    water.reply(asked[CID], "نعم", sender=CID)
    assert later(water, 0) == [], "once, and not who has just answered"


def test_the_list_for_the_door_comes_as_csv_and_pdf(water: DeskHub) -> None:
    chair, asked = set_up(water)
    water.reply(asked[ANA], "sí", sender=ANA)
    water.reply(asked[CID], "ربما", sender=CID)
    water.reply(asked[BEN], "non", sender=BEN)
    (mail,) = water.reply(chair, "list", sender=MOD)
    files_ = {one.type: one.payload for one in mail.attachments}
    rows = files_["text/csv"].decode("utf-8-sig").split("\r\n")
    assert rows == ["Name,Address,Answer", f"Ana Paz,{ANA},Coming", f"Cid,{CID},Maybe", ""]
    assert files_["application/pdf"].startswith(b"%PDF-")


def test_a_name_on_the_list_for_the_door_is_no_formula() -> None:
    found = [doorlist.Row("Eve;=cmd|'/C calc'!A0", "eve@union.example", "yes")]
    lines = doorlist.as_csv(found, "fr").decode("utf-8-sig").splitlines()
    assert lines[1].startswith("Eve;'=cmd|'/C calc'!A0,eve@union.example,")


def test_the_list_for_the_door_goes_to_nobody_who_moderates_no_more(water: DeskHub) -> None:
    water.note(rosterevents.role("water", 4, "moderator", at=water.now, by="test"))
    _, asked = set_up(water)
    water.reply(asked[ANA], "sí", sender=ANA)
    demote(water)
    water.now = datetime.fromisoformat("2026-11-30T14:30:00+00:00")
    doors = [one for one in later(water, 0) if ANA in str(one.attachments)]
    assert [one.to[0].addr_spec for one in doors] == [CID], "who looks after the list now"
    assert later(water, 1) == [], "once"


def test_who_is_banned_where_only_members_read_hears_no_more_of_a_meeting(hub: DeskHub) -> None:
    hub.member(1, MOD, "board", name="Mo", lang="en", role="moderator")
    hub.member(2, ANA, "board", name="Ana", lang="en")
    (preview,) = hub.ask("board-meeting", TEXT, sender=MOD)
    told = hub.reply(preview, sender=MOD)
    chair = next(one for one in told if one.subject.startswith("Your meeting"))
    asked = to([one for one in told if one is not chair])
    hub.note(rosterevents.standing("board", ANA, "banned", at=hub.now, by="member:1"))
    hub.work()
    changed = hub.reply(chair, "Where: the harbour", sender=MOD)
    assert set(to(changed)) == {MOD}
    for words in ("yes", "what?"):
        (answer,) = hub.reply(asked[ANA], words, sender=ANA)
        assert answer.subject == "Nothing left to confirm"
        assert "harbour" not in answer.text
    holiday = ["Auto-Submitted: auto-replied"]
    assert hub.reply(asked[ANA], "I am away", sender=ANA, fields=holiday) == []
    hub.note(rosterevents.unsubscribe("board", 2, at=hub.now, by="test"))
    hub.work()
    (answer,) = hub.reply(asked[ANA], "yes", sender=ANA)
    assert "harbour" not in answer.text, "nor who was banned and has left"
    (answer,) = hub.reply(asked[MOD], "yes", sender=MOD)
    assert "harbour" in answer.text


def test_who_left_a_list_for_members_hears_no_more_of_its_meeting(hub: DeskHub) -> None:
    """Nor who was taken off it: when and where they meet is for those who are on it."""
    hub.member(1, MOD, "board", name="Mo", lang="en", role="moderator")
    hub.member(2, ANA, "board", name="Ana", lang="en")
    (preview,) = hub.ask("board-meeting", TEXT, sender=MOD)
    told = hub.reply(preview, sender=MOD)
    chair = next(one for one in told if one.subject.startswith("Your meeting"))
    asked = to([one for one in told if one is not chair])
    hub.note(rosterevents.unsubscribe("board", 2, at=hub.now, by="test"))
    hub.work()
    assert set(to(hub.reply(chair, "Where: the harbour", sender=MOD))) == {MOD}
    (answer,) = hub.reply(asked[ANA], "yes", sender=ANA)
    assert answer.subject == "Nothing left to confirm"
    hub.now = datetime.fromisoformat("2026-11-30T14:30:00+00:00")
    assert set(to(later(hub, 0))) == {MOD}
    hub.note(rosterevents.subscribe("board", 2, at=hub.now, consent=CONSENT))
    assert any("harbour" in one.text for one in later(hub, 0) if one.to[0].addr_spec == ANA)


def test_an_answer_to_another_time_is_on_no_list_for_the_door(water: DeskHub) -> None:
    chair, asked = set_up(water)
    water.reply(asked[ANA], "sí", sender=ANA)
    water.reply(chair, "When: 2026-12-02 19:00", sender=MOD)
    mails = water.reply(chair, "list", sender=MOD)
    (csv,) = [one for mail in mails for one in mail.attachments if one.type == "text/csv"]
    assert csv.payload.decode("utf-8-sig").split("\r\n") == ["Name,Address,Answer", ""]
    later(water)
    assert numbers(files(water))[0] == 0
    water.now = datetime.fromisoformat("2026-12-02T20:00:00+00:00")
    water.reply(chair, "Minutes\n\nWe agreed.", sender=MOD)
    (post,) = posts(water)
    assert "Coming: 0" in post.text


def test_damaged_files_of_one_meeting_hold_no_other(water: DeskHub) -> None:
    set_up(water)
    (book,) = meetingbook.books(water.config)
    (told,) = (book.folder / "told" / "s0").glob("*.txt")
    told.write_bytes(b"\xff\0 2\n")
    (book.folder / "chair").write_bytes(b"")
    water.member(8, "hal@union.example", "zoo", lang="en", role="moderator")
    smallhub.add_conference(water.config, Conference("zoo", {"en": "Zoo"}))
    mails = water.ask("zoo-meeting", TEXT, sender="hal@union.example")
    preview = next(one for one in mails if one.subject.startswith("Send this invitation?"))
    assert "hal@union.example" in to(water.reply(preview, sender="hal@union.example"))
    water.now = datetime.fromisoformat("2026-11-30T14:30:00+00:00")
    reminded = to(later(water, 0))
    assert {ANA, "hal@union.example"} <= set(reminded)


def test_who_wants_no_invitations_gets_none(water: DeskHub) -> None:
    _, asked = set_up(water)
    (told,) = water.reply(asked[BEN], "jamais", sender=BEN)
    assert "toujours" in told.text
    _, second = set_up_again(water)
    assert set(second) == {MOD, ANA, CID}
    again = water.reply(told, "toujours", sender=BEN)
    assert [one.subject for one in again if "text/calendar" in str(one.attachments)] == [
        "Invitation : Another one"
    ]


def set_up_again(hub: DeskHub) -> tuple[Message, dict[str, Message]]:
    return set_up(hub, TEXT.replace("General assembly", "Another one"))


def test_who_joins_later_is_invited(water: DeskHub) -> None:
    set_up(water)
    water.member(9, "new@union.example", "water", lang="en")
    assert set(to(later(water, 0.1))) == {"new@union.example"}


def test_only_moderators_invite_and_only_they_change(water: DeskHub) -> None:
    (told,) = water.ask("water-meeting", TEXT, sender=ANA)
    assert told.to[0].addr_spec == ANA
    assert "Send" not in told.subject
    chair, _ = set_up(water)
    demote(water)
    (told,) = water.reply(chair, "cancel", sender=MOD)
    assert "Only moderators can invite" in told.text, "nobody believes that it is cancelled"
    assert len(files(water).versions) == 1


def test_who_moderates_no_more_when_the_preview_is_answered_is_told(water: DeskHub) -> None:
    (preview,) = water.ask("water-meeting", TEXT, sender=MOD)
    demote(water)
    (told,) = water.reply(preview, sender=MOD)
    assert told.to[0].addr_spec == MOD
    assert "Only moderators can invite" in told.text


def test_faults_are_named(water: DeskHub) -> None:
    rows = ("Title: X", "When: 1/12/2026", "Zone: Mars", "Names: perhaps", "foo")
    text = "\n".join((*rows, "Where: ask ana@union.example"))
    (told,) = water.ask("water-meeting", text, sender=MOD)
    for said in ("1/12/2026", "Mars", "perhaps", "foo", "e-mail address"):
        assert said in told.text
    (past,) = water.ask("water-meeting", "Title: X\nWhen: 2020-01-01 10:00", sender=MOD)
    assert "is over" in past.text


@pytest.mark.parametrize("when", ["9999-12-31 23:30", "9999-12-31 20:30", "9999-1-1 10:00"])
def test_a_moment_at_the_end_of_all_calendars_is_none(water: DeskHub, when: str) -> None:
    """No clock elsewhere could show it, and it could not end."""
    rows = f"Title: X\nWhen: {when}\nZone: Africa/Nairobi\nUntil: 19:00"
    (told,) = water.ask("water-meeting", rows, sender=MOD)
    assert f"    {when}" in told.text
    (told,) = water.ask("water-meeting", f"Title: X\nWhen: {when}", sender=MOD)
    assert "no moment that we understand" in told.text


def test_an_erased_member_leaves_the_count_and_nothing_else(water: DeskHub) -> None:
    _, asked = set_up(water, TEXT + "Names: shown\n")
    water.reply(asked[ANA], "sí", sender=ANA)
    later(water)
    facts = personal.about(water.config, ANA, water.roster).facts
    (mine,) = facts["meetings"]
    assert [one["answer"] for one in mine["answers"]] == [YES]
    with clock.fixed(water.now):
        erase.erase(water.config, ANA, reason="asked for it", by="operator")
    found = files(water)
    assert found.count(YES) == 1
    assert found.names(YES) == []
    kept = water.config.private / "meetings"
    assert not [path for path in kept.rglob("answers/2/*")]
    assert "2" not in " ".join(p.read_text() for p in kept.rglob("told/*/*.txt")).split()


@pytest.mark.parametrize("lang", ["en", "fr", "es", "pt", "ar", "ru"])
def test_the_words_that_letters_show_are_understood(lang: str) -> None:
    for name in ("cancel", "list", "minutes"):
        assert meetingtext.order(meetingtext.first(name, lang)) == name
    for meaning in meetingwords.WORDS:
        assert meetingwords.read(meetingwords.first(meaning, lang)) == meaning


@pytest.mark.parametrize("lang", ["en", "fr", "es", "pt", "ar", "ru"])
def test_the_example_of_a_letter_is_in_its_language_and_calls_a_meeting(lang: str) -> None:
    lines = meetingtext.example(lang)
    assert lang == "en" or not set(lines) & set(meetingtext.example("en")), "no English line"
    now = datetime(2026, 11, 1, tzinfo=UTC)
    found = meetingtext.read(Meeting("m-5f3a", "", now, now, at=now), lines, now)
    assert isinstance(found, Meeting), found
    assert (found.title, found.place) == tuple(lines[n].partition(":")[2].strip() for n in (0, 3))
    assert (found.ends - found.starts, found.names, found.remind) == (
        timedelta(hours=2),
        False,
        True,
    )


def test_the_example_of_a_letter_can_be_sent_as_it_is_in_any_year(water: DeskHub) -> None:
    water.now = datetime(2027, 5, 1, 9, tzinfo=UTC)
    (faulty,) = water.ask("water-meeting", "Where: Union house", sender=MOD)
    assert "Add a line such as: When: 2027-05-08 18:00" in faulty.text
    assert "2026-12-01" not in faulty.text
    with clock.fixed(water.now):
        rows = "\n".join(meetingtext.example("en"))
    assert rows.replace("\n", "\n    ") in faulty.text.replace("\r\n", "\n")
    (preview,) = water.ask("water-meeting", rows, sender=MOD)
    assert "Send this invitation?" in preview.subject


def test_a_change_is_shown_in_the_language_of_who_makes_it(water: DeskHub) -> None:
    water.ask("water-request", "language ru", sender=MOD)
    (preview,) = water.ask("water-meeting", TEXT, sender=MOD)
    (chair, *_) = (one for one in water.reply(preview, sender=MOD) if one.to[0].addr_spec == MOD)
    (example,) = (row for row in chair.text.splitlines() if row.startswith("    Когда: "))
    (told, *_) = water.reply(chair, example, sender=MOD)
    assert "Nothing was changed" not in told.text
    assert "When:" not in chair.text


def test_the_city_of_a_time_zone_is_enough(water: DeskHub) -> None:
    (preview,) = water.ask("water-meeting", TEXT.replace("Africa/Nairobi", "nairobi"), sender=MOD)
    assert "Send this invitation?" in preview.subject, preview.text
    assert "Africa/Nairobi" in preview.text
    (told,) = water.ask("water-meeting", TEXT.replace("Africa/Nairobi", "Atlantis"), sender=MOD)
    assert "no time zone" in told.text
