"""`decide accept abcd2345`: a moderator decides by a mail to the list, without a notice at hand."""

from __future__ import annotations

import pytest

from solicomm_build.foundation.types import post_id
from solicomm_build.testing.deskhub import DeskHub
from tests.unit.desk.test_moderation_mail import decided, held, letters, staffed

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
