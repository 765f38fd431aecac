"""The canonical forms that DKIM and ARC sign (RFC 6376 3.4), and which fields they take (5.4.2).

Pure, and linear in the size of the input whatever is in it. A header field is its octets with name
and line end, `Name: value\\r\\n`; LF line ends are read as CRLF, because that is what the wire
makes of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from solicomm_build.message.split import split

_BLANKS = re.compile(rb"[ \t]+")
_TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_FOLDS = re.compile(r"\s+")


def wire(octets: bytes) -> bytes:
    """The octets with every line end, CRLF, LF or CR, as CRLF: what SMTP carries."""
    return octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def relaxed_body(body: bytes) -> bytes:
    """The body in the form of RFC 6376 3.4.4: blanks made one, none at line ends, no empty end.

    An empty body stays empty.
    """
    # Runs first become one blank, so that the second step never looks at a run.
    text = _BLANKS.sub(b" ", wire(body)).replace(b" \r\n", b"\r\n")
    text = text.removesuffix(b" ").rstrip(b"\r\n")
    return text + b"\r\n" if text else b""


def simple_body(body: bytes) -> bytes:
    """The body in the form of RFC 6376 3.4.3: one CRLF at its end, else untouched."""
    return wire(body).rstrip(b"\r\n") + b"\r\n"


@lru_cache(maxsize=512)
def relaxed_field(field: bytes) -> bytes:
    """A field in the form of RFC 6376 3.4.2, with its CRLF. Remembered, because the copies of a
    post differ in one or two fields only."""
    name, _, value = field.partition(b":")
    value = value.replace(b"\r", b"").replace(b"\n", b"")
    return name.strip(b" \t").lower() + b":" + _BLANKS.sub(b" ", value).strip(b" ") + b"\r\n"


def simple_field(field: bytes) -> bytes:
    """A field in the form of RFC 6376 3.4.1: its octets, as the wire has them."""
    text = wire(field)
    return text if text.endswith(b"\r\n") else text + b"\r\n"


def fields_of(raw: bytes) -> list[bytes]:
    """The header fields of a message, whole, in order. Raises MessageError past the limits."""
    return [raw[field.start : field.end] for field in split(raw).fields]


def name_of(field: bytes) -> str:
    """A field's name in lower case."""
    return field.partition(b":")[0].strip(b" \t").lower().decode("ascii", "replace")


def selected(fields: Sequence[bytes], names: Iterable[str]) -> list[bytes]:
    """The fields that `names` (h=, lower case) takes: of several the lowest first, and nothing for
    a name that is used up (RFC 6376 5.4.2)."""
    left: dict[str, list[bytes]] = {}
    for field in fields:
        left.setdefault(name_of(field), []).append(field)
    return [left[name].pop() for name in names if left.get(name)]


def tags(value: str) -> dict[str, str] | None:
    """A tag=value list (RFC 6376 3.2) without white space in values; None when it is malformed or
    names a tag twice. For DKIM-Signature, key records and, as RFC 9989 4.7 says, DMARC records."""
    found: dict[str, str] = {}
    for part in value.split(";"):
        if not part.strip():
            continue
        name, equals, text = part.partition("=")
        name = name.strip()
        if not equals or name in found or not _TAG_NAME.fullmatch(name):
            return None
        found[name] = _FOLDS.sub("", text)
    return found
