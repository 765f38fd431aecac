"""What an answer can be narrowed by: where, what kind, which year, which language, who.

All of it but the last is counted over everything that was found. Who wrote is told by the best
hundred alone, since that stands in the tables: two documents a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from solicomm_build.features.search.engine.scorer import Collection

Narrower = Mapping[str, Sequence[tuple[str, int]]]
"""By name of a filter (`in`, `kind`, `when`, `language`, `who`): values with how many documents
have them, the most frequent first, years the latest first."""

_BEST = 100
_DAY = 86_400


def narrower(collection: Collection, documents: Sequence[int]) -> Narrower:
    """Of these documents, the best first."""
    kinds = collection.kinds()
    counts: dict[str, Counter[str]] = {
        name: Counter() for name in ("kind", "in", "when", "language", "who")
    }
    wanted = set(documents)
    for first, segment in collection.segments:
        here = [n - first for n in wanted if first <= n < first + segment.documents]
        if not here:
            continue
        places, days, tongues = segment.places(), segment.days(), segment.tongues()
        if places:
            in_places = Counter(places[local] for local in here)
            counts["in"].update(in_places)
            for place, count in in_places.items():
                counts["kind"][kinds.get(place, "")] += count
        if days:
            for day, count in Counter(days[local] for local in here).items():
                if day > 0:  # 1970-01-01 stands for none
                    counts["when"][_year(day)] += count
        if tongues:
            counts["language"].update(tongues[local] for local in here)
    for document in documents[:_BEST]:
        segment, local = collection.place(document)
        counts["who"][segment.row(local).author] += 1
    found = {}
    for name, values in counts.items():
        values.pop("", None)
        found[name] = sorted(values.items(), key=lambda one: (-one[1], one[0]))
    found["when"].sort(reverse=True)
    return found


def _year(day: int) -> str:
    return f"{datetime.fromtimestamp(day * _DAY, UTC):%Y}"
