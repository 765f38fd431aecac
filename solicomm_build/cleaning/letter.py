"""Copies of mail for members: what is attached loses what it knows of its sender.

By byte range: every other part and the header keep their octets, and a mail with nothing to clean
keeps all of them, so the author's signature still holds. What is signed or encrypted as a whole
(RFC 1847) stays whole.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

from solicomm_build.cleaning import child, kinds
from solicomm_build.cleaning.result import Cleaned
from solicomm_build.message.detach import CLOSED
from solicomm_build.message.split import split
from solicomm_build.message.structure import Part, tree
from solicomm_build.message.transform import line_end, replace_fields

_ENCODING = "content-transfer-encoding"
Clean = Callable[[bytes], Cleaned]


def cleaned(raw: bytes, clean: Clean = child.clean) -> bytes:
    """The message with clean copies of what is attached. What cannot be cleaned
    stays. Blocking: a child for each file. Raises MessageError beyond the limits of a message."""
    root, _ = tree(raw, split(raw))
    pieces: list[bytes] = []
    at = 0
    for part in _leaves(root):
        octets = part.payload(raw)
        if not octets or kinds.is_plain(octets):
            continue
        made = clean(octets)
        if not made.is_safe or made.octets == octets:
            continue
        start = part.head if part is not root else 0
        copy = _encoded(raw[start : part.start])
        copy += _lines(made.octets, line_end(raw), last=part is root)
        pieces += [raw[at:start], copy]
        at = part.stop
    return b"".join([*pieces, raw[at:]]) if pieces else raw


def _leaves(part: Part) -> Iterator[Part]:
    """What holds no parts of its own, in messages within the message, too. At most
    `structure.MAX_DEPTH` deep."""
    if not part.parts:
        if part.type not in CLOSED:
            yield part
    elif part.type not in CLOSED:
        for child_part in part.parts:
            yield from _leaves(child_part)


def _encoded(head: bytes) -> bytes:
    """The header of a part that is in base64 now."""
    line = b"Content-Transfer-Encoding: base64\r\n"
    return replace_fields(head, lambda field: field.name.lower() == _ENCODING, [line])


def _lines(octets: bytes, end: bytes, *, last: bool) -> bytes:
    body = base64.encodebytes(octets).rstrip(b"\n").replace(b"\n", end)
    return body + end if last else body
