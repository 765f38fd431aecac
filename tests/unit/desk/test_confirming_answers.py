"""Answers to a mail that asks back: a yes, a no, and what is neither for certain."""

from __future__ import annotations

import pytest

from solicomm_build.message.values import Message
from solicomm_build.testing.deskhub import DeskHub

ANA = "ana@union.example"


def asked(hub: DeskHub) -> Message:
    (mail,) = hub.ask("water-join", sender=ANA)
    return mail


def is_on(hub: DeskHub) -> bool:
    return hub.roster.is_listed("water", ANA)


@pytest.mark.parametrize(
    "text",
    ["", "yes please", "Oui !", "sí, gracias", "👍", "ok", "Here I am.\n\n-- \nAna, not there?"],
)
def test_a_yes_in_ones_own_words_joins(hub: DeskHub, text: str) -> None:
    hub.reply(asked(hub), text, sender=ANA)
    assert is_on(hub)


@pytest.mark.parametrize(
    "text",
    [
        "no thanks",
        "No, I did not ask for this.",
        "non merci",
        "нет, спасибо",
        "👎",
        "Not interested",
        "This was not me.",
        "Je refuse",
        "Pas intéressé, merci",
        "No me interesa",
        "Não aceito",
        "Не надо, спасибо",
        "Отказываюсь",
        "أرفض",
        "غير موافق",
        "\u200fلا أوافق، شكرا",
    ],
)
def test_a_no_in_ones_own_words_takes_the_question_back(hub: DeskHub, text: str) -> None:
    mail = asked(hub)
    assert hub.reply(mail, text, sender=ANA) == []
    (spent,) = hub.reply(mail, "yes", sender=ANA)
    assert "Nothing left to confirm" in spent.subject
    assert not is_on(hub)


@pytest.mark.parametrize(
    "text",
    [
        "sí, pero mañana no",
        "yes, if it is free",
        "What is this?",
        "Hello,\n\nyes or no?",
        "I never asked for this",
        "👎 Ana reacted via Gmail",
        "Je refuse cette inscription",
        "Yo no he pedido esto",
        "Я этого не просила",
        "لم يطلب أحد هذا",
    ],
)
def test_a_doubt_is_asked_back_and_the_question_stays(hub: DeskHub, text: str) -> None:
    (back,) = hub.reply(asked(hub), text, sender=ANA)
    assert back.subject == "Yes, or no?"
    assert back.to[0].addr_spec == ANA
    assert not is_on(hub)
    hub.reply(back, "yes", sender=ANA)
    assert is_on(hub)


def test_the_letter_that_asks_back_goes_to_the_address_that_was_asked(hub: DeskHub) -> None:
    mail = asked(hub)
    (back,) = hub.reply(mail, "why?", sender="eve@evil.example", proven=False)
    assert back.to[0].addr_spec == ANA
    assert not is_on(hub)
