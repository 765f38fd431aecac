"""The one rule of the language in which somebody is written to."""

from __future__ import annotations

import pytest

from solicomm_build.people.membership import letter_language


def _unasked() -> list[str]:
    raise AssertionError("posts are opened only where nothing was chosen")


def test_a_choice_wins_and_posts_are_not_opened_for_it() -> None:
    rule = {"supposed": False, "heard": _unasked, "others": ["fr"]}
    assert letter_language({"lang": "ru"}, "es", wishes=["pt"], **rule) == "ru"  # type: ignore[arg-type]
    assert letter_language({}, "es", wishes=["pt"], **rule) == "es"  # type: ignore[arg-type]
    assert letter_language({}, "", wishes=["pt-BR"], **rule) == "pt"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("own", "heard", "others", "lang"),
    [
        ("en", ["es"], ["fr"], "es"),
        ("ar", [], ["fr"], "ar"),
        ("", ["de", "ru"], ["fr"], "ru"),
        ("", [], ["de", "fr_CA"], "fr"),
        ("", [], [], "en"),
    ],
)
def test_what_somebody_writes_in_wins_over_what_was_only_supposed(
    own: str, heard: list[str], others: list[str], lang: str
) -> None:
    assert letter_language({}, own, supposed=True, heard=lambda: heard, others=others) == lang
