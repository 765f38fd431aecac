"""What is said of a setting is so: also to who has paused, gets nothing, or was brought here."""

from __future__ import annotations

import pytest

from solicomm_build.desk import vocabulary
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people import rosterevents
from solicomm_build.testing.deskhub import DeskHub
from tests.unit.desk.test_option_dialogues import post

ANA = "ana@union.example"
EACH = "From now on each message comes to you by itself."


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("mail", "so"),
    [("off", "Nothing comes to you by mail."), ("answers", "Only answers come to you:")],
)
def test_the_end_of_a_digest_promises_no_single_messages(hub: DeskHub, mail: str, so: str) -> None:
    hub.member(1, ANA, "water", lang="en", mail=mail, digest="daily")
    (told,) = hub.ask("water-request", "set digest off")
    assert EACH not in flat(told.text)
    assert so in flat(told.text)
    assert hub.roster.subscriptions["water"][1] == {"mail": mail}


@pytest.mark.parametrize("lang", ["en", "fr", "es", "pt", "ar", "ru"])
@pytest.mark.parametrize("words", ["set mail on", "set digest weekly", "set digest off"])
def test_who_has_paused_hears_that_nothing_comes_before_its_end(
    hub: DeskHub, words: str, lang: str
) -> None:
    hub.member(1, ANA, "water", lang=lang, digest="daily")
    (paused,) = hub.ask("water-request", "pause")
    (told,) = hub.ask("water-request", words)
    word = vocabulary.shown(vocabulary.COMMANDS, "resume", lang)
    said = gettext(
        lang,
        "Nothing comes to you from here now. When you want its mail again, send us the word "
        "“%(word)s”: then you also get what you missed.",
        word=word,
    )
    assert flat(said) in flat(paused.text)
    assert flat(said) in flat(told.text)
    assert hub.roster.subscriptions["water"][1]["paused"]


@pytest.mark.parametrize("words", ["set digest off", "set mail answers"])
def test_who_gets_no_mail_since_it_came_back_hears_so(hub: DeskHub, words: str) -> None:
    hub.member(1, ANA, "water", lang="en", digest="daily")
    hub.note(rosterevents.state(1, "disabled", at=hub.now, by="bounces", conference="water"))
    (told,) = hub.ask("water-request", words)
    assert "Mail came back from your mailbox, so nothing comes to you now." in flat(told.text)
    assert "set mail on: get mail again" in flat(told.text)
    (told,) = hub.ask("water-request", f"set mail on\n{words}")
    assert "Mail came back" not in told.text


def test_who_was_brought_by_a_migration_hears_how_mail_comes(hub: DeskHub) -> None:
    hub.member(1, ANA, "water", lang="en", digest="daily")
    hub.note(rosterevents.state(1, "unconfirmed", at=hub.now, by="migration", conference="water"))
    (told,) = hub.ask("water-request", "set digest off")
    assert "Nothing comes yet: you have not said that you want to stay." in flat(told.text)
    assert "set mail on: get mail again" in flat(told.text)
    assert hub.roster.state(1, "water").state == "unconfirmed"
    (told,) = hub.ask("water-request", "set mail on")
    assert "Nothing comes yet" not in flat(told.text)
    assert hub.roster.state(1, "water").state == "active"


@pytest.mark.parametrize(
    ("mail", "so"),
    [("off", "Nothing comes to you by mail."), ("answers", "Only answers come to you:")],
)
def test_the_end_of_a_pause_promises_no_more_than_comes(hub: DeskHub, mail: str, so: str) -> None:
    hub.member(1, ANA, "water", lang="en", mail=mail)
    hub.member(2, "mo@union.example", "water")
    hub.ask("water-request", "pause")
    post(hub, 1)
    (told,) = hub.ask("water-request", "resume")
    assert "What is written here comes to you again" not in flat(told.text)
    assert so in flat(told.text)
    assert "paused" not in hub.roster.subscriptions["water"][1]


@pytest.mark.parametrize("line", ["set max ١٠", "set max １０", "set max: 10.", "ضبط max ۱۰"])
def test_max_in_the_digits_of_who_writes(hub: DeskHub, line: str) -> None:
    hub.member(1, "ana@union.example", "water")
    hub.ask("water-request", line)
    assert hub.roster.subscriptions["water"][1] == {"max": "10/day"}


def test_a_list_is_named_with_marks_around_it(hub: DeskHub) -> None:
    hub.member(1, "ana@union.example", "water")
    (told,) = hub.ask("solicomm", "Hola,\n\nbaja «water».\n\nSaludos, Ana")
    assert 1 not in hub.roster.subscriptions["water"]
    assert told.subject
