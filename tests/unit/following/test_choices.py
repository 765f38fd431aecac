"""What comes by mail is chosen by a word in six languages, for a topic and for a whole place."""

from __future__ import annotations

import pytest

from solicomm_build.desk import commands, vocabulary
from solicomm_build.features.following import words
from solicomm_build.features.lists import wishforms
from solicomm_build.foundation import i18n
from solicomm_build.message.parse import parse


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
@pytest.mark.parametrize("choice", wishforms.HOW)
def test_each_way_for_a_whole_place_is_a_word_in_each_language(lang: str, choice: str) -> None:
    off = {"digest": "daily"} if choice == "each" else {}
    (line,) = wishforms.for_how(off, choice)  # what the button on the page sends
    _, option, value = line.split()
    found = commands.one(vocabulary.setting(option, value, lang))
    assert found is not None
    assert found.name == "set"
    english = commands.one(line)
    assert english is not None
    assert english.name == "set"


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
@pytest.mark.parametrize("choice", [words.FOLLOW, words.UNFOLLOW, words.MUTE])
def test_each_wish_about_a_topic_is_a_word_in_each_language(lang: str, choice: str) -> None:
    raw = f"From: ana@x.example\r\nSubject: Re: Shifts\r\n\r\n{words.shown(choice, lang)}\r\n"
    wish = words.read(parse(raw.encode()))
    assert wish is not None
    assert wish.what == choice
