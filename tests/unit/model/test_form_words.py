"""Figures, days and words as people write them in six languages."""

from __future__ import annotations

import pytest

from solicomm_build.features.forms.values import formwords, isic
from solicomm_build.features.forms.values.formwords import Wrong


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3,5", "3.5"),
        ("3.5 %", "3.5"),
        ("1 234,5", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1,234.50", "1234.5"),
        ("1'234.5", "1234.5"),
        ("١٬٢٣٤٫٥", "1234.5"),
        ("-0", "0"),
        ("1.234.567", "1234567"),
        ("0,125", "0.125"),
        ("۱۲", "12"),
        ("+7", "7"),
        (".5", "0.5"),
    ],
)
def test_numbers(text: str, value: str) -> None:
    assert formwords.number(text) == value
    assert formwords.number(formwords.written_number(value)) == value


@pytest.mark.parametrize("text", ["", "many", "1,2,3", "1.2,3.4", "--1", "1e9", "9" * 16, "=1+1"])
def test_no_numbers(text: str) -> None:
    with pytest.raises(Wrong):
        formwords.number(text)


def test_what_can_be_two_numbers_is_asked_back() -> None:
    with pytest.raises(Wrong) as asked:
        formwords.number("1,234")
    assert asked.value.said("en") == "This can be read in two ways. Write 1234 or 1.2340"
    assert formwords.number("1.234", whole=True) == "1234"


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-30",
        "2026/4/30",
        "30/04/2026",
        "04/30/2026",
        "30.4.2026",
        "30.04.2026 г.",
        "30 April 2026",
        "April 30, 2026",
        "30 avril 2026",
        "30 de abril de 2026",
        "30 апреля 2026 г.",
        "٣٠ أبريل ٢٠٢٦",
        "30 نيسان 2026",
        "30 avr. 2026",
    ],
)
def test_days(text: str) -> None:
    assert formwords.day(text) == "2026-04-30"


def test_what_can_be_two_days_is_asked_back() -> None:
    with pytest.raises(Wrong) as asked:
        formwords.day("03/04/2026")
    said = "This can be read in two ways. Write 2026-04-03 or 2026-03-04"
    assert asked.value.said("en") == said
    assert formwords.day("04/04/2026") == "2026-04-04"
    assert formwords.day("03.04.2026") == "2026-04-03"  # with points the day is always first


@pytest.mark.parametrize(
    "text", ["soon", "2026", "31/02/2026", "30 April 26", "1 2 3", "30/30/2026"]
)
def test_no_days(text: str) -> None:
    with pytest.raises(Wrong):
        formwords.day(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("KE", "KE"),
        ("ke", "KE"),
        ("Kenya", "KE"),
        ("кения", "KE"),
        ("كينيا", "KE"),
        ("cote d'ivoire", "CI"),
        ("Brésil", "BR"),
        ("ESTADOS UNIDOS", "US"),
        ("usa", "US"),
        ("Alemanha (DE)", "DE"),
    ],
)
def test_countries(text: str, code: str) -> None:
    assert formwords.country(text) == code


def test_money_yes_and_sectors() -> None:
    assert formwords.money("€ 1.250,50") == formwords.money("1250,5 eur") == "1250.5 EUR"
    for bad in ("1250", "$5", "5 XYZ"):
        with pytest.raises(Wrong):
            formwords.money(bad)
    assert [formwords.yes_or_no(w) for w in ("Oui", "نعم", "нет", "Não")] == [
        "true",
        "true",
        "false",
        "false",
    ]
    assert isic.sector("c24") == isic.sector("24") == "24"
    assert isic.sector("строительство") == "F"
    assert isic.shown("2410", "fr") == "C2410 · Industrie manufacturière"
    for bad in ("Z", "04", "D24", "banks"):
        with pytest.raises(Wrong):
            isic.sector(bad)
