"""What moderators' mails to topics ask for."""

from __future__ import annotations

import pytest

from solicomm_build.features.topics import commands as topiccommands
from solicomm_build.features.topics import words as topicwords
from solicomm_build.features.topics.commands import Order, Wrong, language, one, read, reference
from solicomm_build.post import event
from solicomm_build.post.ownwords import plain

POST = "q7" + "a" * 30
TOPIC = "abcdefghijklmnopqrstuvwxyz234567"
LINK = f"https://hub.example/conferences/water/t/{TOPIC}/#{POST}"


def acts(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    script = read(text)
    assert script.is_whole, script
    return [(order.act, order.about, order.words) for order in script.orders]


def test_every_word_means_one_thing_in_all_languages() -> None:
    meanings: dict[str, set[str]] = {}
    for act, by_language in topicwords.ACTS.items():
        assert set(by_language) == {"en", "fr", "es", "pt", "ar", "ru"}
        for words in by_language.values():
            for word in words:
                meanings.setdefault(plain(word), set()).add(act)
    assert {word: found for word, found in meanings.items() if len(found) > 1} == {}
    assert set(topicwords.ACTS) == set(event.FORMS) - {"alias"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pin", ("pin", "", ())),
        ("Épingler.", ("pin", "", ())),
        ("epingler", ("pin", "", ())),
        ("إلغاء التثبيت", ("unpin", "", ())),
        ("ЗАКРЫТЬ", ("close", "", ())),
        ("открыть снова", ("reopen", "", ())),
        ("retitle Water:  the new agreement", ("retitle", "", ("Water: the new agreement",))),
        ("label water, +wages -old", ("label", "", ("water", "+wages", "-old"))),
        ("метки вода", ("label", "", ("вода",))),
        ("move organising", ("move", "organising", ())),
        ("mover organising@hub.example", ("move", "organising", ())),
        ("move https://hub.example/conferences/organising/", ("move", "organising", ())),
        (f"merge {TOPIC}", ("merge", TOPIC, ())),
        (f"merge water+t-{TOPIC}@hub.example", ("merge", TOPIC, ())),
        (f"fusionner https://hub.example/conferences/water/t/{TOPIC}/", ("merge", TOPIC, ())),
        (f"split {LINK}", ("split", POST, ())),
        (f"hide {LINK} names somebody", ("hide", POST, ("names somebody",))),
        (f"hide #{POST}", ("hide", POST, ())),
        ("hide <1@union.example>", ("hide", "1@union.example", ())),
        ("unhide", ("unhide", "", ())),
        (f"إظهار {LINK}", ("unhide", POST, ())),
        (f"answer {LINK}", ("answer", POST, ())),
        (f"lang {LINK} fr", ("lang", POST, ("fr",))),
        (f"язык {LINK} французский", ("lang", POST, ("fr",))),
    ],
)
def test_a_command_in_one_line(text: str, wanted: tuple[str, str, tuple[str, ...]]) -> None:
    assert acts(text) == [wanted]


@pytest.mark.parametrize(
    ("line", "fault", "act"),
    [
        ("pin it please", "more", "pin"),
        ("close the window, it is cold", "more", "close"),
        ("retitle", "title", "retitle"),
        ("label", "labels", "label"),
        ("label a/b", "labels", "label"),
        ("move", "place", "move"),
        ("move to organising", "place", "move"),
        ("merge this", "topic", "merge"),
        ("hide this", "post", "hide"),
        ("split", "post", "split"),
        ("answer me", "post", "answer"),
        (f"split {LINK} now", "more", "split"),
        (f"lang {LINK}", "lang", "lang"),
        (f"lang {LINK} two words", "lang", "lang"),
        ("hello", "unknown", ""),
        ("x" * 700, "unknown", ""),
    ],
)
def test_what_is_not_a_whole_command_is_none(line: str, fault: str, act: str) -> None:
    found = one(line)
    assert isinstance(found, Wrong)
    assert (found.fault, found.act) == (fault, act)


def test_commands_end_at_the_signature_a_telephone_and_a_quotation() -> None:
    assert acts("pin\n\nclose\n-- \nAna\nsecretary") == [("pin", "", ()), ("close", "", ())]
    assert acts("pin\n\nSent from my iPhone") == [("pin", "", ())]
    quoted = "pin\n\nOn 3 March 2026, Ana Paz\n<ana@union.example> wrote:\n\n> hello\nnot mine"
    assert acts(quoted) == [("pin", "", ())]
    assert acts("pin\n-----Original Message-----\nFrom: x") == [("pin", "", ())]


def test_a_text_that_only_begins_like_commands_is_not_one_of_them() -> None:
    script = read("pin\nklose")
    assert not script.is_whole
    assert script.begins
    assert [one.line for one in script.wrong] == ["klose"]
    assert not read("Dear all,\npin").orders
    assert not read("pin\n" + "a long text, " * 20).begins
    assert read("") == topiccommands.NOTHING


def test_a_first_line_that_lacks_something_is_told_apart_from_a_text() -> None:
    assert read("label").wrong == (Wrong("label", "labels", "label"),)
    assert not read("label").begins


def test_the_rest_of_a_summary_is_its_text() -> None:
    script = read("pin\nRésumé :\n\nWe agreed.\n\n  * water\n-- \nAna")
    assert [order.act for order in script.orders] == ["pin", "summary"]
    assert script.text == "We agreed.\n\n  * water"
    assert script.is_whole
    assert not script.is_bare
    assert read("summary\n\n").wrong[0].act == "summary"


def test_a_translation_may_name_its_language_or_not() -> None:
    assert read(f"translation {LINK}\n\nBonjour").orders[0] == (
        Order("translation", POST, (), "en", f"translation {LINK}")
    )
    assert read("traduction français\n\nBonjour").orders[0].words == ("fr",)


def test_more_than_ten_commands_are_not_all_taken() -> None:
    assert read("pin\n" * 11).wrong[0].fault == "more"


@pytest.mark.parametrize(
    ("word", "tag"), [("fr", "fr"), ("pt_BR", "pt-BR"), ("Русский", "ru"), ("klingonese", "")]
)
def test_names_of_languages(word: str, tag: str) -> None:
    assert language(word) == tag


@pytest.mark.parametrize(
    ("word", "wanted"),
    [(LINK, POST), (POST.upper(), POST), ("<a@b.example>", "a@b.example"), ("nothing", "")],
)
def test_what_a_word_names(word: str, wanted: str) -> None:
    assert reference(word) == wanted


def test_the_word_of_a_language() -> None:
    assert topicwords.shown("pin", "ar") == "تثبيت"
    assert topicwords.shown("pin", "sw") == "pin"
    assert read("ثبت").language == "ar"
    assert read("pin").language == ""


def test_a_link_on_a_line_of_its_own_belongs_to_the_word_above() -> None:
    """Programs that break lines do so in front of a long link."""
    assert acts(f"pin\nhide\n{LINK} a name\nclose") == [
        ("pin", "", ()),
        ("hide", POST, ("a name",)),
        ("close", "", ()),
    ]
    assert acts(f"إلغاء الدمج\nhttps://hub.example/t/{TOPIC}/") == [("unmerge", TOPIC, ())]
    assert not read(f"pin\n{LINK}").is_whole
    assert read(f"summary\n{LINK}").text == LINK


@pytest.mark.parametrize("text", ["Sent from my phone", "CLOSE!", "désinscription", "Ёлка", ""])
def test_words_are_compared_without_case_and_accents_whatever_their_script(text: str) -> None:
    slow = plain(text + "\u00e9").removesuffix("e")  # no text of ASCII alone
    assert plain(text) == slow
