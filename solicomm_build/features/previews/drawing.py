"""Draws a preview card with Pillow, whose text goes from right to left where the page's does.

The letters are those of Debian's fonts-dejavu-core (Latin, Greek, Cyrillic, Arabic); where it is
not there, Pillow's own, which are Latin.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from unicodedata import bidirectional

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

Fits: TypeAlias = Callable[[str], bool]
"""Whether a text fits on one line."""
WIDTH, HEIGHT = 1200, 630
"""Pixels: 1.91 to 1, as networks show it."""
FONTS = Path("/usr/share/fonts/truetype/dejavu")
PAPER, INK, SOFT, ACCENT = "#fdfaf4", "#2b2420", "#655a52", "#96301f"
_EDGE, _BAND = 80, 24
_TITLE, _SAID, _SMALL = (64, 76, 4), (30, 44, 3), (34, 48, 1)
"""Size of letters, height of lines, lines at most."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says: whose it is, what it is of, how that begins."""

    hub: str
    title: str
    said: str = ""
    is_rtl: bool = False


def draw(card: Card, accent: str = ACCENT) -> bytes:
    """The card as PNG. Blocks for some hundredths of a second."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = _Pen(ImageDraw.Draw(image), card.is_rtl)
    band = (WIDTH - _BAND, 0, WIDTH, HEIGHT) if card.is_rtl else (0, 0, _BAND, HEIGHT)
    pen.canvas.rectangle(band, fill=accent)
    y = pen.write(card.hub, 64, "DejaVuSans-Bold", _SMALL, accent)
    y = pen.write(card.title, y + 24, _bold(card.title), _TITLE, INK)
    pen.write(card.said, max(y + 24, HEIGHT - 64 - 3 * 44), "DejaVuSans", _SAID, SOFT)
    octets = io.BytesIO()
    image.quantize(64).save(octets, "PNG", optimize=True)
    return octets.getvalue()


class _Pen:
    """Writes lines below each other, from the side at which the text begins."""

    def __init__(self, canvas: ImageDraw, is_rtl: bool) -> None:
        self.canvas, self._is_rtl = canvas, is_rtl

    def write(self, text: str, y: int, name: str, shape: tuple[int, int, int], colour: str) -> int:
        """Where the next text may begin."""
        size, height, most = shape
        font, width = _font(name, size), WIDTH - 2 * _EDGE
        for line in broken(text, lambda part: font.getlength(part) <= width, most):
            if y + height > HEIGHT - 40:
                break
            x = WIDTH - _EDGE - font.getlength(line) if self._is_rtl else _EDGE
            self.canvas.text((x, y), line, colour, font)
            y += height
        return y


def _bold(text: str) -> str:
    """The letters of a title: those with serifs are not drawn for Arabic."""
    arabic = any(bidirectional(letter) == "AL" for letter in text)
    return "DejaVuSans-Bold" if arabic else "DejaVuSerif-Bold"


def _font(name: str, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    file = FONTS / f"{name}.ttf"
    if file.is_file():
        return ImageFont.truetype(str(file), size)
    return ImageFont.load_default(size)  # type: ignore[return-value]


def broken(text: str, fits: Fits, most: int) -> list[str]:
    """A text as lines that fit, at most `most` of them; where it goes on, the last one says so. A
    word that is too long for a line is broken, too."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        line, rest = _line(words, fits)
        lines.append(line)
        words = rest
    if words and lines:
        last = lines[-1]
        while last and not fits(f"{last}…"):
            last = last[:-1].rstrip()
        lines[-1] = f"{last}…"
    return lines


def _line(words: list[str], fits: Fits) -> tuple[str, list[str]]:
    line = ""
    for place, word in enumerate(words):
        longer = f"{line} {word}".strip()
        if not fits(longer):
            if line:
                return line, words[place:]
            end = next((at for at in range(len(word) - 1, 1, -1) if fits(word[:at])), 1)
            return word[:end], [rest for rest in (word[end:], *words[1:]) if rest]
        line = longer
    return line, []
