"""Which segments the filters of a query leave anything of, by what the manifest says alone: the
others of a large index are not read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from solicomm_build.features.search.engine.query import Query
from solicomm_build.features.search.engine.reader import OpenIndex


def kinds_of(indexes: Sequence[OpenIndex]) -> dict[str, str]:
    """The kind of each place; where indexes differ, the first one is right."""
    found: dict[str, str] = {}
    for index in indexes:
        for place, said in index.manifest["places"].items():
            found.setdefault(place, str(said["kind"]))
    return found


def is_left(entry: Mapping[str, Any], query: Query, kinds: Mapping[str, str]) -> bool:
    """Whether a segment, as the manifest lists it, may hold what the filters leave."""
    places = entry["places"]
    if query.places is not None and not any(named(query.places, place) for place in places):
        return False
    if query.kinds is not None and not any(kinds.get(place) in query.kinds for place in places):
        return False
    return query.tongues is None or any(
        tongue in query.tongues for tongue in entry.get("tongues", [""])
    )


def named(wanted: Sequence[str], place: str) -> bool:
    """Whether a place is one of these, or its address ends so."""
    return any(place == one or place.endswith(f"/{one}") for one in wanted)


def may_hold(index: OpenIndex, query: Query) -> bool:
    """Whether an index has a segment that the filters may leave anything of."""
    kinds = kinds_of([index])
    return any(is_left(segment.entry, query, kinds) for segment in index.segments)


def has_tiers(index: OpenIndex) -> bool:
    """Whether an index is a large one, or one of its tiers."""
    return bool(index.manifest.get("older"))
