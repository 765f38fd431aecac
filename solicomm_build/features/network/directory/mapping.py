"""The hubs as a picture: by region, and whose conferences each has. Pure; network.html draws it.

Two columns of dots with names below the name of each region; from a hub an arrow leads to the homes
of conferences that it follows. All numbers are the picture's own units, a pixel each where there is
room. Who does not see it loses nothing: the page's lists say the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from solicomm_build.features.network.directory.placing import OWN, Entry
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext

MOST, MOST_ARROWS = 40, 120
"""Hubs and arrows in one picture: more would be a tangle."""
WIDTH = 324  # what a phone of 360 pixels has room for
_COLUMN, _LEFT, _ROW, _HEAD = 162, 24, 30, 34
_NAME, _LABEL = 15, 40  # characters
_BOW, _DOT = 20, 6


@dataclass(frozen=True)
class Dot:
    """A hub at `x`, `y`; `kind` is own, alive or silent. Its name begins at `text`."""

    x: int
    y: int
    text: int
    name: str
    kind: str


@dataclass(frozen=True)
class Label:
    """The name of a region."""

    x: int
    y: int
    name: str


@dataclass(frozen=True)
class Picture:
    """All of it; `arrows` are paths as SVG has them."""

    width: int
    height: int
    labels: tuple[Label, ...]
    dots: tuple[Dot, ...]
    arrows: tuple[str, ...]


def mapped(entries: Iterable[Entry], lang: str, gone: Collection[str]) -> Picture | None:
    """The picture of the first hubs of these; None of fewer than three, of which a list says all.
    In languages that are written from the right it is the other way round."""
    shown = [*entries][:MOST]
    if len(shown) < 3:
        return None
    way = _Way(i18n.direction(lang) == "rtl")
    labels: list[Label] = []
    dots: dict[str, Dot] = {}
    y = 0
    groups = _groups(shown, lang)
    for name, some in groups:
        if len(groups) > 1:
            y += _HEAD
            labels.append(Label(way.x(_LEFT - _DOT), y - 12, _cut(name, _LABEL)))
        for number, one in enumerate(some):
            x = _LEFT + number % 2 * _COLUMN
            height = y + _ROW * (number // 2) + _ROW // 2
            kind = "silent" if one.card.id in gone else "alive"
            kind = "own" if one.standing == OWN else kind
            text = way.x(x + 2 * _DOT)
            dots[one.card.id] = Dot(way.x(x), height, text, _cut(one.card.name, _NAME), kind)
        y += _ROW * ((len(some) + 1) // 2)
    arrows = [way.arrow(dots[one], dots[other]) for one, other in _followed(shown, dots)]
    return Picture(WIDTH, y, tuple(labels), tuple(dots.values()), tuple(arrows[:MOST_ARROWS]))


@dataclass(frozen=True, slots=True)
class _Way:
    """From the left, or from the right."""

    is_back: bool

    def x(self, x: int) -> int:
        return WIDTH - x if self.is_back else x

    def arrow(self, start: Dot, end: Dot) -> str:
        """From one dot to another, in a bow beside the names, or below them."""
        if start.y == end.y:
            first, last = start.y + _DOT, end.y + _DOT + 3
            return f"M{start.x} {first}C{start.x} {first + 9} {end.x} {first + 9} {end.x} {last}"
        out = 1 if self.is_back else -1
        first, last = start.x + out * _DOT, end.x + out * (_DOT + 3)
        bow = out * _BOW
        return f"M{first} {start.y}C{first + bow} {start.y} {last + bow} {end.y} {last} {end.y}"


def _groups(shown: list[Entry], lang: str) -> list[tuple[str, list[Entry]]]:
    """Hubs by the first region that each names; those that name none come last."""
    found: dict[str, list[Entry]] = {}
    for one in shown:
        name = i18n.country_name(one.card.regions[0], lang) if one.card.regions else ""
        found.setdefault(name, []).append(one)
    names = sorted((name for name in found if name), key=str.casefold)
    rest = [(gettext(lang, "Without a region"), found[""])] if "" in found else []
    return [*((name, found[name]) for name in names), *rest]


def _followed(shown: list[Entry], dots: Collection[str]) -> Iterator[tuple[str, str]]:
    """(hub, home) of whoever has conferences of whom, each pair once."""
    for one in shown:
        homes = {home for home in one.card.offers.values() if home != one.card.id}
        yield from ((one.card.id, home) for home in sorted(homes) if home in dots)


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"
