"""What comes before a meeting by itself: reminders, and the list for the door."""

from __future__ import annotations

from datetime import datetime

from solicomm_build.message.values import Message
from solicomm_build.testing.deskhub import DeskHub
from tests.unit.desk.test_meetings import ANA, CID, MOD, TEXT, files, later, set_up, to, water

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
