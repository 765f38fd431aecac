"""Segments that are asked together, joined: what a question needs of all of them lies in one file,
and what results show in another, so that a range request to each brings it
(docs/formats/search.md, section 13).

    shards of each segment, in the order of terms ─→ x.bin: lengths, shards of all
    tables of each segment ─→ r.bin: a slot of equal width for each document

Ids are those of the first segment, then of the next, and so on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import merge
from io import BytesIO
from itertools import chain, groupby, zip_longest
from math import isqrt
from operator import itemgetter
from typing import Any

from solicomm_build.builder.gzipped import gzipped
from solicomm_build.features.search.engine import files, shard
from solicomm_build.features.search.engine.document import FIELDS
from solicomm_build.features.search.engine.reader import COLUMNS, Read
from solicomm_build.features.search.engine.segment import bound
from solicomm_build.features.search.engine.shard import Columns, Packed, sort_key
from solicomm_build.foundation.errors import ContentError

TERMS, ROWS = "x.bin", "r.bin"
UNIT = 64
"""Pieces of `x.bin` begin at multiples of so many octets."""
_LEAST = 1_500
_PER_ROOT = 30
"""A shard has some so many octets before compression, times the root of the documents: twice that
is read for two words, and the manifest says where each begins."""
_FITTING = 0.99
"""The share of the rows that fit their slots; the others are read from the table."""
_STEP = 16

_HALVED = 4_096
"""Documents from which the terms are joined in two halves, so that two processes can do it: where
a half ends, a shard does."""
_Spelled = tuple[bytes, int, Packed]
"""What a term is ordered by, the number of its segment, the term."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The octets of `x.bin`; the lower bound of each shard, and the size of each piece in units:
    the first are the lengths of all documents."""

    octets: bytes
    bounds: list[str]
    sizes: list[int]


Part = Sequence[tuple[str, str, bytes]]
"""Shards: the first and the last term of each, and its octets."""


def terms(read: Read, segments: Sequence[Mapping[str, Any]]) -> Terms:
    """What these segments, as the manifest lists them, have of terms. Raises ContentError."""
    return whole(read, segments, [work() for work in parts(read, segments)])


def parts(read: Read, segments: Sequence[Mapping[str, Any]]) -> list[Callable[[], Part]]:
    """What makes the shards of these segments, to be done anywhere; in the order of their terms.
    Raises ContentError, as they do."""
    documents = _documents(segments)
    target = max(_LEAST, _PER_ROOT * isqrt(documents))
    largest = max(segments, key=lambda one: int(one["documents"]))
    bounds = [bound for page in _directory(read, largest) for bound in page["bounds"]]
    if documents < _HALVED or len(bounds) < 2:
        return [partial(_part, read, segments, target, Range())]
    middle = sort_key(bounds[len(bounds) // 2])
    halves = (Range(before=middle), Range(low=middle))
    return [partial(_part, read, segments, target, half) for half in halves]


def whole(read: Read, segments: Sequence[Mapping[str, Any]], made: Sequence[Part]) -> Terms:
    """What `parts` have made, put together. Raises ContentError."""
    lengths: list[int] = []
    for one in segments:
        data = _binary(read, f"{one['id']}/l.js")
        lengths += shard.read_differences(data, int(one["documents"]))
    pieces, bounds = [_piece(shard.differences(lengths))], list[str]()
    before = ""
    for first, last, piece in chain.from_iterable(made):
        bounds.append(bound(before, first))
        before = last
        pieces.append(piece)
    sizes = [len(piece) // UNIT for piece in pieces]
    return Terms(b"".join(pieces), bounds, sizes)


def _documents(segments: Sequence[Mapping[str, Any]]) -> int:
    return sum(int(one["documents"]) for one in segments)


@dataclass(frozen=True, slots=True)
class Range:
    """Terms from one on and before another, by their order; of all, when nothing is said."""

    low: bytes = b""
    before: bytes | None = None

    def has(self, key: bytes) -> bool:
        """Whether a term is one of them."""
        return self.low <= key and (self.before is None or key < self.before)

    def may_have(self, bound: bytes, following: bytes | None) -> bool:
        """Whether a shard has some, of which the terms begin at its bound and end before that of
        the next one."""
        is_after = self.before is not None and bound >= self.before
        return not is_after and (following is None or following > self.low)


def _part(read: Read, segments: Sequence[Mapping[str, Any]], target: int, wanted: Range) -> Part:
    found = list[tuple[str, str, bytes]]()
    for group in _groups(_joined(read, segments, wanted), target):
        first, last = (group[at][0].decode("utf-8", "surrogatepass") for at in (0, -1))
        found.append((first, last, _piece(shard.pack(group, len(FIELDS)))))
    return found


def rows(read: Read, segments: Sequence[Mapping[str, Any]], chunk: int) -> tuple[bytes, int]:
    """The octets of `r.bin`, and the width of a slot in it. Raises ContentError."""
    told = [row for one in segments for row in _told(read, one, chunk)]
    sizes = sorted(map(len, told))
    fitting = sizes[int((len(sizes) - 1) * _FITTING)] if sizes else 0
    width = -(-fitting // _STEP) * _STEP
    slots = BytesIO()
    for number, one in enumerate(told):
        slots.write((one if len(one) <= width else b"").ljust(width))
        told[number] = b""  # a hundred thousand of them are not held twice
    return slots.getvalue(), width


def _told(read: Read, segment: Mapping[str, Any], chunk: int) -> Iterator[bytes]:
    """The rows of a segment's table."""
    first, known = int(segment["first"]), -1
    for row in range(first, first + int(segment["documents"])):
        number, at = divmod(row, chunk)
        if number != known:
            value, known = _value(read, f"{segment['table']}/{number}.js"), number
        said = [value[name][at] for name in COLUMNS]
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        yield text.encode("utf-8", "replace")


def _piece(data: bytes) -> bytes:
    """Its size, its octets compressed, and nothing up to the next unit."""
    packed = gzipped(data)
    octets = len(packed).to_bytes(4, "big") + packed
    return octets.ljust(-(-len(octets) // UNIT) * UNIT, b"\0")


def _groups(entries: Iterator[Packed], target: int) -> Iterator[list[Packed]]:
    """The terms of each shard. One that takes over half of it stands alone."""
    group, filled = list[Packed](), 0
    for term, columns in entries:
        size = 5 + len(term) // 2 + 3 * sum(len(gaps) for gaps, _, _ in columns)
        if group and (filled + size > target or size > target // 2):
            yield group
            group, filled = [], 0
        group.append((term, columns))
        filled += size if size <= target // 2 else target
    if group:
        yield group


def _joined(read: Read, segments: Sequence[Mapping[str, Any]], wanted: Range) -> Iterator[Packed]:
    """Those terms of all segments, in order, each with its columns in all of them."""
    firsts, first = list[int](), 0
    for one in segments:
        firsts.append(first)
        first += int(one["documents"])
    streams = [_terms(read, one, number, wanted) for number, one in enumerate(segments)]
    for _, found in groupby(merge(*streams, key=itemgetter(0, 1)), key=itemgetter(0)):
        of_term = [(firsts[number], packed) for _, number, packed in found]
        (first, (term, columns)), *others = of_term
        if others or first:
            columns = [_column([(at, of[f]) for at, (_, of) in of_term]) for f in _FIELDS]
        yield term, columns


_FIELDS = range(len(FIELDS))


def _column(parts: Sequence[tuple[int, Columns]]) -> Columns:
    """A term's columns of a field, of segments whose ids begin at these numbers, as one."""
    gaps, tf, lengths, at = list[int](), list[int](), list[int](), 0
    for first, (of_part, often, known) in parts:
        if of_part:
            gaps.append(first + of_part[0] - at)
            gaps += of_part[1:]
            at = first + sum(of_part)
            tf += often
            lengths += known
    return gaps, tf, lengths


def _directory(read: Read, segment: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The pages of a segment's directory."""
    if "pages" not in segment:
        return [segment]
    return [_value(read, f"{segment['id']}/p{at}.js") for at in range(len(segment["pages"]))]


def _terms(
    read: Read, segment: Mapping[str, Any], number: int, wanted: Range
) -> Iterator[_Spelled]:
    """Those terms of a segment, in order."""
    pages = _directory(read, segment)
    big = {sort_key(term): at for page in pages for term, at in page["big"].items()}
    bounds = [sort_key(bound) for page in pages for bound in page["bounds"]]
    both = zip_longest(bounds, bounds[1:])
    ranges = (str(at) for at, (bound, end) in enumerate(both) if wanted.may_have(bound, end))
    alone = (f"b{big[key]}" for key in sorted(big) if wanted.has(key))
    found = merge(
        _read(read, segment, number, ranges), _read(read, segment, number, alone), key=itemgetter(0)
    )
    return (one for one in found if wanted.has(one[0]))


def _read(
    read: Read, segment: Mapping[str, Any], number: int, names: Iterator[str]
) -> Iterator[_Spelled]:
    for name in names:
        data = _binary(read, f"{segment['id']}/{name}.js")
        for packed in shard.unpack(data, len(FIELDS)):
            yield sort_key(packed[0].decode("utf-8", "surrogatepass")), number, packed


def _binary(read: Read, path: str) -> bytes:
    return files.unwrap_binary(_there(read, path))


def _value(read: Read, path: str) -> Mapping[str, Any]:
    value: Mapping[str, Any] = files.unwrap(_there(read, path))
    return value


def _there(read: Read, path: str) -> bytes:
    data = read(path)
    if data is None:
        raise ContentError(
            f"a file of the search index is missing: {path}",
            remedy="Make it anew with `solicomm build --full`",
        )
    return data
