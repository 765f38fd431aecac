"""Japanese in seven bits as mail programs write it, beyond what RFC 1468 has. Pure.

Programs of Microsoft write ISO-2022-JP with signs of their own (NEC's circled digits and
abbreviations, IBM's names: rows 13 and 89 to 92) and with the narrow katakana of JIS X 0201, as
browsers read it (WHATWG Encoding, 12.2). Python's codecs refuse a text with one such sign.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"(\x1b(?:\$[@B]|\([BHIJ]))")
_NARROW = 0xFF61 - 0x21


def decode(octets: bytes) -> str | None:
    """The text; None where the octets are something else."""
    out: list[str] = []
    pieces = _ESCAPE.split(octets)
    for escape, piece in zip([b"", *pieces[1::2]], pieces[::2], strict=True):
        lines = piece.split(b"\n")  # each line begins in ASCII again (RFC 1468)
        try:
            out.append(_line(escape, lines[0]))
            out += [f"\n{line.decode('ascii')}" for line in lines[1:]]
        except (UnicodeDecodeError, ValueError):
            return None
    return "".join(out)


def _line(escape: bytes, piece: bytes) -> str:
    """What stands behind an escape sequence, on one line. Raises UnicodeDecodeError, ValueError."""
    if escape[1:2] == b"$":
        text, end = piece.rstrip(b"\r"), "\r" if piece.endswith(b"\r") else ""
        try:
            return (b"\x1b$B" + text + b"\x1b(B").decode("iso2022_jp") + end
        except UnicodeDecodeError:
            return bytes(_shifted(text)).decode("cp932") + end
    if escape == b"\x1b(I":
        if piece and max(piece) > 0x5F:
            raise ValueError("no katakana")
        return "".join(chr(octet + _NARROW) if octet > 0x20 else chr(octet) for octet in piece)
    return piece.decode("ascii")


def _shifted(pairs: bytes) -> list[int]:
    """JIS X 0208's rows and cells as Shift_JIS has them. Raises ValueError."""
    out: list[int] = []
    for row, cell in zip(pairs[::2], pairs[1::2], strict=True):
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            raise ValueError("no character of two octets")
        first = (row - 0x21) // 2 + 0x81
        second = cell + (0x1F if row % 2 else 0x7E)
        out += (first + (0x40 if first > 0x9F else 0), second + (row % 2 and second >= 0x7F))
    return out
