"""The six looks of a union's site as data: their papers and inks, and what an accent becomes. Pure.

A preset is a style sheet in the theme (`templates/presets/<name>.css`) and the colours here. A
union brings one accent; for text it is darkened or lightened until it can be read on every paper of
the preset (WCAG 2.2, 1.4.3), so no choice makes an unreadable site.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solicomm_build.foundation import colour


@dataclass(frozen=True, slots=True)
class Papers:
    """The grounds text stands on (`paper`, `card`, `shade`), its inks, and lines."""

    paper: str
    card: str
    shade: str
    ink: str
    soft: str
    line: str

    @property
    def grounds(self) -> tuple[str, str, str]:
        """What text may stand on."""
        return self.paper, self.card, self.shade


@dataclass(frozen=True, slots=True)
class Preset:
    """`by_night`: dark unless the site says `dark: never`."""

    light: Papers
    dark: Papers
    by_night: bool = False


PRESETS: Mapping[str, Preset] = {
    # A clean sheet: much white, a line of the accent, nothing else.
    "plain": Preset(
        Papers("#ffffff", "#ffffff", "#f4f5f3", "#20242a", "#575e67", "#dcdfdb"),
        Papers("#14171c", "#191d23", "#1f242b", "#e9ebee", "#a8b0b9", "#363d47"),
    ),
    # A band of the accent across the top, cards below it: an office with a counter.
    "banner": Preset(
        Papers("#f6f8fa", "#ffffff", "#e9eef2", "#1c2733", "#4d5a66", "#cfd8df"),
        Papers("#10161c", "#18212a", "#1f2a34", "#e6edf3", "#a3b1bd", "#33424f"),
    ),
    # A demonstration: very large black letters, thick rules, blocks of the accent.
    "poster": Preset(
        Papers("#fffdf5", "#ffffff", "#f5f0dd", "#111111", "#4a463c", "#111111"),
        Papers("#131210", "#1b1a16", "#25231d", "#fbf6e6", "#c4bda9", "#fbf6e6"),
    ),
    # A newspaper: serif, a centred masthead between rules, columns.
    "journal": Preset(
        Papers("#fbf8f1", "#fffdf8", "#f2ecdf", "#26221c", "#5f574a", "#cfc6b4"),
        Papers("#191714", "#211e1a", "#292520", "#eee6d8", "#b8ad9a", "#443e34"),
    ),
    # The notice-board at the gate: sheets of paper pinned on a darker ground.
    "bulletin": Preset(
        Papers("#e7e0d2", "#fffefa", "#f6f1e4", "#2a2620", "#575044", "#c5bba6"),
        Papers("#1d1a15", "#2a261f", "#332e25", "#efe8da", "#bdb29d", "#4d4537"),
    ),
    # A night shift: dark first, quiet, with the accent as the only light.
    "night": Preset(
        Papers("#f4f3fa", "#ffffff", "#e8e6f2", "#1d1b2b", "#555269", "#cfcbe0"),
        Papers("#0f0e17", "#181725", "#211f31", "#eceaf6", "#aca8c3", "#35324b"),
        by_night=True,
    ),
}


def colours(preset: str, accent: str, *, dark: bool) -> dict[str, str]:
    """Every colour of a site by the name its style sheet uses. `accent` is text, `band` a ground of
    the union's own colour, `button` a ground that also shows on the darkest paper."""
    found = PRESETS[preset]
    papers = found.dark if dark else found.light
    hardest = (max if dark else min)(papers.grounds, key=colour.luminance)
    text = colour.readable(accent, hardest)
    return {
        "paper": papers.paper,
        "card": papers.card,
        "shade": papers.shade,
        "ink": papers.ink,
        "soft": papers.soft,
        "line": papers.line,
        "accent": text,
        "band": accent,
        "on-band": colour.on(accent),
        "button": text,
        "on-button": colour.on(text),
    }
