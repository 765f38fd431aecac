"""The MIME tree of a message, by byte ranges (RFC 2045, RFC 2046 5).

The walker holds its own stack and counts as it goes, so neither nesting nor floods of parts can
hurt it: beyond the limits it raises MessageError before anything recursive sees the message.
Boundaries that are missing, truncated, never opened or overlapping are read as far as they make
sense; an inner part never reaches beyond the outer one's delimiter.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.types import FARTHEST, Bounds
from solicomm_build.message import header
from solicomm_build.message.split import Split, split

_FIELDS = (
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "content-id",
    "subject",
    "content-description",
)
_IDENTITY = frozenset(("", "7bit", "8bit", "binary"))
# A soft break (RFC 2045 6.7) before a carriage return alone: binascii would go on at the next line
# feed, and leave out all between.
_LONE_BREAK = re.compile(rb"=\r(?!\r*+\n)")
_UUENCODED = frozenset(("x-uuencode", "uuencode", "x-uue", "uue"))
_UU_BEGIN = re.compile(rb"\s*+begin [0-7]{3,4} [^\n]*\n")


@dataclass(slots=True)
class Part:
    """One entity: it begins at `head`, its body is `raw[start:stop]`. `type` is lower-case;
    `fields` holds the first of each content field, unfolded, by lower-case name."""

    fields: dict[str, str]
    type: str
    params: dict[str, str]
    start: int
    stop: int
    parts: list[Part] = field(default_factory=list)
    head: int = 0

    @property
    def encoding(self) -> str:
        """The transfer encoding in lower case, without comments."""
        value = self.fields.get("content-transfer-encoding", "")
        return value.partition("(")[0].strip(" ;").lower()

    def payload(self, raw: bytes) -> bytes:
        """The decoded octets (RFC 2045 6); what cannot be decoded is given as it is."""
        data, encoding = raw[self.start : self.stop], self.encoding
        if encoding == "quoted-printable":
            return binascii.a2b_qp(_LONE_BREAK.sub(b"=\r\n", data) if b"=\r" in data else data)
        if encoding in _UUENCODED:
            return _uudecoded(data)
        return header.base64(data) if encoding == "base64" else data


def _uudecoded(data: bytes) -> bytes:
    """What programs packed before there was MIME, and some still did for long (POSIX uuencode); the
    octets as they are where they are not that and nothing else."""
    begin = _UU_BEGIN.match(data)
    out: list[bytes] = []
    at = begin.end() if begin is not None else len(data)
    while at < len(data):
        found = data.find(b"\n", at)
        end = found if found >= 0 else len(data)
        row, at = data[at:end].rstrip(b"\r"), end + 1
        if row.rstrip() == b"end":
            return data if data[at:].strip() else b"".join(out)
        count = ((row[0] - 32) & 63) if row else 0
        try:
            out.append(binascii.a2b_uu(row[: 1 + (count + 2) // 3 * 4]) if count else b"")
        except binascii.Error:
            return data
    return data


def tree(raw: bytes, top: Split, bounds: Bounds = FARTHEST) -> tuple[Part, tuple[str, ...]]:
    """The root part and the defects found; raises MessageError beyond the bounds, except that of
    the decoded octets (`check_decoded`)."""
    root = _part(top, len(raw), "text/plain")
    defects: list[str] = []
    waiting, count = [(root, 0)], 1
    while waiting:
        part, depth = waiting.pop()
        is_multipart = part.type.startswith("multipart/")
        if not is_multipart and not part.type.startswith("message/"):
            continue
        if depth >= bounds.mime_depth:
            raise MessageError(f"the message nests more than {bounds.mime_depth} parts deep")
        for start, stop in _ranges(raw, part) if is_multipart else _enclosed(part):
            count += 1
            if count > bounds.mime_parts:
                raise MessageError(f"the message has more than {bounds.mime_parts:,} parts")
            default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
            child = _part(split(raw, start, stop, bounds), stop, default)
            child.head = start
            part.parts.append(child)
            waiting.append((child, depth + 1))
        if is_multipart and not part.parts:
            defects.append("multipart without parts")
            part.type, part.params = "text/plain", {}
    return root, tuple(defects)


def check_decoded(raw: bytes, root: Part, bounds: Bounds) -> None:
    """Raises MessageError when all parts together are larger, decoded, than `bounds` allow. Decodes
    only what could be: no encoding makes a part smaller than its content."""
    most, whole, waiting = bounds.decoded_bytes, 0, [root]
    if len(raw) <= most:
        return
    while waiting:
        part = waiting.pop()
        whole += 0 if part.parts else len(part.payload(raw))
        if whole > most:
            raise MessageError(f"the parts of the message have more than {most:,} octets")
        waiting += part.parts


def check(raw: bytes, bounds: Bounds) -> None:
    """Raises MessageError when a message is beyond the bounds, with a sentence for its sender."""
    root, _ = tree(raw, split(raw, bounds=bounds), bounds)
    check_decoded(raw, root, bounds)


def _part(at: Split, stop: int, default: str) -> Part:
    fields = {name: found[0].value for name in _FIELDS if (found := at.named(name))}
    kind, params = header.parametrised(fields.get("content-type", default))
    if kind.count("/") != 1 or kind[0] == "/" or kind[-1] == "/":  # RFC 2045 5.2
        kind = "text/plain" if kind in ("", "text") else "application/octet-stream"
    return Part(fields, kind, params, at.body, stop)


def _enclosed(part: Part) -> Iterator[tuple[int, int]]:
    """The message inside message/rfc822, where it is readable as it stands (RFC 2046 5.2.1)."""
    if part.type in ("message/rfc822", "message/global") and part.encoding in _IDENTITY:
        yield part.start, part.stop


def _ranges(raw: bytes, part: Part) -> Iterator[tuple[int, int]]:
    """The byte range of each body part (RFC 2046 5.1.1); preamble and epilogue are passed over.

    What follows a closing line is none when another part begins there: scripts give the multipart
    inside the same boundary as the one around it, and close both by it.
    """
    boundary = part.params.get("boundary", "").encode("utf-8", "replace")
    if not boundary:
        return
    begin = None
    for start, stop, closing in _delimiters(raw, b"--" + boundary, part.start, part.stop):
        if begin is not None:
            yield begin, max(begin, start)
        begin = None if closing else stop
    if begin is not None:
        yield begin, part.stop


def _delimiters(raw: bytes, dash: bytes, start: int, stop: int) -> Iterator[tuple[int, int, bool]]:
    """Each delimiter line: where the line end before it starts, where it ends, if it closes."""
    at = raw.find(dash, start, stop)
    while at >= 0:
        after = at + len(dash)
        if at > start and raw[at - 1] != 10:
            at = raw.find(dash, after, stop)
            continue
        line = raw.find(b"\n", after, stop)
        end = stop if line < 0 else line + 1
        tail = raw[after : min(end, after + 100)].strip()
        if tail in (b"", b"--"):
            before = at - 1 if at > start else at
            if before > start and raw[before - 1] == 13:
                before -= 1
            yield before, end, tail == b"--"
        at = raw.find(dash, end, stop)
