"""What a feature adds to the hub's front page: blocks, numbers, a button, steps for a fresh hub.

The page itself knows no feature: it shows what `FRONT` of their `pages.py` offers (hooks.py), in
the order of the ranks, and nothing of what a feature has nothing of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from solicomm_build.builder.contents import Contents
from solicomm_build.builder.sources import Sources
from solicomm_build.foundation.hub.config import Config


@dataclass(frozen=True, slots=True)
class Around:
    """The hub as a front page in one language sees it; `today` is the day in UTC, `cut` the moment
    until which posts are counted on pages that do not follow each post (none: all), in seconds."""

    sources: Sources
    config: Config
    found: Contents
    lang: str
    today: date
    cut: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a block: a title in its own language, where it leads, further words, a moment.
    `badge` are a few letters that stand for a picture."""

    title: str
    url: str
    lang: str = ""
    text: str = ""
    words: tuple[str, ...] = ()
    when: datetime | None = None
    badge: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the page: its id, heading, lines, and where the rest is (label, address)."""

    id: str
    rank: int
    title: str
    rows: tuple[Row, ...]
    more: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """What one feature adds in one language. `counts` are numbers with their words ("23
    documents"), `button` a label and an address, `steps` sentences that tell whoever runs the hub
    what comes next. What does not change with the calendar or with posts may be taken from `found`.
    """

    blocks: tuple[Block, ...] = ()
    counts: tuple[tuple[str, str], ...] = ()
    button: tuple[str, str] | None = None
    steps: tuple[str, ...] = ()


Offer = Callable[[Around], Offered]
"""`FRONT` of a feature's `pages.py`. Asked whenever something on the hub moved: it answers from
what is read already, or from an index."""


def shown(every: Sequence[Offered]) -> Offered:
    """All of them as one, blocks in the order of their ranks."""
    blocks = sorted((one for some in every for one in some.blocks if one.rows), key=_rank)
    return Offered(
        tuple(blocks),
        tuple(one for some in every for one in some.counts),
        next((one.button for one in every if one.button), None),
        tuple(one for some in every for one in some.steps),
    )


def _rank(block: Block) -> int:
    return block.rank
