"""Several byte ranges of a file in one answer (RFC 9110 14.6): the search of a page asks so for
what it needs of a large file (docs/formats/search.md, section 13)."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence

_UNIT = "bytes="
_MOST = 256
_LONGEST = 18
"""Digits of a number; beyond any file."""
Range = tuple[int, int]
"""The first octet and the last."""


def several(asked: str, size: int) -> list[Range]:
    """The ranges that are asked for of a file, if they are two or more, each with both ends, in
    order and apart; of anything else none."""
    if not asked.startswith(_UNIT) or asked.count(",") not in range(1, _MOST):
        return []
    ranges, before = list[Range](), -1
    for part in asked.removeprefix(_UNIT).split(","):
        ends = part.strip().split("-")
        if len(ends) != 2 or not all(_is_number(end) for end in ends):
            return []
        first, last = int(ends[0]), min(int(ends[1]), size - 1)
        if not before < first <= last:
            return []
        ranges.append((first, last))
        before = last
    return ranges


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST


async def body(
    ranges: Sequence[Range],
    size: int,
    kind: str,
    read: Callable[[int, int], Awaitable[bytes]],
) -> tuple[Mapping[str, str], bytes]:
    """The head fields that say what comes, and all of it; `read` gives the octets of a range."""
    boundary = secrets.token_hex(8)
    parts = []
    for first, last in ranges:
        head = f"Content-Type: {kind}\r\nContent-Range: bytes {first}-{last}/{size}\r\n\r\n"
        parts += [f"\r\n--{boundary}\r\n{head}".encode("latin-1"), await read(first, last)]
    parts.append(f"\r\n--{boundary}--\r\n".encode("ascii"))
    made = b"".join(parts)
    told = f"multipart/byteranges; boundary={boundary}"
    return {"content-type": told, "content-length": str(len(made))}, made
