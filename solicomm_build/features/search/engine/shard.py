"""Postings as bytes (docs/formats/search.md, section 4): columns of LEB128 numbers, front-coded
terms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, islice
from operator import sub

from solicomm_build.foundation.errors import ContentError

_FEW = 1 << 14  # numbers below take two octets at most
_LONG = re.compile(rb"[\x80-\xff]{2}")  # in numbers that take more


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


Columns = tuple[Sequence[int], Sequence[int], Sequence[int]]
"""Where one term stands in one field, as a shard has it: the first local id and the differences
after it, how often, and the field's length, which is left out for the last field."""
Packed = tuple[bytes, Sequence[Columns]]
"""A term in UTF-8 with its columns, one for each field."""


def encode(entries: Sequence[Entry], fields: int) -> bytes:
    """A shard of these terms, which are in order."""
    return pack([_columns(entry) for entry in entries], fields)


def _columns(entry: Entry) -> Packed:
    term, postings = entry
    *others, last = postings
    columns = [(_steps(one.documents), one.tf, one.lengths) for one in others]
    return term.encode("utf-8", "surrogatepass"), [*columns, (_steps(last.documents), last.tf, ())]


def pack(entries: Sequence[Packed], fields: int) -> bytes:
    """A shard of these terms, which are in order, with their columns."""
    shared, rest, text = [], [], []
    before = b""
    for spelled, _ in entries:
        same = _common(before, spelled)
        shared.append(same)
        rest.append(len(spelled) - same)
        text.append(spelled[same:])
        before = spelled
    columns = [column for _, of_fields in entries for column in of_fields]
    return b"".join(
        (
            _numbers([len(entries)]),
            _numbers(shared),
            _numbers(rest),
            *text,
            *(_numbers([len(of_fields[f][0]) for _, of_fields in entries]) for f in range(fields)),
            _numbers([gap for gaps, _, _ in columns for gap in gaps]),
            _numbers([often for _, tf, _ in columns for often in tf]),
            _numbers([length for _, _, lengths in columns for length in lengths]),
        )
    )


def unpack(data: bytes, fields: int) -> Iterator[Packed]:
    """The terms of a shard with their columns. Raises ContentError as `decode` does."""
    cursor = _Cursor(data)
    (count,) = cursor.numbers(1)
    shared, rest = cursor.numbers(count), cursor.numbers(count)
    terms, spelled = [], b""
    for same, length in zip(shared, rest, strict=True):
        spelled = spelled[:same] + cursor.take(length)
        terms.append(spelled)
    df = [cursor.numbers(count) for _ in range(fields)]
    total = sum(map(sum, df))
    known = 2 * total
    rest = cursor.rest(known + total - sum(df[-1]))
    gaps, tf, inline = rest[:total], rest[total:known], rest[known:]
    at = within = 0
    for number, term in enumerate(terms):
        columns: list[Columns] = []
        for f in range(fields):
            size = df[f][number]
            told = size if f < fields - 1 else 0
            part = inline[within : within + told]
            columns.append((gaps[at : at + size], tf[at : at + size], part))
            at, within = at + size, within + told
        yield term, columns


def decode(data: bytes, fields: int, lengths: Sequence[int]) -> list[Entry]:
    """The terms of a shard; `lengths` are those of the last field by local id. Raises ContentError
    when it is cut short or has bytes to spare."""
    found = []
    for term, columns in unpack(data, fields):
        postings = [Posting([*accumulate(gaps)], tf, known) for gaps, tf, known in columns]
        last = postings[-1].documents
        if last and last[-1] >= len(lengths):
            raise damaged("names a document that is not there")
        known = [lengths[document] for document in last]
        postings[-1] = Posting(last, postings[-1].tf, known)
        found.append((term.decode("utf-8", "surrogatepass"), tuple(postings)))
    return found


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
    return _Cursor(data).rest(count)


def lists(columns: Sequence[Sequence[int]]) -> bytes:
    """Ascending numbers, a list after the other: how many each has, then their differences."""
    return _numbers([len(column) for column in columns] + _gaps(columns))


def read_lists(data: bytes, count: int) -> list[list[int]]:
    """`count` lists that are all there is in `data`. Raises ContentError."""
    cursor = _Cursor(data)
    sizes = cursor.numbers(count)
    gaps = iter(cursor.rest(sum(sizes)))
    return [[*accumulate(islice(gaps, size))] for size in sizes]


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def numbers(self, count: int) -> list[int]:
        data, at = self._data, self._at
        if count > len(data) - at:
            raise damaged("is cut short")
        if count and max(data[at : at + count]) < 0x80:  # each is an octet
            self._at = at + count
            return list(data[at : at + count])
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

    def rest(self, count: int) -> list[int]:
        """So many numbers, which are all that is left."""
        data = self._data[self._at :]
        if _LONG.search(data):
            found = self.numbers(count)
            self.end()
            return found
        # Each is an octet, or two of which the first has the low bits.
        pairs = zip(b"\0" + data, data, strict=False)
        found = [at if low < 0x80 else at << 7 | low & 0x7F for low, at in pairs if at < 0x80]
        if len(found) < count or data[-1:] >= b"\x80":
            raise damaged("is cut short")
        if len(found) > count:
            raise damaged("is too long")
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
    return [gap for column in columns for gap in _steps(column)]


def _steps(column: Sequence[int]) -> Sequence[int]:
    """Numbers as differences to the one before."""
    return [*column[:1], *map(sub, column[1:], column)]


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
