"""Tiers of a large index: the newest documents are in `manifest.js`, older ones behind it
(docs/formats/search.md, section 11).

    manifest.js ─ older: [{id, documents, days}, …] ─→ <id>/m.js: the segments of that tier

An older tier is a manifest that is never rewritten, in a folder named by a hash of what it says. It
is an index of its own: ranks and numbers are those of its documents alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from solicomm_build.features.search.engine import files
from solicomm_build.features.search.engine import query as queries
from solicomm_build.features.search.engine.document import FIELDS
from solicomm_build.features.search.engine.finding import Found, Reach
from solicomm_build.features.search.engine.manifest import Listed, counted
from solicomm_build.features.search.engine.narrowed import may_hold
from solicomm_build.features.search.engine.query import Query
from solicomm_build.features.search.engine.reader import OpenIndex, opened
from solicomm_build.foundation.errors import ContentError

NAME = "m.js"
"""The manifest of an older tier, in its folder."""
MOST = 8
"""Older tiers that are read at once for a question that nothing is found for in them."""

Days = tuple[int, int]
"""The first and the last day, since 1970."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An older tier as it is written: its file, and what the newest one's manifest says of it."""

    path: str
    octets: bytes
    entry: Mapping[str, Any]


def seal(segments: Sequence[Listed], days: Days | None) -> Sealed:
    """The tier of these segments, oldest first; `days` are those of its documents, if known."""
    said = json.dumps(counted(segments), ensure_ascii=False, separators=(",", ":"))
    octets = said.encode("utf-8", "surrogatepass")
    identity = hashlib.sha256(octets).hexdigest()[:16]
    path = f"{identity}/{NAME}"
    entry: dict[str, Any] = {"id": identity, "documents": json.loads(said)["documents"]}
    if days:
        entry["days"] = list(days)
    return Sealed(path, octets, entry)


def packed(sealed: Sealed) -> bytes:
    """The file of a tier."""
    return files.wrap_binary(sealed.path, sealed.octets)


def depth(indexes: Sequence[OpenIndex]) -> int:
    """How many older tiers there are."""
    return max((len(_older(index)) for index in indexes), default=0)


def tier(index: OpenIndex, number: int) -> OpenIndex | None:
    """An older tier, from 1, the newest first; None where the index has not so many. One that
    cannot be read, or has not as many documents as the index says, holds nothing, and is noted in
    the index's faults."""
    if number == 0:
        return index
    if number > len(_older(index)):
        return None
    entry = _older(index)[number - 1]
    path = f"{entry['id']}/{NAME}"
    said = unpacked(index.read(path))
    if said is None or said["documents"] != entry["documents"]:
        index.faults.append(path)
        return None
    manifest = {**index.said, **said}
    return opened(index.read, manifest, index.faults)


def unpacked(data: bytes | None) -> dict[str, Any] | None:
    """What the file of a tier says; None for what is none."""
    try:
        said = json.loads(files.unwrap_binary(data)) if data is not None else None
    except (ContentError, ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) and said.keys() == _KEYS else None


_KEYS = {"documents", "lengths", "languages", "segments"}


def whole(index: OpenIndex) -> OpenIndex:
    """All tiers of an index as one, for who reads it where it lies."""
    tiers = [tier(index, number) for number in range(len(_older(index)), -1, -1)]
    there = [one for one in tiers if one is not None]
    if len(tiers) == 1:
        return index
    languages: dict[str, int] = {}
    for one in there:
        for lang, count in one.manifest["languages"].items():
            languages[lang] = languages.get(lang, 0) + count
    manifest = {
        **index.manifest,
        "documents": sum(one.manifest["documents"] for one in there),
        "lengths": [sum(one.manifest["lengths"][f] for one in there) for f in range(len(FIELDS))],
        "languages": languages,
        "older": [],
    }
    segments = [segment for one in there for segment in one.segments]
    return replace(index, manifest=manifest, segments=segments)


def find_from(
    indexes: Sequence[OpenIndex],
    text: str,
    start: int,
    find: Callable[[Sequence[OpenIndex]], Found],
) -> Found:
    """What `find` finds in the tier `start` (0 is the newest), or in the next that may hold what
    the filters of the query leave; of older ones in the first that has anything, among `MOST`."""
    deepest = depth(indexes)
    if not deepest:
        return find(indexes)
    query = queries.parse(text)
    start = min(start, deepest)
    left = [n for n in range(start, deepest + 1) if _dated(indexes, n, query)] or [start]
    found, read = Found((), 0), 0
    for number in left:
        some = [one for index in indexes if (one := tier(index, number)) is not None]
        is_last = number == left[-1]
        if not is_last and not any(may_hold(one, query) for one in some):
            continue
        found, read = find(some) if some else Found((), 0, incomplete=True), read + 1
        if found.total or found.state != "done" or start == 0 or read == MOST or is_last:
            break
    begins = _before(indexes, number if found.total else left[0] if start else number)
    reach = Reach(
        number,
        begins + 1,
        _before(indexes, number + 1),
        _before(indexes, deepest + 1),
        0 if is_last else left[left.index(number) + 1],
    )
    return replace(found, reach=reach)


def _older(index: OpenIndex) -> Sequence[Mapping[str, Any]]:
    older: Sequence[Mapping[str, Any]] = index.manifest.get("older", ())
    return older


def _sizes(index: OpenIndex) -> Iterator[int]:
    yield index.manifest["documents"]
    yield from (one["documents"] for one in _older(index))


def _before(indexes: Sequence[OpenIndex], number: int) -> int:
    """Documents of tiers newer than that."""
    return sum(sum([*_sizes(index)][:number]) for index in indexes)


def _dated(indexes: Sequence[OpenIndex], number: int, query: Query) -> bool:
    """Whether a tier may hold documents of the days that are wanted."""
    for index in indexes:
        if number == 0:
            return True
        for one in _older(index)[number - 1 : number]:
            low, high = one.get("days", (float("-inf"), float("inf")))
            if (query.after is None or high >= query.after) and (
                query.before is None or low < query.before
            ):
                return True
    return False
