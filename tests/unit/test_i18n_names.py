"""Countries and languages as people write them, in whatever language."""

from __future__ import annotations

import pytest

from solicomm_build.foundation import i18n


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Kenya", "KE"),
        ("кения", "KE"),
        ("Brésil", "BR"),
        ("  burkina   faso ", "BF"),
        ("المغرب", "MA"),
        ("ke", "KE"),
        ("Atlantis", ""),
        ("", ""),
    ],
)
def test_countries(text: str, code: str) -> None:
    assert i18n.country_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Swahili", "sw"),
        ("français", "fr"),
        ("Английский", "en"),
        ("العربية", "ar"),
        ("pt", "pt"),
        ("Klingonish", ""),
    ],
)
def test_languages(text: str, code: str) -> None:
    assert i18n.language_code(text) == code
