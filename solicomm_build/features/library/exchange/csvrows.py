"""The rows of a CSV file, and the one whose quote never closes: all behind it would be in its cell.

Pure. A line of ours ends the text; where that comes out inside a cell, the quote was open.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

_END = "\ue000end\ue000"  # of the private use area: no file has it


@dataclass(frozen=True, slots=True)
class Row:
    """A row from line `begun` to line `ended`: its cells by column. `has_more` than the first has;
    `is_open` when a quote in it never closes."""

    begun: int
    ended: int
    cells: dict[str, str]
    has_more: bool = False
    is_open: bool = False


def read(text: str) -> tuple[list[str], Iterator[Row]]:
    """The columns that the first row names, in lower case, and the rows below. Commas or semicolons
    part the cells, whichever the first row has more of. A row whose quote is open is the last."""
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    rows = csv.reader(chain(io.StringIO(text, newline=""), [_END]), delimiter=delimiter)
    try:
        first = next(rows, [])
    except csv.Error:
        first = []
    columns = [column.strip().lower() for column in first if column != _END]
    return columns, _rows(rows, columns)


def _rows(rows: Any, columns: list[str]) -> Iterator[Row]:
    """`rows` is a reader of the module csv, whose type has no name."""
    begun = rows.line_num + 1
    try:
        for cells in rows:
            ended = rows.line_num
            if cells == [_END]:
                return
            if any(_END in cell for cell in cells):
                yield Row(begun, ended, {}, is_open=True)
                return
            if cells:
                named = dict(zip(columns, cells, strict=False))
                yield Row(begun, ended, named, has_more=len(cells) > len(columns))
            begun = ended + 1
    except csv.Error:  # more in one cell than the module takes
        yield Row(begun, begun, {}, is_open=True)
