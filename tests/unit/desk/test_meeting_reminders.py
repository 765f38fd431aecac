"""What comes before a meeting by itself: reminders, and the list for the door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from PIL import ImageChops

from solicomm_build.features.meetings import rsvpaddress
from solicomm_build.features.meetings.bymail import doorlist
from solicomm_build.features.meetings.meeting import YES, Meeting
from solicomm_build.features.privacy import erase
from solicomm_build.foundation import clock, keys
from solicomm_build.message.values import Message
from solicomm_build.people import rosterevents
from solicomm_build.testing.deskhub import DeskHub
from tests.unit.desk.test_meetings import (
    ANA,
    BEN,
    CID,
    MOD,
    TEXT,
    calendar,
    files,
    later,
    numbers,
    set_up,
    to,
    water,
)

__all__ = ["water"]

NINE_THERE = "2026-11-30T14:30:00+00:00"  # and in Lima, where the last of them lives


def at(hub: DeskHub, moment: str) -> list[Message]:
    """What goes out by itself at a moment."""
    hub.now = datetime.fromisoformat(moment)
    return later(hub, 0)


def lists(mails: list[Message]) -> list[Message]:
    return [one for one in mails if any(part.type == "text/csv" for part in one.attachments)]


def reminders(mails: list[Message]) -> list[Message]:
    return [one for one in mails if one.subject.startswith(("Tomorrow", "Today"))]


def test_the_list_for_the_door_comes_also_where_nobody_is_reminded(water: DeskHub) -> None:
    _, asked = set_up(water, TEXT + "Remind: no\n")
    water.reply(asked[ANA], "sí", sender=ANA)
    (mail,) = at(water, NINE_THERE)
    assert mail.to[0].addr_spec == MOD
    assert ANA in str(lists([mail])[0].attachments)


def test_the_list_for_the_door_comes_once_for_a_time(water: DeskHub) -> None:
    chair, _ = set_up(water)
    assert len(lists(at(water, NINE_THERE))) == 1
    told = water.reply(chair, "Where: The yard", sender=MOD)
    assert lists(told + later(water, 1)) == []
    water.reply(chair, "When: 2026-12-03 18:00", sender=MOD)
    assert len(lists(at(water, "2026-12-02T14:30:00+00:00"))) == 1


def test_the_list_for_the_door_waits_for_answers_where_a_meeting_is_called_late(
    water: DeskHub,
) -> None:
    """It came at once, with nobody on it, and never again."""
    water.now = datetime.fromisoformat("2026-11-30T16:00:00+00:00")
    _, asked = set_up(water)
    assert lists(later(water, 0.1)) == []
    water.reply(asked[CID], "نعم", sender=CID)
    assert lists(at(water, "2026-12-01T12:59:00+00:00")) == []
    (mail,) = lists(at(water, "2026-12-01T13:01:00+00:00"))
    assert CID in str(mail.attachments)
    assert lists(later(water, 0.5)) == []


def test_who_is_invited_on_the_day_before_is_not_reminded_at_once(water: DeskHub) -> None:
    water.now = datetime.fromisoformat("2026-11-30T16:00:00+00:00")
    (preview,) = water.ask("water-meeting", TEXT, sender=MOD)
    mails = water.reply(preview, sender=MOD) + later(water, 0.1) + later(water, 2)
    assert len([one for one in mails if one.to[0].addr_spec == ANA]) == 1
    assert reminders(mails) == []


def test_who_joins_on_the_day_before_gets_one_letter(water: DeskHub) -> None:
    set_up(water)
    at(water, NINE_THERE)
    water.member(9, "new@union.example", "water", lang="en")
    (mail,) = later(water, 0.1) + later(water, 1)
    assert to([mail]).keys() == {"new@union.example"}
    assert mail.subject.startswith("Invitation")


def test_who_is_invited_before_nine_on_the_day_before_is_reminded(water: DeskHub) -> None:
    water.now = datetime.fromisoformat("2026-11-29T20:00:00+00:00")
    set_up(water)
    assert {MOD} <= set(to(reminders(at(water, NINE_THERE))))


def test_a_change_that_comes_twice_or_changes_nothing_writes_to_nobody(water: DeskHub) -> None:
    chair, asked = set_up(water)
    assert len(water.reply(chair, "Where: The yard", sender=MOD)) == 1 + len(asked)
    for lines in ("Where: The yard", "When: 2026-12-01 18:00\nRemind: yes"):
        (told,) = water.reply(chair, lines, sender=MOD)
        assert "no line that changes anything" in told.text, lines
    assert len(files(water).versions) == 2


def test_who_said_never_or_left_hears_only_of_a_meeting_that_he_comes_to(water: DeskHub) -> None:
    """*Never* was taken, and the reminder came all the same."""
    chair, asked = set_up(water)
    water.reply(asked[BEN], "peut-être", sender=BEN)
    for who, word in {ANA: "nunca", BEN: "jamais"}.items():
        water.reply(asked[who], word, sender=who)
    water.note(rosterevents.unsubscribe("water", 4, at=water.now, by="test"))
    water.work()
    told = to(water.reply(chair, "When: 2026-12-02 18:00", sender=MOD))
    assert set(told) == {MOD, BEN}, "who may come hears when it is"
    reminded = reminders(at(water, "2026-12-01T14:30:00+00:00"))
    assert not {ANA, CID} & set(to(reminded))
    assert {MOD} <= set(to(reminded))
    off = to(water.reply(chair, "cancel", sender=MOD))
    assert set(off) == set(asked), "it is in their calendars"


def test_who_says_always_again_is_reminded(water: DeskHub) -> None:
    _, asked = set_up(water)
    water.reply(asked[ANA], "nunca", sender=ANA)
    water.reply(asked[ANA], "siempre", sender=ANA)
    assert ANA in to(at(water, NINE_THERE))


def test_who_gets_no_mail_and_answers_in_my_hub_is_counted_among_the_invited(
    water: DeskHub,
) -> None:
    """One fewer than there are had *not answered*."""
    set_up(water)
    later(water)
    found = files(water)
    key, address = keys.token_key(water.config.keys), "off@union.example"
    mine = rsvpaddress.local_part(rsvpaddress.ANSWER, key, "water", found.meeting.id, 5)
    water.ask(mine, "yes", sender=address)
    later(water)
    assert numbers(files(water)) == (1, 0, 0, 4)


def test_names_on_the_list_for_the_door_stand_below_a_long_place() -> None:
    """Time and place of two rows each, and the first name was printed over the place."""
    starts = datetime(2026, 12, 1, 15, tzinfo=UTC)
    ends = starts + timedelta(days=3)
    zone, long = "America/Argentina/ComodRivadavia", "Union house, room " * 12
    meeting = Meeting("m-1a2b", long, starts, ends, zone, long)
    row = doorlist.Row("Ana Paz", ANA, YES)
    sheet = doorlist._Sheet(meeting, "fr", "1/1")
    bare, full = sheet.page([]), sheet.page([row] * doorlist._ROWS)
    drawn = ImageChops.difference(bare, full).getbbox()
    head = bare.crop((0, 0, doorlist._WIDTH, 1500)).point(lambda one: 255 - one).getbbox()
    assert drawn is not None
    assert head is not None
    assert drawn[1] >= head[3], "below the place"
    assert drawn[3] < doorlist._HEIGHT - doorlist._MARGIN, "above the number of the page"


def test_a_meeting_that_goes_on_does_not_end_in_the_past(water: DeskHub) -> None:
    """The moderator was told that all hear of it; nobody did, and nothing could be mended."""
    chair, asked = set_up(water)
    later(water)
    water.now = datetime.fromisoformat("2026-12-01T15:30:00+00:00")
    for line in ("Until: 18:15", "Zone: Asia/Tokyo"):
        (told,) = water.reply(chair, line, sender=MOD)
        assert "This moment is over:" in told.text, line
        assert line.partition(": ")[2] in told.text
    told = to(water.reply(chair, "Until: 18:45", sender=MOD))
    assert set(told) == set(asked)


def test_who_is_taken_off_a_list_for_members_stands_on_no_list_for_the_door(hub: DeskHub) -> None:
    """Nor counts: the answer could not be taken back any more, and opened the door."""
    hub.member(1, MOD, "board", name="Mo", lang="en", role="moderator")
    hub.member(2, ANA, "board", name="Ana", lang="en")
    hub.member(3, BEN, "board", name="Ben", lang="en")
    (preview,) = hub.ask("board-meeting", TEXT, sender=MOD)
    told = hub.reply(preview, sender=MOD)
    chair = next(one for one in told if one.subject.startswith("Your meeting"))
    asked = to([one for one in told if one is not chair])
    for who in (ANA, BEN):
        hub.reply(asked[who], "yes", sender=who)
    later(hub)
    assert numbers(files(hub, "board")) == (2, 0, 0, 1)
    hub.note(rosterevents.unsubscribe("board", 2, at=hub.now, by="test"))
    later(hub)
    (mail,) = hub.reply(chair, "list", sender=MOD)
    assert BEN in str(mail.attachments)
    assert ANA not in str(mail.attachments)
    later(hub)
    assert numbers(files(hub, "board")) == (1, 0, 0, 1)


def test_an_answer_that_counts_on_takes_nobody_from_who_has_not_answered(water: DeskHub) -> None:
    """Of each erased member who had answered, one too few had *no answer*."""
    _, asked = set_up(water)
    water.reply(asked[ANA], "sí", sender=ANA)
    later(water)
    assert numbers(files(water)) == (1, 0, 0, 3)
    with clock.fixed(water.now):
        erase.erase(water.config, ANA, reason="asked for it", by="operator")
    water.reply(asked[BEN], "non", sender=BEN)
    later(water)
    assert numbers(files(water)) == (1, 0, 1, 2)


def test_whose_mail_came_back_hears_of_a_change_once_that_is_over(water: DeskHub) -> None:
    """They were noted as told, and stood at a closed door."""
    chair, asked = set_up(water)
    water.note(rosterevents.state(4, "disabled", at=water.now, by="bounces"))
    water.work()
    told = to(water.reply(chair, "When: 2026-12-02 18:00", sender=MOD))
    assert set(told) == {*asked} - {CID}
    water.note(rosterevents.state(4, "active", at=water.now, by="bounces"))
    (mail,) = later(water)
    assert mail.to[0].addr_spec == CID
    assert "SEQUENCE:1" in calendar(mail)
    assert CID in to(at(water, "2026-12-01T14:30:00+00:00"))
