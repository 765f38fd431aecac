"""The manifest: what an index holds, and where (docs/formats/search.md, section 3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from solicomm_build.features.search.engine.document import BOOSTS, FIELDS, PlaceName

K1, B = 1.2, 0.75
"""As usual for BM25: how soon a repeated word stops counting, how much long texts are held back."""
CHUNK = 8
"""Documents in a chunk of a table. Where a server answers no ranges, ten results cost about ten
chunks, 15 KB; with two documents it was 5 KB, and four times as many files, each with compressed
siblings and blocks of its own. The recent segment begins with a chunk (`layout.MIDDLE`)."""
CARRIED_CHUNK = 16
"""The same on a stick: a chunk is a file, and a file costs a block of 4 KiB there at least, and as
long to write as some 50 KB of another."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A segment as the manifest lists it. `lengths` and `languages` are those of live documents."""

    entry: Mapping[str, Any]
    table: str
    first: int
    dead: tuple[int, ...]
    lengths: tuple[int, ...]
    languages: Mapping[str, int]


def counted(segments: Sequence[Listed]) -> dict[str, Any]:
    """These segments, oldest first, and what they hold together."""
    languages: Counter[str] = Counter()
    for segment in segments:
        languages.update(segment.languages)
    return {
        "documents": sum(s.entry["documents"] - len(s.dead) for s in segments),
        "lengths": [sum(s.lengths[f] for s in segments) for f in range(len(FIELDS))],
        "languages": {lang: n for lang, n in sorted(languages.items()) if n},
        "segments": [
            {**s.entry, "table": s.table, "first": s.first, "dead": list(s.dead)} for s in segments
        ],
    }


def manifest(
    segments: Sequence[Listed],
    places: Mapping[str, PlaceName],
    chunk: int = CHUNK,
    older: Sequence[Mapping[str, Any]] = (),
    elsewhere: Collection[str] = (),
    joined: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """What `manifest.js` says of these segments, oldest first, with so many documents in a chunk of
    their tables; only places that documents are in. `older` are the older tiers, the newest first,
    and `elsewhere` the places that their documents are in; `joined` says which segments are asked
    together."""
    named = {place for segment in segments for place in segment.entry["places"]} | {*elsewhere}
    said = counted(segments)
    return {
        "version": 1,
        "fields": list(FIELDS),
        "boosts": list(BOOSTS),
        "k1": K1,
        "b": B,
        "documents": said["documents"],
        "lengths": said["lengths"],
        "languages": said["languages"],
        "chunk": chunk,
        "places": {
            key: {"kind": place.kind, "title": dict(place.title)}
            for key, place in sorted(places.items())
            if key in named
        },
        "segments": said["segments"],
        **({"older": list(older)} if older else {}),
        **({"joined": list(joined)} if joined else {}),
    }
