"""`brand:` of hub.yaml: what a hub looks like, without a style sheet of its own.

Foundation; imports colour and schema. The format is docs/formats/hub-yaml.md. A colour is refused
where text in it, or on it, could not be read (WCAG 2.2 AA, 1.4.3), with the nearest one that can.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from solicomm_build.foundation import colour
from solicomm_build.foundation.schema import Section

LIGHT = ("#fdfaf4", "#fffefb", "#f5efe4")
"""The grounds by day: paper, card and shade of themes/solicomm/static/style.css."""
DARK = ("#1b1815", "#231f1b", "#2a2520")
"""The same by night."""
LONGEST_SENTENCE = 160
PICTURE_BYTES = 8 * 1024 * 1024
"""Octets of a logo or a picture as they lie in the hub's folder."""

_FILE = re.compile(
    r"(?!(?:private|state|spool|public|previews|hooks)/)(?:\w[\w. -]{0,79}/){0,4}"
    r"\w[\w. -]{0,79}\.(?:png|jpe?g|webp|gif)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Brand:
    """A hub's own look. `sentence` by language; `logo` and `picture` are files below the hub's
    folder, or nothing; `light` and `dark` the colour by day and by night, or nothing: the theme's.
    """

    sentence: Mapping[str, str] = field(default_factory=dict)
    logo: str = ""
    picture: str = ""
    light: str = ""
    dark: str = ""


def read(top: Section, lang: str) -> Brand:
    """What a file says below `brand`; a bare sentence is in the language `lang`. Notes faults."""
    if not top.has("brand"):
        return Brand()
    section = top.section("brand")
    sentence = section.by_language("sentence", lang, longest=LONGEST_SENTENCE)
    for tag, text in sentence.items():
        if len(text) > LONGEST_SENTENCE:
            fault = f"`brand.sentence` ({tag}) is {len(text)} long"
            section.fault("sentence", fault, f"Keep to {LONGEST_SENTENCE}: one sentence")
    light, dark = _colours(section)
    found = Brand(
        sentence,
        section.text("logo", pattern=_FILE, example="brand/logo.png"),
        section.text("picture", pattern=_FILE, example="brand/picture.jpg"),
        light,
        dark,
    )
    section.close()
    return found


def fault_of(value: str, *, dark: bool) -> tuple[str, str] | None:
    """(fault, remedy) of a colour that cannot be read by day, or by night; None of one that can."""
    grounds = DARK if dark else LIGHT
    if not colour.COLOUR.fullmatch(value):
        return f"{value[:30]!r} is not a colour", 'Write six hexadecimal digits, as in "#0b5d3b"'
    hardest = (max if dark else min)(grounds, key=colour.luminance)
    ratio = colour.contrast(value, hardest)
    if ratio >= colour.ENOUGH:
        return None
    where = "dark" if dark else "light"
    near = colour.readable(value, hardest)
    fault = f"{value} has a contrast of {ratio:.1f} to 1 on the {where} page"
    return fault, f'{colour.ENOUGH} is needed (WCAG 2.2 AA), as with "{near}"'


def variables(brand: Brand) -> str:
    """The style sheet's lines with the colours; empty where the theme's own are used."""
    if not brand.light:
        return ""
    hardest = max(DARK, key=colour.luminance)
    dark = brand.dark or colour.readable(brand.light, hardest)
    night = f"@media(prefers-color-scheme:dark){{:root{{{_row(dark)}}}}}"
    return f":root{{{_row(brand.light)}}}\n{night}\n"


def _row(value: str) -> str:
    return f"--accent:{value};--button:{value};--on-button:{colour.on(value)}"


def _colours(section: Section) -> tuple[str, str]:
    """The colour by day and by night."""
    if not section.has("colour"):
        return "", ""
    if isinstance(section.values["colour"], str):
        return _colour(section, "colour", dark=False), ""
    both = section.section("colour")
    light = _colour(both, "light", dark=False)
    dark = _colour(both, "dark", dark=True)
    if not light and not both.has("light"):
        both.fault("light", "`brand.colour.light` is missing", 'Add `light: "#0b5d3b"`')
    both.close()
    return light, dark


def _colour(section: Section, key: str, *, dark: bool) -> str:
    value = section.text(key).lower()
    wrong = fault_of(value, dark=dark) if value else None
    if wrong is None:
        return value
    section.fault(key, f"`brand`: {wrong[0]}", wrong[1])
    return ""
