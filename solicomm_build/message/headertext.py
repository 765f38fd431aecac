"""Header fields with octets beyond ASCII that are no UTF-8: in which charset they were written.

Old and careless programs put a subject into the header as it was typed (RFC 5322 2.2 forbids it).
Nothing there says in which charset; what the mail says elsewhere helps: its parts' charsets, its
text where that has no label either, Content-Language and the country of the sender's address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from solicomm_build.message import charset
from solicomm_build.message.split import Field, text_of, unfold
from solicomm_build.message.structure import Part
from solicomm_build.message.text import guess

_NAMES = ("subject", "from", "sender", "reply-to", "to", "cc")
_MOST_BODY = 2000  # octets of a text without a label that are looked at with the header
_COUNTRY = re.compile(rb"@[A-Za-z0-9.-]{1,200}\.([A-Za-z]{2})\b")


def codec_of(raw: bytes, root: Part, seen: Mapping[str, Sequence[Field]]) -> str | None:
    """The codec of the header's octets beyond ASCII; None when there are none that need one."""
    written = [fields[0].raw for name in _NAMES if (fields := seen.get(name))]
    odd = [value for value in written if not value.isascii() and _is_odd(value)]
    if not odd:
        return None
    hints = set(_languages(seen))
    parts = list(_texts(root))
    body = b""
    for part in parts:
        codec = charset.codec_of(part.params.get("charset", ""))
        if codec not in (None, "ascii", "utf_8"):
            hints.add(str(codec))
        elif not body and codec != "utf_8":
            body = part.payload(raw)[:_MOST_BODY]
    if _is_odd(body):
        hints |= {found} if (found := guess.codec_of(body, hints)) else set()
    return guess.codec_of(b"\n".join(odd), hints)


def text(raw: bytes, codec: str | None) -> str:
    """A field's value on one line, its octets beyond ASCII read as `codec` has them; as
    split.unfold where there is none, and where encoded words tell."""
    if codec is None or raw.isascii() or b"=?" in raw or not _is_odd(raw):
        return unfold(raw)
    value = raw.replace(b"\r\n", b"").replace(b"\n", b"").strip(b" \t\r\n")
    try:
        return value.decode(codec)
    except UnicodeDecodeError:
        return text_of(value)


def _is_odd(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _languages(seen: Mapping[str, Sequence[Field]]) -> Iterator[str]:
    for field in seen.get("content-language", ())[:1]:
        tag = text_of(field.raw).strip().lower()[:2]
        yield guess.BY_LANGUAGE.get(tag, tag)
    for field in seen.get("from", ())[:1]:
        found = _COUNTRY.search(field.raw)
        if found is not None:
            yield guess.BY_COUNTRY.get(found[1].decode("ascii").lower(), "")


def _texts(part: Part) -> Iterator[Part]:
    if part.type.startswith("multipart/"):
        for child in part.parts:
            yield from _texts(child)
    elif part.type.startswith("text/"):
        yield part
