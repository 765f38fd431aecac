"""All that a word does by mail has its place on the web: docs/howto/by-mail.md says where."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import solicomm_build
from solicomm_build.desk import commands, limits, vocabulary
from solicomm_build.desk import hooks as desk
from solicomm_build.features.following import words as following
from solicomm_build.features.lists import wishforms
from solicomm_build.foundation import hooks
from solicomm_build.people.membership import OPTIONS

ROOT = Path(solicomm_build.__file__).parents[1]
TEXT = (ROOT / "docs" / "howto" / "by-mail.md").read_text("utf-8")
MEMBER = (ROOT / "docs" / "howto" / "member.md").read_text("utf-8")
_ROW = re.compile(r"^\| `([\w-]+)` \| (.+) \|$", re.MULTILINE)
WORDS, _, ADDRESSES = TEXT.partition("## Each word, and where")[2].partition("## Each address")
ROWS = dict(_ROW.findall(WORDS))
ELSE = dict(_ROW.findall(ADDRESSES))
SECTIONS = {section.name for some in hooks.each("web", "MINE") for section in some}


def test_every_word_has_a_place_and_no_other_is_named() -> None:
    known = {*vocabulary.commands(), *desk.commands(), *following.WORDS}
    assert set(ROWS) == known


def test_every_kind_of_address_that_does_something_has_a_place_or_says_that_it_has_none() -> None:
    assert set(ELSE) == set(map(str, desk.acts()))


@pytest.mark.parametrize("address", sorted(ELSE))
def test_what_an_address_does_is_in_a_section_that_there_is(address: str) -> None:
    places = re.findall(r"/members/(\w+)/", ELSE[address])
    assert set(places) <= SECTIONS
    assert (
        places
        or "page" in ELSE[address]
        or "by mail only" in ELSE[address]
        or "`/" in ELSE[address]
    )


@pytest.mark.parametrize("word", sorted(ROWS))
def test_its_place_is_a_section_that_there_is(word: str) -> None:
    places = re.findall(r"/members/(\w+)/", ROWS[word])
    assert set(places) <= SECTIONS
    assert places or "/" in ROWS[word] or "page" in ROWS[word] or word in ("confirm", "stop")


def test_every_option_has_a_field_on_the_page_of_a_list() -> None:
    """What `set` can do, a form of My hub can: each option, and each value that it may have. The
    language is one for all lists."""
    for name, values in OPTIONS.items():
        for value in values:
            sent = {"how": value if name in ("mail", "digest") else "each", name: value}
            before = {name: next((one for one in values if one != value), "")}
            if name == "mail":
                sent["how"] = {"on": "each"}.get(value, value)
            if name == "digest":
                sent["how"] = {"none": "each"}.get(value, value)
            assert wishforms.for_all(before, sent), (name, value)
    for name, value in {"zone": "Africa/Nairobi", "max": "5", "topics": "wages"}.items():
        assert wishforms.for_all({}, {name: value}), name
    free = {name for name, values in OPTIONS.items() if not values}
    assert free == {"zone", "max", "topics", "lang", "paused"}


def test_the_page_for_members_has_no_command_on_it() -> None:
    words = {
        word
        for words in (*vocabulary.commands().values(), *following.WORDS.values())
        for word in words["en"]
    }
    said = {code.split()[0] for code in re.findall(r"`([^`]+)`", MEMBER)}
    assert said & words == set()


def test_how_often_ones_data_comes_is_said_alike_everywhere() -> None:
    assert limits.DATA.most == 5
    assert "`mydata` (five times a day)" in TEXT
    privacy = (ROOT / "docs" / "howto" / "privacy.md").read_text("utf-8")
    assert "to the confirmed address only and at most five times a day" in " ".join(privacy.split())


def test_the_words_for_mail_after_a_migration_are_words_that_we_read() -> None:
    text = (ROOT / "docs" / "howto" / "migrate.md").read_text("utf-8")
    said = re.search(r"they can ask for it again by mail \(`([^`]+)`\)", text)
    assert said is not None
    assert commands.one(said[1]) == commands.Command("set", ("mail", "on"), "en")
