"""Contrast of two colours (WCAG 2.2, 1.4.3) and the nearest colour that can be read. Pure.

Colours are `#rrggbb`. A hub and a union choose one; what it becomes on the dark page is computed,
so that links and buttons are readable on both.
"""

from __future__ import annotations

import colorsys
import re

LIGHT, DARK = "#ffffff", "#14171c"
"""The paper of the two appearances that an accent must be read on."""
ENOUGH = 4.5
"""WCAG 2.2 AA for text of normal size."""
COLOUR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white)."""
    red, green, blue = (_linear(part / 255) for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """1 (equal) to 21 (black on white)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, paper: str) -> str:
    """`colour` if it can be read on `paper`, else made darker or lighter until it can; the hue and
    how strong it is stay."""
    ink = "#000000" if luminance(paper) > 0.18 else "#ffffff"
    steps = (_towards(colour, ink, step / 100) for step in range(101))
    return next((found for found in steps if contrast(found, paper) >= ENOUGH), ink)


def on(ground: str) -> str:
    """White if it can be read on `ground`, else black: one of them always has 4.5 to 1."""
    return "#ffffff" if contrast("#ffffff", ground) >= ENOUGH else "#000000"


def _towards(colour: str, ink: str, share: float) -> str:
    if not share:
        return colour
    hue, light, strong = colorsys.rgb_to_hls(*(part / 255 for part in _rgb(colour)))
    light += ((1.0 if ink == "#ffffff" else 0.0) - light) * share
    parts = colorsys.hls_to_rgb(hue, light, strong)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
