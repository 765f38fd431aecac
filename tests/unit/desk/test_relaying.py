"""Mail through a card: it arrives, nobody's address does, and nobody is flooded."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from solicomm_build.features.people import peoplecards, personaddress, personcard
from solicomm_build.features.people.personcard import Card
from solicomm_build.features.privacy import erase
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.spool import Item
from solicomm_build.message.values import Message
from solicomm_build.people import directory as people
from solicomm_build.people import rosterevents, token
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import CONSENT, NOW, DeskHub

ANA, EVE = "ana@union.example", "eve@elsewhere.example"
CARD = "c_abcdefghij"
SHOWN = Card(CARD, "Amina", contact="relay", since="2026-11-24", consented="2026-11-24")


@pytest.fixture
def hub(hub: DeskHub) -> DeskHub:
    hub.member(1, ANA, "water", name="Ana Paz", lang="en")
    hub.note(rosterevents.card(1, CARD, "relay", at=NOW, consent=CONSENT))
    peoplecards.put(hub.config, CARD, personcard.encode(SHOWN), b"", NOW)
    return hub


def raw_of(hub: DeskHub, text: str = "Hello Amina", **how: object) -> list[Item]:
    facts: dict[str, object] = {"sender": EVE, "name": "Eve", "subject": "A question"} | how
    hub.send(personaddress.of_card(CARD), text, **facts)  # type: ignore[arg-type]
    return hub.work()


def eve(hub: DeskHub, text: str = "Hello Amina", **how: object) -> list[Message]:
    from solicomm_build.message.parse import parse

    return [parse(item.raw) for item in raw_of(hub, text, **how)]


def to(message: Message) -> str:
    return message.to[0].addr_spec


def test_a_mail_arrives_and_neither_sees_the_others_address(hub: DeskHub) -> None:
    (item,) = raw_of(hub, fields=["X-Mailer: Eve's own", "Received: from eve.elsewhere.example"])
    assert b"elsewhere.example" not in item.raw
    assert item.envelope.rcpt_tos == (ANA,)
    assert item.envelope.mail_from is None
    from solicomm_build.message.parse import parse

    passed = parse(item.raw)
    assert "Hello Amina" in passed.text
    assert passed.subject == "A question"
    assert passed.from_[0].name == "Eve through Union hub"
    (back,) = hub.reply(passed, "Hello Eve", sender=ANA, name="Ana Paz", proven=False)
    assert to(back) == EVE
    assert b"union.example" not in back.raw
    assert b"Paz" not in back.raw
    assert back.from_[0].name == "Amina through Union hub"
    assert "Hello Eve" in back.text
    (again,) = hub.reply(back, "Thank you", sender=EVE, name="Eve", proven=False)
    assert to(again) == ANA
    assert b"elsewhere.example" not in again.raw
    (third,) = hub.reply(again, "Welcome", sender=ANA)
    assert to(third) == EVE
    assert not hub.aside()


@pytest.mark.parametrize(
    "leads",
    [
        "From: Eve through Union hub <person+TOKEN@hub.example>\nSent: Tuesday\n"
        "To: Ana Paz <ana@union.example>\nSubject: A question\n",
        "________________________________\nOd: Eve <person+TOKEN@hub.example>\nWysłano: wtorek\n"
        "Do: Ana Paz\nTemat: A question\n",
        "> *Van:* Eve <person+TOKEN@hub.example>\n> *Verzonden:* dinsdag\n> *Aan:* Ana Paz\n",
        "On Tuesday Eve wrote:\n> > Ana Paz <Ana@union.example> wrote:\n",
    ],
)
def test_what_a_program_quotes_does_not_tell_her_address(hub: DeskHub, leads: str) -> None:
    (passed,) = eve(hub)
    text = f"Hello Eve\nPhone: 1\n\n{leads}> Hello Amina\n"
    (back,) = hub.reply(passed, text, sender=ANA, proven=False)
    assert "Hello Eve\nPhone: 1" in back.text
    assert "> Hello Amina" in back.text
    assert "union.example" not in back.text.lower()
    assert b"union.example" not in back.raw.lower()
    assert ("Ana Paz" in back.text) == ("wrote:" in leads)


def test_who_writes_his_address_himself_has_it_passed_on(hub: DeskHub) -> None:
    (passed,) = eve(hub)
    (back,) = hub.reply(passed, f"Hello Eve\nWrite to me: {ANA}\nAna", sender=ANA)
    assert ANA in back.text


def test_whose_address_is_not_proved_is_asked_first(hub: DeskHub) -> None:
    (asked,) = eve(hub, proven=False)
    assert to(asked) == EVE
    assert asked.subject == "Did you write this?"
    (passed,) = hub.reply(asked, sender=EVE)
    assert to(passed) == ANA
    assert "Hello Amina" in passed.text


def test_each_mail_of_who_is_not_proved_is_asked_about(hub: DeskHub) -> None:
    asked = [
        one for text in ("Hello", "I forgot something") for one in eve(hub, text, proven=False)
    ]
    assert [to(one) for one in asked] == [EVE, EVE]
    passed = [one for question in asked for one in hub.reply(question, sender=EVE)]
    assert ["Hello" in passed[0].text, "I forgot something" in passed[1].text] == [True, True]


@pytest.mark.parametrize("proven", [True, False])
def test_who_is_no_member_can_be_erased(hub: DeskHub, proven: bool) -> None:
    (mail,) = eve(hub, "My own words", proven=proven)
    with clock.fixed(hub.now):
        erase.erase(hub.config, EVE, reason="asked for it", by="operator")
    kept = smallhub.files(hub.config.roster_repo)
    assert all(b"elsewhere.example" not in blob for blob in kept.values())
    assert not [*hub.config.private.glob("people-drafts/*")]
    sender = ANA if proven else EVE
    told = hub.reply(mail, "Words for whom it was", sender=sender)
    assert [one for one in told if "Words for" in one.text] == []
    assert not proven or [to(one) for one in told] == [ANA], "she hears that nobody is there"
    with clock.fixed(hub.now), pytest.raises(HubError, match="Nothing here is called"):
        erase.erase(hub.config, EVE, reason="again", by="operator")


def test_a_program_is_not_passed_on(hub: DeskHub) -> None:
    assert eve(hub, fields=["Auto-Submitted: auto-replied"]) == []
    assert eve(hub, mail_from=None) == []


def test_files_and_long_texts_are_left_out_and_it_says_so(hub: DeskHub) -> None:
    passed, told = eve(hub, "x" * 30_000)
    assert (to(passed), to(told)) == (ANA, EVE)
    assert "the rest was left out" in passed.text
    assert len(passed.text) < 25_000
    assert "the rest was left out" in told.text
    assert "A question" in told.text
    assert "Amina" not in told.text


def test_who_sends_files_hears_that_they_were_left_out(hub: DeskHub) -> None:
    kind = 'Content-Type: multipart/mixed; boundary="b"'
    text = (
        "--b\nContent-Type: text/plain\n\nHello\n--b\nContent-Type: application/pdf\n"
        "Content-Disposition: attachment; filename=pay.pdf\n\n%PDF\n--b--"
    )
    passed, told = eve(hub, text, fields=[kind])
    assert (to(passed), to(told)) == (ANA, EVE)
    assert "Attached files were left out." in passed.text
    assert "Attached files were left out." in told.text
    back, told = hub.reply(passed, text, sender=ANA, proven=False, fields=[kind])
    assert (to(back), to(told)) == (EVE, ANA)
    assert b"elsewhere.example" not in told.raw


def test_ten_a_day_and_the_eleventh_is_told(hub: DeskHub) -> None:
    for number in range(10):
        (passed,) = eve(hub, f"Mail {number}")
        assert to(passed) == ANA
    (told,) = eve(hub, "One more")
    assert to(told) == EVE
    assert "ten mails a day" in told.text
    (told,) = eve(hub, "And another")
    assert "ten mails a day" in told.text
    assert hub.ask("solicomm", "which", sender=ANA) != []  # her own answers are not used up
    hub.now += timedelta(days=1, minutes=1)
    (passed,) = eve(hub, "Tomorrow")
    assert to(passed) == ANA


def test_a_withdrawn_card_passes_nothing_on(hub: DeskHub) -> None:
    (passed,) = eve(hub)
    (back,) = hub.reply(passed, "Hello", sender=ANA)
    hub.note(rosterevents.card_withdrawn(1, CARD, at=NOW, by="member"))
    (told,) = hub.reply(back, "Are you there?", sender=EVE)
    assert to(told) == EVE
    assert "takes no mail through us" in told.text
    directory = people.directory_of(hub.config, lambda: hub.roster)
    assert directory.resolve(f"person+{CARD}@hub.example") is None


def test_only_who_takes_mail_has_an_address(hub: DeskHub) -> None:
    directory = people.directory_of(hub.config, lambda: hub.roster)
    found = directory.resolve(f"Person+{CARD}@hub.example")
    assert found is not None
    assert found.id == "person"
    assert directory.resolve("person+c_aaaaaaaaaa@hub.example") is None
    assert directory.resolve("person+abcdefghijklmnopqrstuvwxyz@hub.example") is None
    hub.note(rosterevents.card(1, CARD, "none", at=NOW, consent=CONSENT))
    assert directory.resolve(f"person+{CARD}@hub.example") is None


def test_a_conversation_ends_after_its_time(hub: DeskHub) -> None:
    (passed,) = eve(hub)
    hub.now += timedelta(days=61)
    (told,) = hub.reply(passed, "Late", sender=ANA)
    assert to(told) == ANA
    assert "too long ago" in told.text


def test_an_answer_from_an_old_mailbox_is_not_the_persons(hub: DeskHub) -> None:
    """Whoever reads it by then wrote to the visitor under the name on the card."""
    new = "ana@new.example"
    (passed,) = eve(hub)
    hub.note(rosterevents.member(1, new, at=hub.now, consent=CONSENT, name="Ana Paz"))
    (told,) = hub.reply(passed, "Send me money", sender=ANA)
    assert to(told) == ANA
    assert "Send me money" not in told.text
    (back,) = hub.reply(passed, "Hello Eve", sender=new)
    assert to(back) == EVE
    assert b"new.example" not in back.raw
    (again,) = hub.reply(back, "Thank you", sender=EVE, name="Eve", proven=False)
    assert to(again) == new
    (third,) = hub.reply(again, "Welcome", sender=new, proven=False)
    assert to(third) == EVE


def test_an_answer_goes_to_the_address_that_a_visitor_has_now(hub: DeskHub) -> None:
    """What the person wrote went to the old mailbox, which wrote on under the visitor's name."""
    new = "eve@new.example"
    hub.member(2, EVE, "water")
    (passed,) = eve(hub)
    (before,) = hub.reply(passed, "Hello Eve", sender=ANA)
    hub.now += timedelta(seconds=1)
    hub.note(rosterevents.member(2, new, at=hub.now, consent=CONSENT))
    (back,) = hub.reply(passed, "My number is secret", sender=ANA)
    assert to(back) == new
    (told,) = hub.reply(before, "Send me money", sender=EVE)
    assert to(told) == EVE
    assert "Send me money" not in told.text
    (again,) = hub.reply(before, "Thank you", sender=new)
    assert to(again) == ANA
    assert b"new.example" not in again.raw
    (third,) = hub.reply(back, "Bye", sender=new, proven=False)
    assert to(third) == ANA


def _kept(hub: DeskHub) -> list[bytes]:
    return [path.read_bytes() for path in hub.config.private.glob("relayed/*")]


@pytest.mark.parametrize("proven", [True, False])
def test_the_roster_does_not_say_who_wrote_to_whom(hub: DeskHub, proven: bool) -> None:
    """Its history keeps what stood in it for good."""
    before = set(smallhub.files(hub.config.roster_repo))
    (passed,) = eve(hub, proven=proven)
    if not proven:
        (passed,) = hub.reply(passed, sender=EVE)
    (back,) = hub.reply(passed, "Hello Eve", sender=ANA)
    assert to(back) == EVE
    files = smallhub.files(hub.config.roster_repo)
    new = b"".join(octets for path, octets in files.items() if path not in before)
    assert ANA.encode() not in new
    assert CARD.encode() not in new
    assert not proven or EVE.encode() not in new
    assert len(_kept(hub)) == 2


def test_who_wrote_to_whom_is_kept_for_sixty_days(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timekeeping, "is_sure", lambda _state: True)  # time goes on by days here
    (passed,) = eve(hub)
    (back,) = hub.reply(passed, "Hello Eve", sender=ANA)
    hub.now += timedelta(days=59)
    hub.work()
    assert len(_kept(hub)) == 2
    hub.now += timedelta(days=2)
    hub.work()
    assert _kept(hub) == []
    for mail, who in ((passed, ANA), (back, EVE)):
        (told,) = hub.reply(mail, "Late", sender=who)
        assert (to(told), "too long ago" in told.text) == (who, True)


def test_a_conversation_that_an_older_hub_began_goes_on(hub: DeskHub) -> None:
    text, until = token.fresh(), NOW + timedelta(days=60)
    data, digest = {"card": CARD, "peer": EVE, "to": "visitor"}, token.digest(text)
    hub.note(rosterevents.token(digest, "relay", "", ANA, at=NOW, expires=until, data=data))
    (back,) = hub.ask(personaddress.of_card(text), "Hello Eve", sender=ANA, proven=False)
    assert to(back) == EVE


@pytest.mark.parametrize("gone", [ANA, EVE])
def test_an_erasure_of_either_takes_their_conversations(hub: DeskHub, gone: str) -> None:
    (passed,) = eve(hub)
    hub.reply(passed, "Hello Eve", sender=ANA)
    with clock.fixed(hub.now):
        erase.erase(hub.config, gone, reason="asked for it", by="operator")
    assert _kept(hub) == []


@pytest.mark.parametrize("after", ["an erasure", "sixty days"])
def test_so_does_a_conversation_whose_file_is_damaged(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    monkeypatch.setattr(timekeeping, "is_sure", lambda _state: True)  # time goes on by days here
    eve(hub)
    (path,) = hub.config.private.glob("relayed/*")
    path.write_bytes(path.read_bytes()[:-9])
    os.utime(path, (hub.now.timestamp(),) * 2)
    hub.work()
    assert path.exists()
    if after == "sixty days":
        hub.now += timedelta(days=61)
        hub.work()
    else:
        with clock.fixed(hub.now):
            erase.erase(hub.config, ANA, reason="asked for it", by="operator")
    assert _kept(hub) == []


@pytest.mark.parametrize("lang", ["en", "fr", "es", "pt", "ar", "ru"])
def test_it_speaks_the_readers_language(hub: DeskHub, lang: str) -> None:
    hub.member(1, ANA, "water", name="Ana Paz", lang=lang)
    (passed,) = eve(hub)
    assert passed.language == lang
    assert lang == "en" or "Somebody" not in passed.text


def _banned(hub: DeskHub, who: str) -> None:
    hub.note(rosterevents.standing("*", who, "banned", at=hub.now, by="test"))


def test_who_is_banned_from_the_whole_hub_writes_to_nobody(hub: DeskHub) -> None:
    (question,) = eve(hub, proven=False)
    (passed,) = eve(hub)
    (back,) = hub.reply(passed, "Hello Eve", sender=ANA)
    _banned(hub, EVE)
    assert eve(hub) == []
    assert eve(hub, proven=False) == []
    assert [to(one) for one in hub.reply(question, "yes", sender=EVE)] == [EVE]  # nothing is left
    assert hub.reply(back, "Thank you", sender=EVE) == []
    _banned(hub, ANA)
    assert hub.reply(passed, "Once more", sender=ANA) == []
    assert not hub.aside()
