"""Which document is in which segment of the index: a function of the documents' order alone."""

from __future__ import annotations

from dataclasses import dataclass

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
