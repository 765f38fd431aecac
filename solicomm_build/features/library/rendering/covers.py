"""What stands for a document on a shelf: its first page made small, or a cover that is drawn.

    <card>/small.webp    of the cover that this hub made of the file's first page, or makes of a PDF
                         that came by git; who knows no WebP gets the whole cover (cover.jpg)
    <card>/cover.svg     where there is none: title and kind, the same for the same card

Pure but for pictures, which processes of their own make of what lies in a repository.
"""

from __future__ import annotations

import hashlib
import textwrap
import unicodedata
from collections.abc import Callable
from html import escape

from solicomm_build.builder.apart import oldpictures, pictures
from solicomm_build.features.library.cards.coverfile import DRAWN, SMALL
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

__all__ = ["DRAWN", "SMALL", "FirstPages", "drawn", "small"]
VERSION = "1"
"""Raised when covers are drawn or made small otherwise."""
SIDE = 240  # pixels of the longer side of a small cover
_COVER_WIDTH = 400  # pixels, as those that are made when a document comes in
_WIDTH, _HEIGHT = 160, 226
_COLUMNS, _LINES = 15, 6
_COLOURS = {
    "collective-agreement": "#7a1f2b",
    "law": "#4a2c6b",
    "award": "#5b3a1e",
    "report": "#1f4e5f",
    "brief": "#2d5a3d",
    "manual": "#1d4ed8",
    "training-module": "#9a3412",
    "periodical-issue": "#374151",
    "audio": "#6d28d9",
    "dataset": "#0f5f5c",
    "poster": "#9d174d",
    "book": "#3f3a1e",
}
"""Of the paper, by kind of document; white text on each has a contrast of 6 to 1 at least."""
_OTHER = "#374151"


class FirstPages:
    """Pictures of the first pages of PDFs whose cards have none, below `state/covers/`, by the
    blob's id: made once, in a process of its own, and safe to delete."""

    def __init__(self, config: Config) -> None:
        self._folder = config.state / "covers"

    def get(self, oid: str, read: Callable[[], bytes]) -> bytes:
        """The picture (WebP); nothing when the page cannot be drawn. Blocking, some tenths of a
        second for a new one. `read` gives the PDF's octets."""
        path = self._folder / oid[:2] / f"{oid}.webp"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            found = pictures.apart(read(), _first_page)
            made = b"" if isinstance(found, str) else found[2]
        path.parent.mkdir(parents=True, exist_ok=True)
        safeio.write_atomic(path, made, durable=False)
        return made


def _first_page(octets: bytes) -> tuple[int, int, bytes]:
    """Draws it, in the process that may die. Raises ValueError when it cannot be drawn."""
    from solicomm_build.extraction import pdf

    made = pdf.drawn(octets, 1, _COVER_WIDTH)
    if not made:
        raise ValueError("its first page cannot be drawn")
    return 0, 0, made


def small(blob: bytes) -> bytes:
    """A cover made small, some 5 KB of WebP. Blocking."""
    return oldpictures.small(blob, SIDE)


def drawn(title: str, kind: str, label: str, lang: str) -> str:
    """A cover as SVG (about 1 KB): the title in lines, the kind below, in its colour."""
    rows = _lines(title)
    is_right = _is_right_to_left(title)
    x, anchor = (_WIDTH - 14, ' direction="rtl"') if is_right else (14, "")
    size = 15 if len(rows) <= 4 else 14
    text = "".join(
        f'<text x="{x}" y="{44 + number * (size + 6)}" font-size="{size}">{escape(row)}</text>'
        for number, row in enumerate(rows)
    )
    below = f'<text x="{x}" y="{_HEIGHT - 16}" font-size="10.5">{escape(label[:28])}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" xml:lang="{escape(lang)}">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="{_COLOURS.get(kind, _OTHER)}"/>'
        f'<rect width="6" height="{_HEIGHT}" fill="#000" opacity=".25"/>'
        f"{_ornament(title)}"
        f'<g fill="#fff" font-family="Georgia,serif" font-weight="bold"{anchor}>{text}</g>'
        f'<g fill="#fff" font-family="sans-serif"{anchor}>{below}</g></svg>\n'
    )


def _ornament(title: str) -> str:
    """Some bars below the title, as high as its digest says, so that no two look the same."""
    digest = hashlib.sha256(title.encode("utf-8", "replace")).digest()
    bars = "".join(
        f'<rect x="{14 + 12 * number}" y="{194 - value // 8}" width="7" height="{value // 8}"/>'
        for number, value in enumerate(digest[:11])
    )
    return f'<g fill="#fff" opacity=".28">{bars}</g>'


def _lines(title: str) -> list[str]:
    """A title in lines that fit; what is too long ends with an ellipsis."""
    if not title.isprintable():
        title = "".join(c for c in title if unicodedata.category(c)[0] != "C")
    plain = " ".join(title.split())
    rows = textwrap.wrap(plain, _COLUMNS, break_long_words=True) or ["–"]
    if len(rows) > _LINES:
        rows = rows[:_LINES]
        rows[-1] = rows[-1][: _COLUMNS - 1].rstrip() + "…"
    return rows


def _is_right_to_left(text: str) -> bool:
    first = next((c for c in text if unicodedata.bidirectional(c) in ("L", "R", "AL")), "a")
    return unicodedata.bidirectional(first) != "L"
