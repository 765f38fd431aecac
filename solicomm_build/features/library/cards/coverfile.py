"""Which picture stands for a card, by its row. Pure."""

from __future__ import annotations

from solicomm_build.features.library.cards.cardrows import Row
from solicomm_build.features.library.exchange.published import COVER

SMALL, DRAWN = "small.webp", "cover.svg"
"""Beside the card's page: its cover made small; the one that is drawn where there is none."""


def our_cover(row: Row) -> str:
    """The blob of the cover that this hub made, "" when everyone may not see it."""
    return next(
        (row.files[n] for n, _ in row.line.open if COVER.fullmatch(n) and n in row.files), ""
    )


def first_pdf(row: Row) -> str:
    """The blob of the PDF whose first page stands for a card that has no cover, "" if none."""
    name = row.line.open[0][0] if row.line.open else ""
    return row.files.get(name, "") if name.endswith(".pdf") else ""
