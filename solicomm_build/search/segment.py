"""A segment: an immutable part of an index, as the files in a folder named by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from solicomm_build.search import files, shard
from solicomm_build.search.document import Row
from solicomm_build.search.inverted import Inverted
from solicomm_build.search.shard import Entry, sort_key

SHARD_BYTES = 3_000
"""Bytes of a range shard before compression; a posting list over half of it has its own file."""
MOST_SMALL = 10
"""Range shards of a segment that is written with every post; they grow instead."""
INLINE = 96
"""Range shards that the manifest itself names; a larger segment has a directory in pages …"""
PAGE = 24
"""… of so many shards each."""


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


def build(
    index: Inverted,
    places: Sequence[str],
    days: Sequence[int],
    *,
    small: bool = False,
) -> Segment:
    """The segment of what `index` holds; `places` and `days` are those of its documents. `small`
    keeps the number of files low and the documents in the order they were added."""
    order = list(range(index.documents)) if small else index.by_length()
    places, days = [places[old] for old in order], [days[old] for old in order]
    ranges, big = _cut(index.entries(None if small else order), len(index.lengths), small)
    names = sorted(set(places))
    parts: dict[str, bytes] = {}
    for number, (_, data) in enumerate(ranges):
        parts[f"{number}.js"] = data
    for number, (_, data) in enumerate(big):
        parts[f"b{number}.js"] = data
    numbers = {name: number for number, name in enumerate(names)}
    if len(names) > 1:
        parts["a.js"] = shard.numbers([numbers[place] for place in places])
    parts["l.js"] = shard.differences([index.field_lengths[-1][old] for old in order])
    parts["t.js"] = shard.differences(days)
    spellings = {} if small else index.spellings()
    values: dict[str, Any] = {
        f"w{ord(letter):x}.js": {"w": [w for w, _ in found], "n": [n for _, n in found]}
        for letter, found in spellings.items()
    }
    bounds = [bound for bound, _ in ranges]
    terms = [term for term, _ in big]
    entry: dict[str, Any] = {}
    if len(bounds) <= INLINE:
        entry |= {"bounds": bounds, "big": {term: n for n, term in enumerate(terms)}}
    else:
        pages = list(_pages(bounds, terms))
        entry |= {"pages": [page["bounds"][0] for page in pages], "page": PAGE}
        values |= {f"p{n}.js": page for n, page in enumerate(pages)}
    if not small:
        entry["letters"] = "".join(spellings)
    identity = _identity(parts, values, entry)
    made = {f"{identity}/{name}": files.wrap_binary(f"{identity}/{name}", data)
            for name, data in parts.items()}  # fmt: skip
    made |= {f"{identity}/{name}": files.wrap(f"{identity}/{name}", value)
             for name, value in values.items()}  # fmt: skip
    head = {"id": identity, "documents": index.documents, "places": names}
    return Segment(
        identity, index.documents, tuple(order), tuple(new for new, old in enumerate(order) if not
        index.live[old]), tuple(index.lengths), dict(index.languages),
        head | entry, made,
    )  # fmt: skip


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


def _cut(
    entries: Iterable[Entry], fields: int, small: bool
) -> tuple[list[tuple[str, bytes]], list[tuple[str, bytes]]]:
    """(lower bound, bytes) of the range shards, and (term, bytes) of the big terms. Of a large
    segment no more than a shard's postings are held at a time."""
    target = SHARD_BYTES
    if small:
        entries = list(entries)
        target = max(target, -(-sum(map(_size, entries)) // MOST_SMALL))
    big, ranges = [], []
    group: list[Entry] = []
    filled, last = 0, ""
    for entry in entries:
        size = _size(entry)
        if size > target // 2 and not small:
            big.append((entry[0], shard.encode([entry], fields)))
            continue
        if group and filled + size > target:
            ranges.append((_bound(last, group[0][0]), shard.encode(group, fields)))
            last, group, filled = group[-1][0], [], 0
        group.append(entry)
        filled += size
    if group:
        ranges.append((_bound(last, group[0][0]), shard.encode(group, fields)))
    return ranges, big


def _size(entry: Entry) -> int:
    """About how many bytes a term takes in a shard."""
    term, postings = entry
    return 5 + len(term) // 2 + 3 * sum(len(posting.documents) for posting in postings)


def _bound(before: str, first: str) -> str:
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
