"""Text to terms: scripts, stop words, stems, bigrams, and what is no word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import stopwordsiso
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.features.search.engine import analyser, stopwords
from solicomm_build.features.search.engine.analyser import Analyser, fold, latin, normalise

DATA = Path(__file__).parents[2] / "data" / "search"


def golden() -> list[tuple[str, str, list[str]]]:
    found = json.loads((DATA / "analyser.json").read_text("utf-8"))
    return [(case["lang"], case["text"], case["terms"]) for case in found]


@pytest.mark.parametrize(("lang", "text", "terms"), golden())
def test_golden_vectors(lang: str, text: str, terms: list[str]) -> None:
    assert Analyser(lang).terms(text) == terms


@pytest.mark.parametrize(
    ("tag", "lang"),
    [
        ("en-GB", "en"),
        ("FR", "fr"),
        ("pt-br", "pt"),
        ("ru", "en"),
        ("ar-EG", "en"),
        ("ja", "en"),
        ("de", ""),
        ("", ""),
        ("english", ""),
    ],
)
def test_latin_language_of_a_tag(tag: str, lang: str) -> None:
    assert latin(tag) == lang


@pytest.mark.parametrize(
    "pair",
    [
        ("Réunion", "reunion"),
        ("ÉTÉ", "été"),
        ("ＡＢＣ", "abc"),
        ("ﬁn", "fin"),
        ("Σίσυφος", "σίσυφοσ"),
        ("елка", "ёлка"),
        ("العمّـــال", "العمال"),
        ("e\u0301", "é"),
        ("①", "1"),
    ],
)
def test_what_people_write_differently_is_the_same(pair: tuple[str, str]) -> None:
    one, other = (fold(normalise(text)) for text in pair)
    assert one == other


@pytest.mark.parametrize("pair", [("año", "ano"), ("мой", "мои")])
def test_letters_that_make_another_word_stay(pair: tuple[str, str]) -> None:
    one, other = (fold(normalise(text)) for text in pair)
    assert one != other


def test_stop_words_are_a_selection_from_the_long_lists() -> None:
    for lang, words in stopwords.BY_LANGUAGE.items():
        strange = words - stopwordsiso.stopwords(lang)
        assert len(strange) <= 0.1 * len(words), strange


def test_words_that_members_look_for_are_no_stop_words() -> None:
    looked_for = {
        "en": "work group support wages",
        "fr": "force personne travail grève",
        "es": "trabajo paro",
        "pt": "apoio grupo valor greve",
        "ru": "война народ работа",
        "ar": "عام إضراب",
    }
    for lang, words in looked_for.items():
        assert not [word for word in words.split() if analyser.is_stop_word(word, lang)]


def test_the_shared_list_is_the_one_in_use() -> None:
    shared = json.loads((DATA / "stopwords.json").read_text("utf-8"))
    assert {lang: set(words.split()) for lang, words in shared.items()} == analyser.STOP_WORDS


def test_a_token_of_480000_characters_is_no_word() -> None:
    text = "before " + "x" * 480_000 + " after"
    assert Analyser("en").terms(text, limit=500_000) == ["befor"]  # "after" is a stop word
    assert Analyser("en").terms("x" * 64) == ["x" * 64]
    assert Analyser("en").terms("x" * 65) == []


def test_a_long_text_is_read_up_to_the_limit() -> None:
    text = "strike " * 3_000_000  # 20 MB
    assert len(Analyser("en").terms(text)) == analyser.MAX_BODY // len("strike ") + 1


@given(st.text(max_size=200), st.sampled_from(("", *analyser.LATIN)))
def test_any_text_gives_terms_that_can_be_kept(text: str, lang: str) -> None:
    for term in Analyser(lang).terms(text):
        assert 0 < len(term) <= 3 * analyser.MAX_TERM  # folding may take a letter apart
        assert not any(c.isspace() for c in term)


@given(st.text(max_size=80))
def test_normalising_twice_is_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
