"""A list whose mail all waits, turned on and off by mail and by the shell."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solicomm_build.desk import vocabulary
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest import holding as moderation
from solicomm_build.ingest.hubstores import HubStores
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import rosterevents
from solicomm_build.people.membership import STANDINGS
from solicomm_build.people.memberstore import hold_everything
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import NOW, DeskHub

LANGUAGES = ("en", "fr", "es", "pt", "ar", "ru")


def held(hub: DeskHub, number: int) -> None:
    """A stranger's post, who said that he wrote it, through ingest."""
    hub.now += timedelta(seconds=1)
    raw = smallhub.mail(msgid=f"<{number}@x.example>", sender="Eve <eve@x.example>")
    raw = raw.replace(b"bar@hub", b"water@hub")
    item = smallhub.item(raw, "water@hub.example", mail_from="eve@x.example", proved=True)
    item = replace(item, envelope=replace(item.envelope, received_at=hub.now))
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put([item])
        ingest(hub.config, once=True, log=maillog.to_nobody())


def posts(hub: DeskHub) -> int:
    return len(smallhub.files(hub.config.conference_repo("water"), "topics"))


def asked_of(hub: DeskHub, address: str) -> list[Message]:
    mails = [parse(item.raw) for item in hub.work()]
    return [mail for mail in mails if mail.to[0].addr_spec == address]


def _word(lang: str, value: str) -> str:
    name = vocabulary.shown(vocabulary.commands(), "emergency", lang)
    return f"{name} {vocabulary.shown(vocabulary.VALUES, value, lang)}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_moderators_turn_it_on_and_off_in_every_language(hub: DeskHub, lang: str) -> None:
    hub.member(1, "ana@union.example", "water", role="moderator", lang=lang)
    (told,) = hub.ask("water-request", _word(lang, "on"))
    assert hub.roster.is_emergency("water")
    assert _word(lang, "off") in told.text, "it says how to end it"
    hub.ask("water-request", _word(lang, "off"))
    assert not hub.roster.is_emergency("water")


def test_nobody_else_can(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    hub.member(2, "mod@union.example", "board", role="moderator")
    for sender in ("ana@union.example", "mod@union.example", "eve@x.example"):
        (told,) = hub.ask("water-request", "emergency on", sender=sender)
        assert "Only moderators can do that" in told.text
    hub.member(3, "own@union.example", "water", role="host")
    (asked,) = hub.ask("water-request", "emergency on", sender="own@union.example", proven=False)
    assert "-confirm+" in (asked.field("Reply-To") or ""), "a From field alone turns nothing on"
    assert not hub.roster.is_emergency("water")


def test_without_a_word_it_says_what_there_is(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water", role="moderator")
    (told,) = hub.ask("water-request", "emergency")
    assert "emergency on\n" in told.text
    (told,) = hub.ask("water-request", "help")
    assert "emergency on" in told.text


def test_everything_waits_while_it_lasts(hub: DeskHub) -> None:
    hub.member(1, "mod@union.example", "water", role="moderator")
    hub.note(rosterevents.standing("water", "eve@x.example", STANDINGS[0], at=NOW, by="test"))
    held(hub, 1)
    assert posts(hub) == 1
    hold_everything(hub.config, "water", on=True)
    held(hub, 2)
    assert (posts(hub), [one.rule for one in moderation.list_held(hub.config)]) == (
        1,
        ["emergency"],
    )


def test_moderators_are_not_asked_while_the_dns_may_still_answer(hub: DeskHub) -> None:
    hub.member(1, "mod@union.example", "water", role="moderator")
    held(hub, 1)
    mail = HubStores(hub.config).mail
    (one,) = mail.held()
    mail.begin()
    mail.hold(
        "water",
        one.mid,
        mail.held_raw("water", one.mid) or b"",
        {
            **one.facts,
            "rule": "dns-silent",
        },
    )
    mail.checkpoint("Test", when=NOW)
    mail.close()
    assert asked_of(hub, "mod@union.example") == []
    hub.now += timedelta(hours=4, minutes=1)
    (asked,) = asked_of(hub, "mod@union.example")
    assert "name service" in asked.text
