"""Members who came from another list server are asked, each in his language, and answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from solicomm_build.desk.ledger import Ledger
from solicomm_build.features.lists.inviting import invite
from solicomm_build.features.lists.reconfirming import ask_to_stay
from solicomm_build.features.migration import migration
from solicomm_build.features.migration.foreign import ForeignList, ForeignMember
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.testing.deskhub import TITLES, DeskHub
from solicomm_build.testing.killing import killed

LANGUAGES = ("en", "fr", "es", "pt", "ar", "ru")
PEOPLE = tuple(
    ForeignMember(f"{lang}@union.example", lang=lang, options={"digest": "daily"})
    for lang in LANGUAGES
)


def brought(hub: DeskHub) -> None:
    source = ForeignList(server="Sympa", name="water", members=PEOPLE)
    with clock.fixed(hub.now):
        migration.take_roster(hub.config, "water", source, sha256="a" * 64)


def asked(hub: DeskHub) -> dict[str, Message]:
    with clock.fixed(hub.now):
        ask_to_stay(hub.config, "water", lambda _done, _total: None)
    mails = [parse(item.raw) for item in hub.sent()]
    return {mail.to[0].addr_spec: mail for mail in mails}


def test_an_import_mails_nobody(hub: DeskHub) -> None:
    brought(hub)
    assert hub.work() == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_is_asked_in_his_language_and_an_answer_confirms(hub: DeskHub, lang: str) -> None:
    brought(hub)
    mails = asked(hub)
    assert len(mails) == len(LANGUAGES)
    mail = mails[f"{lang}@union.example"]
    assert mail.language == lang
    assert TITLES[lang] in mail.text
    wish = i18n.gettext(lang, "Do you want to go on getting its mail?")
    assert wish in " ".join(mail.text.split())
    assert list(hub.roster.subscribers("water")) == []
    (welcome,) = hub.reply(mail, sender=f"{lang}@union.example")
    assert welcome.to[0].addr_spec == f"{lang}@union.example"
    ((member, options),) = hub.roster.subscribers("water")
    assert member.address == f"{lang}@union.example"
    assert options == {"digest": "daily"}, "what was set there is kept"
    assert hub.roster.source("water", member.address) == "mail"


def test_asking_again_the_same_day_mails_nobody_and_later_only_who_has_not_answered(
    hub: DeskHub,
) -> None:
    brought(hub)
    hub.reply(asked(hub)["en@union.example"], sender="en@union.example")
    assert asked(hub) == {}
    hub.now = hub.now.replace(day=hub.now.day + 2)
    assert set(asked(hub)) == {f"{lang}@union.example" for lang in LANGUAGES if lang != "en"}


@pytest.mark.parametrize("point", ["after-staged", "after-plan", "after-roster", "after-out"])
def test_killed_and_run_again_each_is_asked_once(hub: DeskHub, point: str) -> None:
    brought(hub)
    assert killed(lambda: asked(hub), f"desk.{point}:1")
    assert set(asked(hub)) == {f"{lang}@union.example" for lang in LANGUAGES}
    assert asked(hub) == {}
    assert hub.work() == []


def test_each_is_asked_although_others_write_to_the_roster_just_then(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As bounces do, which wait for nobody."""
    write, meanwhile = Ledger._write, [91, 92]

    def writing(ledger: Ledger, path: Path, facts: dict[str, Any]) -> None:
        write(ledger, path, facts)
        if meanwhile:
            hub.member(meanwhile.pop(), f"{len(meanwhile)}@x.example")

    brought(hub)
    monkeypatch.setattr(Ledger, "_write", writing)
    assert set(asked(hub)) == {f"{lang}@union.example" for lang in LANGUAGES}
    assert meanwhile == []
    assert asked(hub) == {}


@pytest.mark.parametrize("point", ["after-staged", "after-plan", "after-roster", "after-out"])
def test_killed_and_run_again_somebody_is_invited_once(hub: DeskHub, point: str) -> None:
    def invited() -> None:
        with clock.fixed(hub.now):
            invite(hub.config, "board", [Mailbox("Ben", "ben@union.example")])

    assert killed(invited, f"desk.{point}:1")
    for _ in range(2):
        invited()
    assert [item.envelope.rcpt_tos for item in hub.work()] == [("ben@union.example",)]


def test_who_says_no_is_not_confirmed_and_who_joins_is(hub: DeskHub) -> None:
    brought(hub)
    hub.reply(asked(hub)["en@union.example"], "no", sender="en@union.example")
    assert list(hub.roster.subscribers("water")) == []
    (question,) = hub.ask("water-join", sender="fr@union.example", name="Fr")
    hub.reply(question, sender="fr@union.example")
    assert [one.address for one, _ in hub.roster.subscribers("water")] == ["fr@union.example"]


def test_who_asks_for_mail_is_confirmed(hub: DeskHub) -> None:
    brought(hub)
    hub.ask("water-request", "set mail on", sender="en@union.example", name="En")
    assert [one.address for one, _ in hub.roster.subscribers("water")] == ["en@union.example"]


def test_there_must_be_a_list(hub: DeskHub) -> None:
    with pytest.raises(HubError, match="no conference or list fire"):
        ask_to_stay(hub.config, "fire", lambda _done, _total: None)
