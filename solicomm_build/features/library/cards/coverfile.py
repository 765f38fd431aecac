"""Which picture stands for a card, by its row."""

from __future__ import annotations

from solicomm_build.features.library.cards.cardrows import Row
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.library.exchange.published import COVER

SMALL, DRAWN = "small.webp", "cover.svg"
"""Beside the card's page: its cover made small; the one that is drawn where there is none."""


def our_cover(row: Row) -> str:
    """The blob of the cover that this hub made, "" when everyone may not see it."""
    if not row.line.open:
        return ""
    return next(
        (row.files[n] for n, _ in row.line.open if COVER.fullmatch(n) and n in row.files), ""
    )


def first_pdf(row: Row, store: FileStore) -> str:
    """The PDF whose first page stands for a card that has no cover: its blob, or the SHA-256 of one
    that lies among the large files; "" if none."""
    name, sha256 = row.line.open[0] if row.line.open else ("", "")
    if not name.endswith(".pdf"):
        return ""
    return row.files.get(name) or (sha256 if store.path(sha256) else "")
