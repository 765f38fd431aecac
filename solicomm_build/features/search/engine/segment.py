"""A segment: an immutable part of an index, as the files in a folder named by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from solicomm_build.features.search.engine import files, shard
from solicomm_build.features.search.engine.document import Row
from solicomm_build.features.search.engine.inverted import Inverted
from solicomm_build.features.search.engine.shard import sort_key

SHARD_BYTES = 3_000
"""Bytes of a range shard before compression; a posting list over half of it has its own file."""
MOST_SMALL = 10
"""Range shards of a segment that is written with every post; they grow instead."""
INLINE = 96
"""Range shards that the manifest itself names; a larger segment has a directory in pages …"""
PAGE = 24
"""… of so many shards each."""


V = TypeVar("V")
Groups = Sequence[Sequence[str]]
Share = Callable[[Callable[[Groups], list[bytes]], Groups], list[bytes]]
"""Has a work done on parts of these groups of terms; what came of each, in their order."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What the manifest says of a segment, without its table; `order` says as the how-manieth each
    local id was added; `dead` are its tombstones; `files` are by path below the root. `lengths` are
    summed field lengths, `languages` how many documents of each."""

    id: str
    documents: int
    order: tuple[int, ...]
    dead: tuple[int, ...]
    lengths: tuple[int, ...]
    languages: dict[str, int]
    entry: dict[str, Any]
    files: dict[str, bytes] = field(repr=False)


def _below(folder: str, made: Mapping[str, V]) -> Iterator[tuple[str, V]]:
    """What was made, by its place in a folder."""
    return ((f"{folder}/{name}", value) for name, value in made.items())


def build(
    index: Inverted,
    places: Sequence[str],
    days: Sequence[int],
    *,
    small: bool = False,
    share: Share | None = None,
    tongues: Sequence[str] = (),
) -> Segment:
    """The segment of what `index` holds; `places`, `days` and `tongues` (language tags, if they are
    known) are those of its documents. `small`
    keeps the number of files low and the documents in the order they were added. `share` has the
    shards made by others, too."""
    order = list(range(index.documents)) if small else index.by_length()
    places, days = [places[old] for old in order], [days[old] for old in order]
    ranges, big = _cut(index, small)
    groups = [group for _, group in ranges] + [[term] for term in big]
    encode = partial(_encoded, index, None if small else order)
    shards = share(encode, groups) if share else encode(groups)
    names = sorted(set(places))
    parts: dict[str, bytes] = {}
    for number, data in enumerate(shards):
        parts[f"{number}.js" if number < len(ranges) else f"b{number - len(ranges)}.js"] = data
    numbers = {name: number for number, name in enumerate(names)}
    if len(names) > 1:
        parts["a.js"] = shard.numbers([numbers[place] for place in places])
    spoken = [_tongue(tongues[old]) for old in order] if tongues else []
    heard = sorted(set(spoken))
    if len(heard) > 1:
        parts["g.js"] = shard.numbers([heard.index(tongue) for tongue in spoken])
    parts["l.js"] = shard.differences([index.field_lengths[-1][old] for old in order])
    parts["t.js"] = shard.differences(days)
    spellings = {} if small else index.spellings()
    values: dict[str, Any] = {
        f"w{ord(letter):x}.js": {"w": [w for w, _ in found], "n": [n for _, n in found]}
        for letter, found in spellings.items()
    }
    bounds = [bound for bound, _ in ranges]
    entry: dict[str, Any] = {}
    if len(bounds) <= INLINE:
        entry |= {"bounds": bounds, "big": {term: n for n, term in enumerate(big)}}
    else:
        pages = list(_pages(bounds, big))
        entry |= {"pages": [page["bounds"][0] for page in pages], "page": PAGE}
        values |= {f"p{n}.js": page for n, page in enumerate(pages)}
    if not small:
        entry["letters"] = "".join(spellings)
    if heard:
        entry["tongues"] = heard
    identity = _identity(parts, values, entry)
    made = {
        **{at: files.wrap_binary(at, data) for at, data in _below(identity, parts)},
        **{at: files.wrap(at, value) for at, value in _below(identity, values)},
    }
    head = {"id": identity, "documents": index.documents, "places": names}
    return Segment(
        identity,
        index.documents,
        tuple(order),
        tuple(new for new, old in enumerate(order) if not index.live[old]),
        tuple(index.lengths),
        dict(index.languages),
        head | entry,
        made,
    )


def _tongue(tag: str) -> str:
    """The language of a tag, without its region or script."""
    return tag.partition("-")[0].lower()


def columns(rows: Sequence[Row]) -> dict[str, list[object]]:
    """A chunk of a table."""
    return {
        "t": [row.title for row in rows],
        "a": [row.author for row in rows],
        "d": [row.time for row in rows],
        "u": [row.url for row in rows],
        "p": [row.place for row in rows],
        "l": [row.lang for row in rows],
        "s": [row.snippet for row in rows],
    }


def _identity(parts: dict[str, bytes], values: dict[str, Any], entry: dict[str, Any]) -> str:
    """A hash of all that the files say."""
    hashed = hashlib.sha256()
    for name, data in parts.items():
        hashed.update(f"{name} {len(data)}\n".encode())
        hashed.update(data)
    for name, value in (*values.items(), ("", entry)):
        hashed.update(files.wrap(name, value))
    return hashed.hexdigest()[:16]


def _cut(index: Inverted, small: bool) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """(lower bound, terms) of the range shards, and the terms that are big."""
    target = SHARD_BYTES
    sizes = [(term, 5 + len(term) // 2 + 3 * postings) for term, postings in index.sizes()]
    if small:
        target = max(target, -(-sum(size for _, size in sizes) // MOST_SMALL))
    big: list[str] = []
    ranges: list[tuple[str, list[str]]] = []
    group: list[str] = []
    filled, last = 0, ""
    for term, size in sizes:  # about how many bytes the term takes in a shard
        if size > target // 2 and not small:
            big.append(term)
            continue
        if group and filled + size > target:
            ranges.append((bound(last, group[0]), group))
            last, group, filled = group[-1], [], 0
        group.append(term)
        filled += size
    if group:
        ranges.append((bound(last, group[0]), group))
    return ranges, big


def _encoded(index: Inverted, order: Sequence[int] | None, groups: Groups) -> list[bytes]:
    """The shards of these groups of terms. One group's postings are held at a time."""
    entries = index.entries([term for group in groups for term in group], order)
    return [shard.encode([*islice(entries, len(group))], len(index.lengths)) for group in groups]


def bound(before: str, first: str) -> str:
    """The shortest beginning of `first` that sorts after `before`; empty for the first shard."""
    if not before:
        return ""
    low = sort_key(before)
    for length in range(1, len(first)):
        if sort_key(first[:length]) > low:
            return first[:length]
    return first


def _pages(bounds: Sequence[str], big: Sequence[str]) -> Iterator[dict[str, Any]]:
    keys = [(sort_key(term), number, term) for number, term in enumerate(big)]
    for low in range(0, len(bounds), PAGE):
        here = bounds[low : low + PAGE]
        start = sort_key(here[0])
        after = bounds[low + PAGE : low + PAGE + 1]
        end = sort_key(after[0]) if after else None
        mine = {t: n for key, n, t in keys if key >= start and (end is None or key < end)}
        yield {"bounds": here, "big": mine}
