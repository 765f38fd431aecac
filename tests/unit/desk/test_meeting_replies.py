"""Answers by the buttons of mail programs, and what is no answer: forged, old, of a program."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.meetings.bymail import invitations
from solicomm_build.features.meetings.meeting import MAYBE, NO, YES
from solicomm_build.features.renaming import places
from solicomm_build.foundation import clock
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Attachment, Message
from solicomm_build.testing.deskhub import AUTHSERV, DeskHub
from tests.unit.desk.test_meetings import (
    ANA,
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

DATA = Path(__file__).parents[2] / "data" / "meetings"
PROGRAMS = {"outlook": YES, "gmail": YES, "apple": MAYBE, "thunderbird": NO, "android": YES}


def recorded(name: str, asked: Message, *, sender: str = ANA, **changed: str) -> bytes:
    """The reply of a program to an invitation."""
    invitation = calendar(asked)
    facts = {
        "TO": asked.reply_to[0].addr_spec,
        "FROM": sender,
        "UID": uid(asked),
        "SEQ": re.findall("^SEQUENCE:(.*)$", invitation, re.MULTILINE)[0],
        **changed,
    }
    text = (DATA / f"{name}.eml").read_text("utf-8")
    for key, value in facts.items():
        text = text.replace(f"{{{key}}}", value)
    if "{BASE64}" in text:
        body = text[text.index("BEGIN:VCALENDAR") : text.index("END:VCALENDAR") + 14]
        coded = base64.encodebytes(body.replace("\n", "\r\n").encode()).decode()
        text = text.replace(body, coded).replace("{BASE64}", "base64")
    domain = sender.rpartition("@")[2]
    head = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from={domain}\n"
    return (head + text).replace("\n", "\r\n").encode()


def press(hub: DeskHub, raw: bytes, asked: Message, *, sender: str = ANA) -> list[Message]:
    """Delivers a program's reply; what comes back."""
    hub.now += timedelta(seconds=1)
    rcpt = asked.reply_to[0].addr_spec
    Spool(hub.config.spool_desk).put([Item(Envelope(sender, (rcpt,), hub.now), raw)])
    return [parse(item.raw) for item in hub.work()]


@pytest.mark.parametrize(("name", "choice"), PROGRAMS.items())
def test_the_button_of_a_mail_program_answers(water: DeskHub, name: str, choice: str) -> None:
    _, asked = set_up(water)
    (told,) = press(water, recorded(name, asked[ANA]), asked[ANA])
    assert told.to[0].addr_spec == ANA
    assert told.field("Auto-Submitted") == "auto-replied", "nobody's program answers it"
    later(water)
    found = files(water)
    assert {one: found.count(one) for one in (YES, MAYBE, NO)} == {
        one: int(one == choice) for one in (YES, MAYBE, NO)
    }


def test_the_last_answer_counts(water: DeskHub) -> None:
    _, asked = set_up(water)
    for name in ("outlook", "thunderbird", "apple"):
        press(water, recorded(name, asked[ANA]), asked[ANA])
    later(water)
    assert numbers(files(water)) == (0, 1, 0, 3)


def test_a_forged_reply_is_refused(water: DeskHub) -> None:
    """Only the address proves whose answer it is; that a calendar names Ana says nothing."""
    _, asked = set_up(water)
    mine, hers = asked[MOD].reply_to[0].addr_spec, asked[ANA].reply_to[0].addr_spec
    forged = hers[:-20] + ("a" if hers[-20] != "a" else "b") + hers[-19:]
    assert forged != hers
    for address in (forged, "water-meeting@hub.example", "rsvp@hub.example"):
        raw = recorded("outlook", asked[ANA], TO=address, sender="eve@evil.example")
        rcpt = (address,)
        item = Item(Envelope("eve@evil.example", rcpt, water.now), raw)
        Spool(water.config.spool_desk).put([item])
        water.work()
    press(water, recorded("outlook", asked[MOD], sender=ANA, TO=mine), asked[MOD], sender=ANA)
    later(water)
    found = files(water)
    assert numbers(found) == (1, 0, 0, 3), "it is Mo's, whoever the calendar names"


def test_of_a_reply_from_elsewhere_the_member_hears(water: DeskHub) -> None:
    _, asked = set_up(water)
    raw = recorded("outlook", asked[ANA], sender="eve@evil.example")
    (told,) = press(water, raw, asked[ANA], sender="eve@evil.example")
    assert told.to[0].addr_spec == ANA
    assert "otra dirección" in told.text


def test_a_reply_for_another_meeting_is_none(water: DeskHub) -> None:
    _, asked = set_up(water)
    (told,) = press(water, recorded("outlook", asked[ANA], UID="x@elsewhere"), asked[ANA])
    assert told.to[0].addr_spec == ANA
    later(water)
    assert numbers(files(water)) == (0, 0, 0, 4)


def test_calendars_know_the_meeting_when_its_list_was_renamed(water: DeskHub) -> None:
    chair, asked = set_up(water)
    with clock.fixed(water.now):
        places.rename(water.config, "water", "rivers")
    (told,) = press(water, recorded("gmail", asked[ANA]), asked[ANA])
    assert "Aún sin respuesta" not in told.subject
    cancelled = water.reply(chair, "cancel", sender=MOD)
    off = to([one for one in cancelled if one.to[0].addr_spec == ANA])
    assert uid(off[ANA]) == uid(asked[ANA]), "the calendar takes out what it has"


def test_a_meeting_keeps_the_name_under_which_it_was_made(water: DeskHub) -> None:
    with clock.fixed(water.now):
        places.rename(water.config, "water", "rivers")
    water.now += timedelta(hours=1)
    (preview,) = water.ask("rivers-meeting", TEXT, sender=MOD)
    told = water.reply(preview, sender=MOD)
    chair = next(one for one in told if one.subject.startswith("Your meeting"))
    asked = to([one for one in told if one is not chair])[ANA]
    assert uid(asked).endswith("@rivers.meetings.hub.example")
    with clock.fixed(water.now):
        places.rename(water.config, "rivers", "lakes")
    off = to(water.reply(chair, "cancel", sender=MOD))[ANA]
    assert uid(off) == uid(asked)


def uid(mail: Message) -> str:
    return str(re.findall("^UID:(.*)$", calendar(mail), re.MULTILINE)[0])


def test_a_reply_to_an_earlier_time_is_asked_again(water: DeskHub) -> None:
    chair, asked = set_up(water)
    old = recorded("outlook", asked[ANA])
    press(water, recorded("thunderbird", asked[ANA]), asked[ANA])
    changed = to(water.reply(chair, "When: 2026-12-02 19:00", sender=MOD))
    (told,) = press(water, old, asked[ANA])
    assert "SEQUENCE:1" in calendar(told)
    later(water)
    assert numbers(files(water)) == (0, 0, 0, 4), "what was said of another time counts no more"
    press(water, recorded("outlook", changed[ANA]), changed[ANA])
    later(water)
    assert numbers(files(water)) == (1, 0, 0, 3)


def test_a_reply_without_a_number_answers_the_time_that_it_names(water: DeskHub) -> None:
    """Android sends no SEQUENCE: a yes to Tuesday counted for Wednesday."""
    chair, asked = set_up(water)
    water.reply(chair, "When: 2026-12-02 19:00", sender=MOD)
    old = recorded("android", asked[ANA])
    (told,) = press(water, old, asked[ANA])
    assert "SEQUENCE:1" in calendar(told)
    later(water)
    assert numbers(files(water)) == (0, 0, 0, 4)
    anew = old.decode()
    body = re.findall("base64\r\n\r\n(.*?)\r\n----_", anew, re.DOTALL)[1]
    moved = base64.b64decode(body).replace(b"20261201T150000Z", b"20261202T160000Z")
    press(water, anew.replace(body, base64.encodebytes(moved).decode()).encode(), asked[ANA])
    later(water)
    assert numbers(files(water)) == (1, 0, 0, 3)


REST = "Con el resto no se hizo nada"


def test_who_writes_more_than_an_answer_hears_that_nobody_reads_it(water: DeskHub) -> None:
    """A note beside the button, or below the word, reached nobody, and nobody said so."""
    _, asked = set_up(water)
    for text, is_more in {
        "Sí\n\nLlego diez minutos tarde.": True,
        "Hola:\n\nSí\n\nSaludos,\nAna": False,
        "Sí\n\nAna Paz\n\nEl mar., Water <w@hub.example> escribió:\n> ¿Viene?": False,
    }.items():
        (told,) = water.reply(asked[ANA], text, sender=ANA, fields=[f"From: Ana Paz <{ANA}>"])
        assert (REST in told.text) == is_more, text
    for name, is_more in {"gmail": False, "outlook": False, "apple": False}.items():
        (told,) = press(water, recorded(name, asked[ANA]), asked[ANA])
        assert (REST in told.text) == is_more, name
    octets = (DATA / "outlook.eml").read_bytes()
    begun = octets.index(b"BEGIN:VCALENDAR")
    noted = octets[begun:].replace(b"en-US:\\n", b"en-US:I come late\\n", 1)
    found = parse(b"From: a@b.example\r\n\r\nx\r\n")
    part = Attachment("a.ics", "text/calendar", noted)
    said = invitations.replied(replace(found, attachments=(part,)))
    assert said is not None
    assert said.comment == "I come late"


ZONE = b"TZID:Romance Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\n"
OWN = b"TZID:Union Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nEND:STANDARD\r\n"
BEGUN = b"BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ZONE, OWN + BEGUN),
        (b"END:VCALENDAR", b"END:VCALENDAR\r\n\r\n-- \r\nWater for all\r\nNo: one\r\n"),
        (b"END:VEVENT", b"END:VEVENT\r\nX BAD LINE"),
        (b":20261201T160000", b":tomorrow"),
        (b"TRANSP:OPAQUE", b"DTSTART:20261201T150000Z"),
    ],
    ids=["zone", "footer", "line", "start", "starts"],
)
def test_what_else_a_calendar_has_takes_no_answer_away(before: bytes, after: bytes) -> None:
    octets = (DATA / "outlook.eml").read_bytes().replace(b"\n", b"\r\n")
    calendar_ = octets[octets.index(b"BEGIN:VCALENDAR") :]
    calendar_ = calendar_[: calendar_.index(b"END:VCALENDAR") + 15].replace(b"{SEQ}", b"0")
    assert before in calendar_
    found = parse(b"From: a@b.example\r\n\r\nx\r\n")
    part = Attachment("a.ics", "text/calendar", calendar_.replace(before, after))
    said = invitations.replied(replace(found, attachments=(part,)))
    assert said is not None
    assert (said.choice, said.sequence) == (YES, 0)


def test_a_reply_to_an_earlier_place_counts(water: DeskHub) -> None:
    chair, asked = set_up(water)
    water.reply(chair, "Where: the garden", sender=MOD)
    press(water, recorded("outlook", asked[ANA]), asked[ANA])
    later(water)
    assert numbers(files(water)) == (1, 0, 0, 3)


def test_what_else_a_program_sends_is_no_answer(water: DeskHub) -> None:
    _, asked = set_up(water)
    away = ["Auto-Submitted: auto-replied"]
    assert water.reply(asked[ANA], "yes", sender=ANA, fields=away) == []
    assert water.reply(asked[ANA], "yes", sender=ANA, mail_from=None) == []
    later(water)
    assert numbers(files(water)) == (0, 0, 0, 4)


def test_another_time_is_not_negotiated(water: DeskHub) -> None:
    """Outlook's "propose new time" is a COUNTER (RFC 5546 3.2.7)."""
    _, asked = set_up(water)
    raw = recorded("thunderbird", asked[ANA]).replace(b"METHOD:REPLY", b"METHOD:COUNTER")
    (told,) = press(water, raw, asked[ANA])
    assert told.to[0].addr_spec == ANA
    later(water)
    assert numbers(files(water)) == (0, 0, 0, 4)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"BEGIN:VCALENDAR",
        b"\xff\xfe\x00",
        b"METHOD:REPLY\r\n" * 9000,
        b"BEGIN:VEVENT\r\n" * 400,
    ],
)
def test_a_broken_calendar_sets_nothing_aside(water: DeskHub, octets: bytes) -> None:
    _, asked = set_up(water)
    fields = ["Content-Type: text/calendar; method=REPLY", "MIME-Version: 1.0"]
    water.reply(asked[ANA], octets.decode("latin-1"), sender=ANA, fields=fields)
    assert not water.aside()
    later(water)
    assert numbers(files(water)) == (0, 0, 0, 4)


def test_the_text_of_the_invitation_is_what_it_says(water: DeskHub) -> None:
    _, asked = set_up(water, TEXT + "Names: shown\n")
    assert "Ana Paz" in asked[ANA].text


def test_few_of_many_calendars_in_a_mail_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []
    monkeypatch.setattr(invitations, "_read", read.append)
    calendars = tuple(Attachment(f"{n}.ics", "text/calendar", b"x") for n in range(400))
    found = parse(b"From: a@b.example\r\n\r\nx\r\n")
    assert invitations.replied(replace(found, attachments=calendars)) is None
    assert len(read) == 5
