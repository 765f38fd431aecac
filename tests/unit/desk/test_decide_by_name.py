"""`decide accept abcd2345`: a moderator decides by a mail to the list, without a notice at hand."""

from __future__ import annotations

import json

import pytest

from solicomm_build.foundation.types import post_id
from solicomm_build.message.values import Message
from solicomm_build.people import rosterevents
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub
from tests.unit.desk.test_moderation_mail import decided, held, letters, staffed, work

__all__ = ["staffed"]

MID = post_id("1@x.example")


@pytest.mark.parametrize("about", [MID, MID[:6], MID[:10].upper()])
def test_a_moderator_names_the_message_by_its_first_letters(staffed: DeskHub, about: str) -> None:
    held(staffed, 1)
    letters(staffed)
    staffed.send("water-request", f"decide accept {about}\n", sender="mod@union.example")
    (answer,) = letters(staffed)
    assert "Strike 1" in answer.text
    assert decided(staffed)["1"].by == "member:1"


def test_words_after_it_go_to_the_author_up_to_the_signature(staffed: DeskHub) -> None:
    held(staffed, 1)
    text = f"rechazar {MID}\n"
    staffed.send(
        "water-request",
        f"decidir {text}\nEscriba primero a su sección.\n\n-- \nJu\n",
        sender="mo2@union.example",
    )
    letters(staffed)
    assert decided(staffed)["1"].text == "Escriba primero a su sección."


@pytest.mark.parametrize("words", ["decide", "decide maybe", f"decide {MID}", "decide accept"])
def test_what_is_not_clear_decides_nothing_and_is_told(staffed: DeskHub, words: str) -> None:
    held(staffed, 1)
    letters(staffed)
    staffed.send("water-request", words, sender="mod@union.example")
    (answer,) = letters(staffed)
    assert "decide accept abcd2345" in answer.text
    assert decided(staffed) == {}


def test_who_moderates_since_a_request_to_join_decides_about_it(hub: DeskHub) -> None:
    hub.member(1, "mod@union.example", "board", role="moderator")
    (asked,) = hub.ask("board-join")
    hub.reply(asked)
    hub.note(rosterevents.role("board", 1, "", at=hub.now, by="test"))
    hub.member(2, "mo2@union.example", "board", role="moderator")
    decide = "decide accept ana@union.example"
    answers = hub.ask("board-request", decide, sender="mod@union.example")
    assert any("Only moderators" in one.text for one in answers)
    welcome, done = hub.ask("board-request", decide, sender="mo2@union.example")
    assert welcome.to[0].addr_spec == "ana@union.example"
    assert "is on the list now:\n    ana@union.example" in done.text
    number = hub.roster.member("ana@union.example").number  # type: ignore[union-attr]
    assert hub.roster.subscriptions["board"].keys() == {1, 2, number}
    (told,) = hub.ask("board-request", decide, sender="mo2@union.example")
    assert "does not wait" in told.text


@pytest.mark.parametrize("place", ["board", "*"])
@pytest.mark.parametrize("by_name", [True, False])
def test_who_was_banned_since_a_request_is_not_brought_in(
    hub: DeskHub, place: str, by_name: bool
) -> None:
    mod, ana = "mod@union.example", "ana@union.example"
    hub.member(1, mod, "board", role="moderator")
    (asked,) = hub.ask("board-join")
    notice = next(one for one in hub.reply(asked) if one.to[0].addr_spec == mod)
    hub.note(rosterevents.standing(place, ana, "banned", at=hub.now, by="test"))
    if by_name:
        told = hub.ask("board-request", f"decide accept {ana}", sender=mod)
    else:
        told = hub.reply(notice, "accept", sender=mod)
    assert [one.to[0].addr_spec for one in told] == [mod]
    assert "decided already" in told[0].text
    assert hub.roster.subscriptions["board"].keys() == {1}


@pytest.mark.parametrize("about", ["a", "zzzzzz", "zz@x.example"])
def test_what_does_not_wait_is_told(staffed: DeskHub, about: str) -> None:
    held(staffed, 1)
    letters(staffed)
    staffed.send("water-request", f"decide accept {about}", sender="mod@union.example")
    assert len(letters(staffed)) == 1
    assert decided(staffed) == {}


def test_who_is_no_moderator_learns_nothing_of_what_waits(staffed: DeskHub) -> None:
    staffed.member(7, "ana@union.example", "water")
    said = []
    for about in (MID, "zzzzzzzz", "eve@x.example"):
        held(staffed, 1)
        letters(staffed)
        staffed.send("water-request", f"decide accept {about}")
        said.append([mail.text for mail in letters(staffed)])
    assert said[0] == said[1] == said[2]
    assert decided(staffed) == {}


def test_without_proof_the_moderator_is_asked_first(staffed: DeskHub) -> None:
    held(staffed, 1)
    letters(staffed)
    staffed.send("water-request", f"decide discard {MID}", sender="mod@union.example", proven=False)
    (question,) = letters(staffed)
    assert question.to[0].addr_spec == "mod@union.example"
    assert decided(staffed) == {}


def told_of(staffed: DeskHub) -> list[Message]:
    """What goes out when the desk and ingest have done everything."""
    found = letters(staffed)
    work(staffed)
    return found + letters(staffed)


def test_a_no_that_is_taken_back_is_told_to_its_author_and_may_be_said_again(
    staffed: DeskHub,
) -> None:
    held(staffed, 1)
    letters(staffed)
    mod = "mod@union.example"
    for reason in ("Too long.", "Still too long."):
        staffed.send("water-request", f"decide reject {MID}\nstop\n{reason}\n", sender=mod)
        told = [mail for mail in told_of(staffed) if "eve@x.example" in mail.to[0].addr_spec]
        assert [reason in mail.text for mail in told] == [True]
        staffed.send("water-request", f"decide undo {MID[:8]}\nstop\nA wrong press\n", sender=mod)
        told = told_of(staffed)
        assert sorted(mail.to[0].addr_spec for mail in told) == ["eve@x.example", mod]
        (author,) = [mail for mail in told if mail.to[0].addr_spec == "eve@x.example"]
        assert author.subject == "Your message to Water for all waits again"
        assert author.in_reply_to == ("1@x.example",)
        assert mod not in author.text
        assert decided(staffed) == {}
    files = smallhub.files(staffed.config.mail_repo, "held")
    facts = next(blob for path, blob in files.items() if path.endswith(".json"))
    assert json.loads(facts)["again_at"]
    assert told_of(staffed) == [], "nobody is told twice that it waits"


def test_what_is_not_there_is_not_taken_back(staffed: DeskHub) -> None:
    held(staffed, 1)
    letters(staffed)
    for about in (MID, "zzzzzzzz", "zz"):
        staffed.send("water-request", f"decide undo {about}", sender="mod@union.example")
        assert len(letters(staffed)) == 1
    assert decided(staffed) == {}
