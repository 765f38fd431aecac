"""Typed facts of pages: their fields are the names in the template, and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from solicomm_build.post.pages import Facts


@dataclass(frozen=True)
class Shelf(Facts):
    title: str
    cards: tuple[str, ...]

    @property
    def first(self) -> str:
        return self.cards[0]


def test_the_fields_are_the_names_of_the_template() -> None:
    shelf = Shelf("Safety", ("a", "b"))
    assert dict(shelf) == {"title": "Safety", "cards": ("a", "b")}
    assert {**shelf} == dict(shelf)
    assert len(shelf) == 2


@pytest.mark.parametrize("name", ["first", "get", "_names", "missing"])
def test_no_other_name_is(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        Shelf("", ("a",))[name]
