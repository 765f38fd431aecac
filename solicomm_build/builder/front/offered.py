"""What a feature adds to the hub's front page: blocks, numbers, a button, steps for a fresh hub.

The page itself knows no feature: it shows what `FRONT` of their `pages.py` offers (hooks.py), in
the order of the ranks, and nothing of what a feature has nothing of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from solicomm_build.builder.contents import Contents
from solicomm_build.builder.remembered.known import Lines
from solicomm_build.builder.sources import Sources
from solicomm_build.foundation.hub.config import Config


@dataclass(frozen=True, slots=True)
class Around:
    """The hub as a front page in one language sees it; `today` is the day in UTC, `cut` the moment
    until which posts are counted on pages that do not follow each post (none: all), in seconds.
    `lines` are what was looked up of conferences already, until then."""

    sources: Sources
    config: Config
    found: Contents
    lang: str
    today: date
    cut: int | None = None
    lines: Mapping[str, Lines] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a block: a title in its own language, where it leads, further words, a moment;
    `day` is the one that is shown of it, where that is another one in UTC.
    `badge` are a few letters that stand for a picture; `picture` is one: its address, and that
    of the same for who knows no WebP, or None."""

    title: str
    url: str
    lang: str = ""
    text: str = ""
    words: tuple[str, ...] = ()
    when: datetime | None = None
    badge: str = ""
    picture: tuple[str, str | None] | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the page: its id, heading, lines, and where the rest is (label, address). What
    several features say under one id stands together: the first `coming` lines by their moments."""

    id: str
    rank: int
    title: str
    rows: tuple[Row, ...]
    more: tuple[str, str] | None = None
    coming: int = 0


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
    return Offered(
        tuple(sorted(_together(every), key=_rank)),
        tuple(one for some in every for one in some.counts),
        next((one.button for one in every if one.button), None),
        tuple(one for some in every for one in some.steps),
    )


def _together(every: Sequence[Offered]) -> Iterator[Block]:
    """Each block that has lines, with those of all features that say it."""
    known: dict[str, list[Block]] = {}
    for block in (one for some in every for one in some.blocks if one.rows):
        known.setdefault(block.id, []).append(block)
    for first, *others in known.values():
        if not first.coming:
            yield from (first, *others)
            continue
        rows = [row for block in (first, *others) for row in block.rows]
        rows.sort(key=lambda row: (row.when is None, row.when, row.url))
        yield replace(first, rows=tuple(rows[: first.coming]))


def _rank(block: Block) -> int:
    return block.rank
