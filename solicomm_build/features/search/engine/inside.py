"""Which documents of a segment are in a place, as short lists: the column of all places takes more
octets than the rest of a search in one of them (docs/formats/search.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solicomm_build.features.search.engine import shard

MOST = 8
"""Files of lists that are read for a filter; for more of them the column is."""
_BYTES = 2_000


def cut(column: Sequence[int], places: int) -> Iterator[tuple[int, bytes]]:
    """(number of its first place, octets) of each file of lists. `column` has the number of every
    document's place."""
    lists: list[list[int]] = [[] for _ in range(places)]
    for local, place in enumerate(column):
        lists[place].append(local)
    low = size = 0
    for place, some in enumerate(lists):
        if place > low and size + len(some) > _BYTES:
            yield low, shard.lists(lists[low:place])
            low, size = place, 0
        size += len(some)
    yield low, shard.lists(lists[low:])


def files_for(firsts: Sequence[int], places: Sequence[int]) -> list[int] | None:
    """The numbers of the files that have the lists of these places; None where they are many."""
    found = {max(n for n, first in enumerate(firsts) if first <= place) for place in places}
    return sorted(found) if len(found) <= MOST else None
