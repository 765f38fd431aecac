"""A message's octets split into header fields and body, by byte range.

Nothing is decoded and nothing is lost: each field knows where it lies, so that a list can take
fields out of a copy by range and leave every other octet as it was signed. CRLF and LF line
ends are both read; limits are those of a whole header block (RFC 5322 has none).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.types import FARTHEST, USUAL, Bounds

MAX_FIELD = 64 * 1024
"""Octets of one field; RFC 5322 2.1.1's 998 octets a line are not enforced."""

# RFC 5322 2.2 and 3.6.8: printable US-ASCII but the colon; 4.5.8 allows white space before it.
_FIELD = re.compile(rb"([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)")
_MBOX_LINE = re.compile(rb">*From [^\n]*\n")
_BLANK = re.compile(rb"\r?\n")
_BLANK_FIRST = re.compile(rb"(?:[ \t]{0,400}+\r?\n){1,20}")
# What a header has and a text hardly: two of them on the lines below blank ones, and it is one.
_TELLING = frozenset(
    b"received return-path delivered-to message-id date from to subject mime-version"
    b" dkim-signature".split()
)


_SMALL = 256 * 1024
"""Octets of a message that stays in memory as the last one: who looks at it looks ten times."""


class Field(NamedTuple):
    """One header field: `raw` is what follows the colon, folds and all; the whole field with its
    line end is `message[start:end]`."""

    name: str
    raw: bytes
    start: int
    end: int

    @property
    def value(self) -> str:
        """The value unfolded and trimmed (RFC 5322 2.2.3); encoded words left as they are."""
        return unfold(self.raw)


class Split(NamedTuple):
    """Where the parts of a message lie: the body is `message[body:]`, the header `message[:end]`
    (without the blank line). `defect` says what was odd, or is empty. `by_name` has the fields,
    from the top, by their names in lower case."""

    fields: tuple[Field, ...]
    end: int
    body: int
    defect: str
    by_name: Mapping[str, Sequence[Field]]

    def named(self, name: str) -> Sequence[Field]:
        """Every field of this name, which is in lower case, from the top."""
        return self.by_name.get(name, ())


_last: list[tuple[bytes, Split]] = []


def text_of(octets: bytes) -> str:
    """Header octets as text: UTF-8 (RFC 6532) where they are, else one character an octet.

    Never fails and never makes a lone surrogate.
    """
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def unfold(raw: bytes) -> str:
    """A field value on one line, trimmed; the white space of a fold stays (RFC 5322 2.2.3)."""
    if b"\n" in raw:
        raw = raw.replace(b"\r\n", b"").replace(b"\n", b"")
    return text_of(raw).strip(" \t\r\n")


def split(raw: bytes, start: int = 0, stop: int | None = None, bounds: Bounds = FARTHEST) -> Split:
    """Reads the header at `raw[start:stop]`; raises MessageError beyond the bounds.

    The header ends at the first blank line, or, as other readers do it, at the first line that
    is no field. Blank lines above the header of a whole message, which web mail programs put into
    the files that they save, are passed over; a part without a header begins with one
    (RFC 2046 5.1), so there they count.
    """
    is_whole = start == 0 and stop is None
    if is_whole and bounds is FARTHEST:
        for known, found in _last:
            if known is raw:
                return found
    stop, most = len(raw) if stop is None else stop, bounds.header_bytes
    position, fields, defect = start, [], ""
    by_name: dict[str, list[Field]] = {}
    if (mbox := _MBOX_LINE.match(raw, position, stop)) is not None:
        position = mbox.end()
    if is_whole and raw[position : position + 1] in (b"\r", b"\n", b" ", b"\t"):
        position = _below_blank_lines(raw, position)
    match = _FIELD.match(raw, position, stop)
    while match is not None:
        end = match.end()
        if end - start > most:
            raise MessageError(f"the header is larger than {most:,} octets")
        if end - position > MAX_FIELD:
            raise MessageError("a header field is larger than 64 KiB")
        name = match[1].decode("ascii")
        field = Field(name, match[2], position, end)
        fields.append(field)
        by_name.setdefault(name.lower(), []).append(field)
        position = end
        match = _FIELD.match(raw, position, stop)
    if len(fields) > bounds.header_fields:
        raise MessageError(f"the header has more than {bounds.header_fields:,} fields")
    blank = _BLANK.match(raw, position, stop)
    if blank is None and position < stop:
        defect = "no blank line after the header"
    made = Split(tuple(fields), position, blank.end() if blank else position, defect, by_name)
    if is_whole and bounds is FARTHEST and stop <= _SMALL:
        _last[:] = [(raw, made)]
    return made


def _below_blank_lines(raw: bytes, position: int) -> int:
    """Where a header begins that stands below blank lines; `position` where none does."""
    blank = _BLANK_FIRST.match(raw, position)
    if blank is None:
        return position
    names: set[bytes] = set()
    at = blank.end()
    for _ in range(USUAL.header_fields):
        match = _FIELD.match(raw, at)
        if match is None or match.end() - blank.end() > USUAL.header_bytes:
            break
        names.add(match[1].lower())
        at = match.end()
        if len(names & _TELLING) > 1:
            return blank.end()
    return position
