"""What a voter's line means: a vote, or nothing; never a guess."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations

import pytest

from solicomm_build.features.polls.values import pollterms
from solicomm_build.features.polls.values.poll import POSITIONS, Option, Poll
from solicomm_build.features.polls.values.pollwords import (
    AMBIGUOUS,
    UNDO,
    WORDS,
    Unclear,
    Undo,
    Vote,
    read,
)
from solicomm_build.foundation import i18n

CLOSES = datetime(2026, 12, 1, tzinfo=UTC)
PROPOSAL = Poll("q-5f3a", {"en": "?"}, "proposal", tuple(map(Option, POSITIONS)), CLOSES)


def _poll(kind: str, *labels: str) -> Poll:
    options = tuple(Option(str(n), {"en": label}) for n, label in enumerate(labels, 1))
    return Poll("q-5f3a", {"en": "?"}, kind, options, CLOSES)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("yes", "agree"),
        ("Oui.", "agree"),
        ("sí", "agree"),
        ("SIM!", "agree"),
        ("نعم", "agree"),
        ("да", "agree"),
        ("Да!", "agree"),
        ("موافق", "agree"),
        ("أوافق", "agree"),
        ("no", "disagree"),
        ("non", "disagree"),
        ("não", "disagree"),
        ("nao", "disagree"),
        ("لا", "disagree"),
        ("нет", "disagree"),
        ("abstain", "abstain"),
        ("Je m’abstiens", "abstain"),
        ("me abstengo", "abstain"),
        ("block", "block"),
        ("bloqueio", "block"),
        ("вето", "block"),
        ("1", "agree"),
        ("2.", "abstain"),
        ("3)", "disagree"),
        ("٤", "block"),
        ("۱", "agree"),
        ("१", "agree"),
        ("#2", "abstain"),
        ("1. Agree", "agree"),
        ("2 - abstention", "abstain"),
        ("\u200f١\u200f", "agree"),
        ("\u00a01\u00a0", "agree"),
        ("*1*", "agree"),
        ("[2]", "abstain"),
    ],
)
def test_a_vote_in_a_proposal(line: str, key: str) -> None:
    assert read(PROPOSAL, line) == Vote((key,))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "empty"),
        ("  \u200f ", "empty"),
        ("si", "ambiguous"),
        ("Si.", "ambiguous"),
        ("da", "ambiguous"),
        ("на", "ambiguous"),
        ("1 2", "too-many"),
        ("5", "no-such"),
        ("0", "no-such"),
        ("1. disagree", "text"),
        ("Yes, but only if", "text"),
        ("1 thing I want to say", "text"),
        ("24.11.2026", "text"),
        ("12:30", "text"),
        ("yes no", "text"),
        ("1?", "text"),
        ("yes?", "text"),
        ("Thanks", "text"),
        ("²", "text"),
        ("-1", "text"),
        ("1.5", "no-such"),
        ("y" * 500, "text"),
    ],
)
def test_no_vote(line: str, why: str) -> None:
    found = read(PROPOSAL, line)
    assert isinstance(found, Unclear)
    assert found.why == why


def test_lists_of_numbers() -> None:
    ranked = _poll("ranked", "Yes", "No", "Later")
    for line in ("2 1 3", "2,1,3", "2, 1, 3", "2 > 1 > 3", "2;1;3", "٢ ١ ٣", "٢، ١، ٣"):
        assert read(ranked, line) == Vote(("2", "1", "3")), line
    assert read(ranked, "2") == Vote(("2",))
    assert read(ranked, "2 2") == Unclear("twice", "2 2")
    assert read(ranked, "213") == Unclear("text", "213")
    approval = _poll("approval", "A", "B", "C")
    assert read(approval, "1 3") == Vote(("1", "3"))
    assert read(_poll("choice", "A", "B", "C"), "1 3") == Unclear("too-many", "1 3")


def test_labels_are_votes_and_words_that_mean_them_in_other_languages() -> None:
    choice = _poll("choice", "Yes", "No", "Later, perhaps")
    assert read(choice, "later, perhaps") == Vote(("3",))
    assert read(choice, "oui") == Vote(("1",))
    assert read(choice, "нет") == Vote(("2",))
    assert read(choice, "abstain") == Unclear("text", "abstain")


def test_a_label_that_two_options_have_is_asked_back() -> None:
    options = (
        Option("1", {"en": "Mon", "fr": "Le mien"}),
        Option("2", {"en": "Mine", "fr": "Mon"}),
    )
    poll = Poll("q-5f3a", {"en": "?"}, "choice", options, CLOSES)
    assert read(poll, "mon") == Unclear("ambiguous", "mon")
    assert read(poll, "mine") == Vote(("2",))


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_what_letters_show_is_a_vote(lang: str) -> None:
    for number, key in enumerate(POSITIONS, 1):
        shown, _ = pollterms.label(PROPOSAL, key, lang)
        assert read(PROPOSAL, shown) == Vote((key,)), shown
        assert read(PROPOSAL, f"{number}. {shown}") == Vote((key,)), shown


def test_undo_in_every_language() -> None:
    for words in UNDO.values():
        for word in words:
            assert read(PROPOSAL, f"{word.upper()}.") == Undo()


def test_no_word_means_two_positions() -> None:
    found = {
        name: {read_as for words in by.values() for read_as in words} for name, by in WORDS.items()
    }
    for a, b in combinations(found, 2):
        assert not found[a] & found[b]
    for name, words in found.items():
        for word in words - AMBIGUOUS:
            assert read(PROPOSAL, word) == Vote((name,)), word


@pytest.mark.parametrize(
    ("line", "lang", "key"),
    [
        ("Oui !", "fr", "agree"),
        ("Oui\u202f!", "fr", "agree"),
        ("si", "es", "agree"),
        ("Si, gracias", "es", "agree"),
        ("si", "fr", "agree"),
        ("да", "", "agree"),
        ("da", "ru", "agree"),
        ("👍", "", "agree"),
        ("👍🏾", "", "agree"),
        ("👎", "", "disagree"),
        ("Yes, I want to join :)", "en", "agree"),
        ("yes please", "en", "agree"),
        ("Yes 👍", "en", "agree"),
        ("No, thank you", "en", "disagree"),
        ("Sim, por favor!", "pt", "agree"),
        ("Нет, спасибо", "ru", "disagree"),
        ("Option 2", "en", "abstain"),
        ("opción 2", "es", "abstain"),
        ("Choix n° 2", "fr", "abstain"),
        ("вариант 2.", "ru", "abstain"),
        ("خيار ٢", "ar", "abstain"),
        ("no. 3", "en", "disagree"),
    ],
)
def test_people_vote_in_their_own_way(line: str, lang: str, key: str) -> None:
    assert read(PROPOSAL, line, lang) == Vote((key,))


@pytest.mark.parametrize(
    "line",
    [
        "Yes, but only if the others do",
        "Yes, if it costs nothing",
        "Yes, or no",
        "No, yes",
        "Sí, pero no ahora",
        "Oui, sauf en mars",
        "Да, если все",
        "Yes? I think",
        "Yes, 3",
        "Yes, I would have said so last year, and today we have to talk about it first I think",
        "Maybe :)",
        ":)",
        "Option 9",
        "si",
        "Yes, never",
        "نعم، بشرط",
    ],
)
def test_who_doubts_or_says_more_is_asked_back(line: str) -> None:
    assert isinstance(read(PROPOSAL, line, "en"), Unclear)
