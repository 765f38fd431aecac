"""Postings as bytes (docs/formats/search.md, section 4): columns of LEB128 numbers, front-coded
terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, islice
from operator import sub

from solicomm_build.foundation.errors import ContentError

_FEW = 1 << 14  # numbers below take two octets at most


@dataclass(frozen=True, slots=True)
class Posting:
    """Where one term stands in one field: local ids ascending, how often, the field's length."""

    documents: Sequence[int]
    tf: Sequence[int]
    lengths: Sequence[int]


Entry = tuple[str, tuple[Posting, ...]]
"""A term and its postings, one for each field."""


def sort_key(term: str) -> bytes:
    """Orders terms as JavaScript does: by UTF-16 code unit."""
    return term.encode("utf-16-be", "surrogatepass")


def encode(entries: Sequence[Entry], fields: int) -> bytes:
    """A shard of these terms, which are in order."""
    shared, rest, text = [], [], []
    before = b""
    for term, _ in entries:
        spelled = term.encode("utf-8", "surrogatepass")
        same = _common(before, spelled)
        shared.append(same)
        rest.append(len(spelled) - same)
        text.append(spelled[same:])
        before = spelled
    postings = [posting for _, of_fields in entries for posting in of_fields]
    return b"".join(
        (
            _numbers([len(entries)]),
            _numbers(shared),
            _numbers(rest),
            *text,
            *(
                _numbers([len(of_fields[f].documents) for _, of_fields in entries])
                for f in range(fields)
            ),
            _numbers(_gaps([posting.documents for posting in postings])),
            _numbers([tf for posting in postings for tf in posting.tf]),
            _numbers(
                [
                    length
                    for _, of_fields in entries
                    for posting in of_fields[:-1]
                    for length in posting.lengths
                ]
            ),
        )
    )


def decode(data: bytes, fields: int, lengths: Sequence[int]) -> list[Entry]:
    """The terms of a shard; `lengths` are those of the last field by local id. Raises ContentError
    when it is cut short or has bytes to spare."""
    cursor = _Cursor(data)
    (count,) = cursor.numbers(1)
    shared, rest = cursor.numbers(count), cursor.numbers(count)
    terms, spelled = [], b""
    for same, length in zip(shared, rest, strict=True):
        spelled = spelled[:same] + cursor.take(length)
        terms.append(spelled.decode("utf-8", "surrogatepass"))
    df = [cursor.numbers(count) for _ in range(fields)]
    sizes = [df[f][t] for t in range(count) for f in range(fields)]
    total = sum(sizes)
    gaps, tf = cursor.numbers(total), cursor.numbers(total)
    inline = cursor.numbers(total - sum(df[-1]))
    cursor.end()
    postings = _postings(sizes, gaps, tf, inline, fields, lengths)
    return [(term, tuple(next(postings) for _ in range(fields))) for term in terms]


def _postings(
    sizes: Sequence[int],
    gaps: Sequence[int],
    tf: Sequence[int],
    inline: Sequence[int],
    fields: int,
    lengths: Sequence[int],
) -> Iterator[Posting]:
    low = taken = 0
    for number, size in enumerate(sizes):
        high = low + size
        documents, at = [], 0
        for gap in gaps[low:high]:
            at += gap
            documents.append(at)
        if number % fields == fields - 1:
            if documents and documents[-1] >= len(lengths):
                raise damaged("names a document that is not there")
            of_field: Sequence[int] = [lengths[document] for document in documents]
        else:
            of_field = inline[taken : taken + size]
            taken += size
        yield Posting(documents, tf[low:high], of_field)
        low = high


def damaged(how: str) -> ContentError:
    """What is raised for a file of an index that is not what the format says."""
    return ContentError(
        f"a file of the search index {how}", remedy="Make it anew with `solicomm build --full`"
    )


def numbers(values: Sequence[int]) -> bytes:
    """Unsigned LEB128, one number after the other."""
    return _numbers(values)


def differences(values: Sequence[int]) -> bytes:
    """Numbers as differences to the one before, zigzag."""
    steps, before = [], 0
    for value in values:
        step = value - before
        steps.append(2 * step if step >= 0 else -2 * step - 1)
        before = value
    return _numbers(steps)


def read_differences(data: bytes, count: int) -> list[int]:
    """What `differences` wrote. Raises ContentError."""
    values, at = [], 0
    for step in read_numbers(data, count):
        at += step // 2 if step % 2 == 0 else -(step + 1) // 2
        values.append(at)
    return values


def read_numbers(data: bytes, count: int) -> list[int]:
    """`count` numbers that are all there is in `data`. Raises ContentError."""
    cursor = _Cursor(data)
    found = cursor.numbers(count)
    cursor.end()
    return found


def lists(columns: Sequence[Sequence[int]]) -> bytes:
    """Ascending numbers, a list after the other: how many each has, then their differences."""
    return _numbers([len(column) for column in columns] + _gaps(columns))


def read_lists(data: bytes, count: int) -> list[list[int]]:
    """`count` lists that are all there is in `data`. Raises ContentError."""
    cursor = _Cursor(data)
    sizes = cursor.numbers(count)
    gaps = iter(cursor.numbers(sum(sizes)))
    cursor.end()
    return [[*accumulate(islice(gaps, size))] for size in sizes]


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def numbers(self, count: int) -> list[int]:
        data, at = self._data, self._at
        if count > len(data) - at:
            raise damaged("is cut short")
        found = []
        try:
            for _ in range(count):
                byte = data[at]
                at += 1
                value, shift = byte & 0x7F, 7
                while byte & 0x80:
                    byte = data[at]
                    at += 1
                    value |= (byte & 0x7F) << shift
                    shift += 7
                found.append(value)
        except IndexError:
            raise damaged("is cut short") from None
        self._at = at
        return found

    def take(self, length: int) -> bytes:
        taken = self._data[self._at : self._at + length]
        if len(taken) != length:
            raise damaged("is cut short")
        self._at += length
        return taken

    def end(self) -> None:
        if self._at != len(self._data):
            raise damaged("is too long")


def _gaps(columns: Sequence[Sequence[int]]) -> list[int]:
    """Each column's numbers as differences to the one before."""
    gaps: list[int] = []
    for column in columns:
        gaps += column[:1]
        gaps += map(sub, column[1:], column)
    return gaps


def _common(a: bytes, b: bytes) -> int:
    most = min(len(a), len(b))
    for i in range(most):
        if a[i] != b[i]:
            return i
    return most


def _numbers(values: Sequence[int]) -> bytes:
    if not values:
        return b""
    top = max(values)
    if top < 0x80:
        return bytes(values)
    if top < _FEW:
        return b"".join(map(_up_to_two().__getitem__, values))
    return b"".join(map(_leb128, values))


@cache
def _up_to_two() -> list[bytes]:
    """The numbers of one or two octets."""
    return [_leb128(n) for n in range(_FEW)]


def _leb128(n: int) -> bytes:
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)
