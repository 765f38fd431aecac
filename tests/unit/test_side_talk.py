"""Which posts of a page fold as a side talk, and what a number in a post leads to."""

from __future__ import annotations

from typing import Any

import pytest
from pelican.plugins.solicomm.topics import branches

from solicomm_build.post.faces import face


def units(*answers: int) -> list[list[dict[str, Any]]]:
    """Posts by whom each answers: its number, from 1, or 0."""
    depth, made = [-1], []
    for number, answered in enumerate(answers, 1):
        depth.append(depth[answered] + 1)
        parent = {"mid": answered} if answered else None
        name = f"P{number % 3}"
        made.append([{"mid": number, "parent": parent, "depth": depth[-1], "name": name}])
    return made


def shape(*answers: int) -> list[int]:
    """How many units each part has; those that fold are below zero."""
    parts = branches(units(*answers))
    assert sum(len(part["units"]) for part in parts) == len(answers)
    return [-len(part["units"]) if part["names"] else len(part["units"]) for part in parts]


@pytest.mark.parametrize(
    ("answers", "parts"),
    [
        ((0, 1, 2, 3, 4, 5, 6), [1] * 7),  # a talk that goes straight on
        ((0, 1, 2, 3, 4, 5, 1), [1, 1, -4, 1]),  # it turned aside, and came back
        ((0, 1, 2, 3, 4, 1, 4), [1] * 7),  # somebody goes on with it later
        ((0, 1, 2, 3, 4, 1), [1] * 6),  # too short to be folded
        ((0, 1, 2, 3, 4, 5, 1, 7, 8, 9, 10, 1), [1, 1, -4, 1, -4, 1]),
        ((0,), [1]),
        ((), []),
    ],
)
def test_a_side_talk_folds(answers: tuple[int, ...], parts: list[int]) -> None:
    assert shape(*answers) == parts


def test_it_says_who_speaks_there() -> None:
    assert branches(units(0, 1, 2, 3, 4, 5, 1))[2]["names"] == ["P0", "P1", "P2"]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Maija Krūze", "MK"),
        ("ana de souza", "AS"),
        ("أمينة يوسف", "أ"),
        ("Иван", "И"),
        ("", "?"),
        ("123 <x>", "X"),
        ("straße ß", "SS"),
    ],
)
def test_initials_stand_for_a_person(name: str, letters: str) -> None:
    assert face(name)[0] == letters
    assert face(name)[1] in range(4)
