"""`brand:` of hub.yaml: what is taken, and what is refused with a better value."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from solicomm_build.foundation import colour
from solicomm_build.foundation.errors import ConfigError
from solicomm_build.foundation.hub import brand, hubyaml
from solicomm_build.foundation.hub.brand import Brand
from solicomm_build.foundation.hub.config import Config

ROOT = Path("/hub")
LEAST = "name: Hub\ndomain: hub.example\nurl: http://127.0.0.1:8080/\nlanguages: [es, en]\n"
THEME = Path(__file__).parents[2] / "themes" / "solicomm"


def parsed(more: str) -> Config:
    return hubyaml.parse(f"{LEAST}{more}\n", ROOT)


def fault(more: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parsed(more)
    assert [(one.file, one.line) for one in caught.value.faults] == [("hub.yaml", 5)]
    return str(caught.value)


def test_a_hub_without_a_brand_looks_as_the_theme_does() -> None:
    assert parsed("").brand == Brand()
    assert brand.variables(Brand()) == ""


def test_a_brand_is_read_whole() -> None:
    found = parsed(
        "brand: {sentence: {es: Juntas, en: Together}, logo: brand/logo.png, "
        'picture: brand/our hall.jpg, colour: {light: "#0B5D3B", dark: "#7fd6a8"}}'
    ).brand
    assert found == Brand(
        {"es": "Juntas", "en": "Together"},
        "brand/logo.png",
        "brand/our hall.jpg",
        "#0b5d3b",
        "#7fd6a8",
    )


def test_a_bare_sentence_is_in_the_hubs_first_language() -> None:
    assert parsed("brand: {sentence: Juntas}").brand.sentence == {"es": "Juntas"}


def test_one_colour_is_readable_by_night_too() -> None:
    css = brand.variables(parsed('brand: {colour: "#0b5d3b"}').brand)
    day, night = re.findall(r"--accent:(#[0-9a-f]{6});--button:\1;--on-button:(#[0-9a-f]{6})", css)
    for (accent, on), grounds in ((day, brand.LIGHT), (night, brand.DARK)):
        assert all(colour.contrast(accent, ground) >= 4.5 for ground in grounds)
        assert colour.contrast(on, accent) >= 4.5
    assert day[0] == "#0b5d3b"


@pytest.mark.parametrize(
    ("said", "value", "ground"),
    [
        ('colour: "#ffcc00"', "#ffcc00", brand.LIGHT),
        ('colour: {light: "#8a8a8a"}', "#8a8a8a", brand.LIGHT),
        ('colour: {light: "#0b5d3b", dark: "#0b5d3b"}', "#0b5d3b", brand.DARK),
    ],
)
def test_a_colour_nobody_can_read_is_refused_with_one_that_can_be(
    said: str, value: str, ground: tuple[str, ...]
) -> None:
    words = fault(f"brand: {{{said}}}")
    assert f"{value} has a contrast of " in words
    named = re.search(r'as with "(#[0-9a-f]{6})"', words)
    assert named is not None
    assert all(colour.contrast(named[1], one) >= 4.5 for one in ground)
    better = "dark" if ground == brand.DARK else "light"
    both = f'light: "{named[1]}"' if better == "light" else f'light: "{value}", dark: "{named[1]}"'
    assert parsed(f"brand: {{colour: {{{both}}}}}").brand.light, "what is named is taken"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("colour: green", "is not a colour"),
        ('colour: {dark: "#7fd6a8"}', "`brand.colour.light` is missing"),
        ("logo: /etc/passwd.png", "`brand.logo: /etc/passwd.png` is not understood"),
        ("logo: ../other/logo.png", "is not understood"),
        ("logo: private/keys/logo.png", "is not understood"),
        ("picture: brand/hall.svg", "as in `brand/picture.jpg`"),
        (f"sentence: {'long ' * 40}", "Keep to 160"),
        ("colours: red", "Did you mean `colour`?"),
    ],
)
def test_what_cannot_be_taken_is_said_with_its_remedy(said: str, words: str) -> None:
    assert words in fault(f"brand: {{{said}}}")


def test_the_grounds_are_those_of_the_style_sheet() -> None:
    text = (THEME / "static" / "style.css").read_text("utf-8")
    day, night = text.split("@media(prefers-color-scheme:dark)", 1)
    for rows, grounds in ((day, brand.LIGHT), (night, brand.DARK)):
        found = dict(re.findall(r"--(paper|card|shade):(#[0-9a-f]{6})", rows.split("}", 1)[0]))
        assert (found["paper"], found["card"], found["shade"]) == grounds
