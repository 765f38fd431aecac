"""`find words` by mail: the best of what is public, as the page finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.search.engine.document import Document
from solicomm_build.foundation.i18n import gettext
from solicomm_build.testing import searching
from solicomm_build.testing.deskhub import DeskHub


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    return DeskHub(tmp_path / "hub")


def _publish(hub: DeskHub, *documents: Document) -> None:
    root = hub.config.public / "search" / "index"
    for path, data in searching.files_of(documents).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)


def _strike(number: int, place: str = "conferences/water") -> Document:
    text = f"We stop work at the pumps, day {number}. " + "More words. " * number
    return searching.document(
        text, f"Strike {number}", "Ana", place=place, url=f"t/x/#{number}", time=86_400 * number
    )


def test_the_ten_best_at_a_list_s_address(hub: DeskHub) -> None:
    _publish(hub, *map(_strike, range(12)))
    (told,) = hub.ask("water-request", "find strikes pumps")
    assert "12 texts have these words" in told.text
    assert told.text.count("hub.example/conferences/water/t/x/#") == 10
    assert told.text.index("Strike 0") < told.text.index("Strike 8")
    assert "Ana, water, 5 Jan 1970" in told.text


def test_the_hub_s_own_address_finds_everywhere(hub: DeskHub) -> None:
    _publish(hub, _strike(1), _strike(2, "unions/docks"))
    (told,) = hub.ask("solicomm-request", "find strikes pumps")
    assert "hub.example/unions/docks/t/x/#2" in told.text


def test_some_of_the_words_and_what_was_meant(hub: DeskHub) -> None:
    _publish(hub, *map(_strike, range(3)))
    (told,) = hub.ask("water-request", "find strike pumsp")
    assert "some of them" in told.text
    assert "\n    pumps\n" in told.text


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("find", "Please write what to look for after the word."),
        ("find the", "Please write one or more words that carry a meaning."),
        ("find -strike", "Please write one or more words that carry a meaning."),
        ("find zebra", "No message and no page has these words."),
    ],
)
def test_questions_without_an_answer(hub: DeskHub, asked: str, message: str) -> None:
    _publish(hub, _strike(1))
    (told,) = hub.ask("water-request", asked)
    assert message in " ".join(told.text.split())


def test_in_the_language_of_who_asks(hub: DeskHub) -> None:
    _publish(hub, _strike(1))
    (told,) = hub.ask("water-request", "найти зебра")
    assert gettext("ru", "No message and no page has these words.") in told.text


def test_a_damaged_index_falls_back_to_subjects(hub: DeskHub) -> None:
    _publish(hub, _strike(1))
    (hub.config.public / "search" / "index" / "manifest.js").write_bytes(b"solicommSearch(")
    (told,) = hub.ask("water-request", "find strike")
    assert "No subject has these words." in told.text


def test_a_list_finds_everything_public_with_links(hub: DeskHub) -> None:
    _publish(hub, _strike(1, "libraries/papers"))
    for to in ("water-request", "solicomm"):
        (told,) = hub.ask(to, "find strike")
        assert "papers" in told.text
        assert "hub.example/" in told.text


def test_a_closed_list_finds_its_own_for_members_and_what_is_public(hub: DeskHub) -> None:
    _publish(hub, _strike(1))
    hub.member(1, "ana@union.example", "board")
    (told,) = hub.ask("board-request", "find strike")
    assert "No subject has these words." in told.text
    assert "hub.example/conferences/water/" in told.text
    (told,) = hub.ask("board-request", "find strike", sender="eve@x.example")
    assert "This is for members only." in told.text
