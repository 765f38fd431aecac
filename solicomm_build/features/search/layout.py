"""Which document is in which segment of the index: a function of the documents' order alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from solicomm_build.features.search.searchlisting import Columns, Listing
from solicomm_build.features.search.searchstate import Kept

LARGEST = 32768
BASE = 4096
MIDDLE = 64
"""Posts before the last full multiple of LARGEST are segments of so many, those up to that of BASE
the next, up to that of MIDDLE the one after, and the rest the last."""


CHAINS = ("posts", "cards", "pages")
"""What segments hold, in the order in which they are noted."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A segment to be: where its documents begin, how many, and the one that is kept, if any."""

    chain: str
    first: int
    count: int
    small: bool = False
    kept: Kept | None = None


def layout(count: int) -> list[Slot]:
    """The segments of `count` posts in their order."""
    large, base, middle = (count - count % unit for unit in (LARGEST, BASE, MIDDLE))
    cuts = [(low, low + LARGEST, False) for low in range(0, large, LARGEST)]
    cuts += [(large, base, False), (base, middle, False), (middle, count, True)]
    return [Slot("posts", low, high - low, small) for low, high, small in cuts if high > low]


def slots(lists: Mapping[str, Columns], before: Iterable[Kept]) -> list[Slot]:
    """The segments of all that is listed, by chain, with those of before that are still so."""
    found = layout(len(lists["posts"]))
    found += [replace(slot, chain="cards", small=False) for slot in layout(len(lists["cards"]))]
    pages = len(lists["pages"])
    found += [Slot("pages", low, min(BASE, pages - low)) for low in range(0, pages, BASE)]
    known = {(one.chain, one.key, one.first): one for one in before}
    return [
        replace(slot, kept=known.get((slot.chain, key(slot, lists), slot.first))) for slot in found
    ]


def documents(slot: Slot, lists: Mapping[str, Columns]) -> Listing:
    """What is to be in a segment."""
    return lists[slot.chain].part(slot.first, slot.first + slot.count)


def key(slot: Slot, lists: Mapping[str, Columns]) -> str:
    """A hash of all that is to be indexed there."""
    return lists[slot.chain].digest_of(slot.first, slot.first + slot.count).hex()


def shown(slot: Slot, lists: Mapping[str, Columns]) -> str:
    """A hash of all that results are to show of it."""
    return lists[slot.chain].shown_of(slot.first, slot.first + slot.count).hex()
