"""A received message to the octets that go out: fields taken out and put on top, by byte range.

Pure. The body and every field that stays keep their octets, so that signatures over them still
verify (docs/mail-rules.md#reading). New fields come from one writer, which nothing from outside can
break out of: it refuses line breaks and controls, encodes what is not ASCII, and folds. New lines
end as the message's own lines do, CRLF or LF; the wire makes CRLF of both.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable

from solicomm_build.foundation import characters
from solicomm_build.foundation.errors import MessageError
from solicomm_build.message.split import Field, split

_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322 3.6.8 ftext
_CONTROL = characters.any_of(characters.CONTROLS, characters.BREAKS, but="\t")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")  # RFC 5322 3.2.3 atext, and spaces
_ADDR_SPEC = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9._-]+")
_BEYOND_ASCII = re.compile(r"[^\s<>()\[\],:;\\\"@]{1,300}@[^\s<>()\[\],:;\\\"@]{1,300}")
_LINE = 78  # RFC 5322 2.1.1: octets a line should not exceed
_LONGEST = 900  # RFC 5322 2.1.1: a line must not exceed 998, and a word cannot be folded
_WORD = 45  # octets of UTF-8 in an encoded word: 60 in base64, 72 in all (RFC 2047 2: 75)


def replace_fields(raw: bytes, goes: Callable[[Field], bool], lines: Iterable[bytes]) -> bytes:
    """The message without the fields that go, and with `lines` (CRLF, complete) on top.

    A leading mbox `From ` line goes as well; every other octet stays.
    """
    parts = split(raw)
    eol = line_end(raw)
    kept = [line.replace(b"\r\n", eol) for line in lines]
    kept += [_whole(raw, field, eol) for field in parts.fields if not goes(field)]
    rest = raw[parts.end :]
    if not rest.startswith((b"\r\n", b"\n")):
        rest = eol + rest  # the header had no end of its own, and must not take in the body
    return b"".join(kept) + rest


def header_field(name: str, value: str) -> bytes:
    """One header field with its CRLF: refuses controls, encodes what is not ASCII, folds.

    For text and for structured values that are ASCII. Raises MessageError.
    """
    if not _NAME.fullmatch(name):
        raise MessageError("a header field with an impossible name")
    if _CONTROL.search(value):
        raise MessageError(f"a control character in the field {name}")
    words = value.split(" ") if value.isascii() and "=?" not in value else encoded_words(value)
    return _folded(name, words)


def phrase(text: str) -> str:
    """A display name as it stands before `<…>`: atoms, a quoted string or encoded words
    (RFC 5322 3.2.5, RFC 2047 5). Raises MessageError for controls."""
    if _CONTROL.search(text):
        raise MessageError("a control character in a display name")
    if not text.isascii() or "=?" in text:
        return " ".join(encoded_words(text))
    if _ATOMS.fullmatch(text):
        return text.strip()
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def named_field(name: str, display: str, inside: str) -> bytes:
    """A field `Display <inside>`; `inside` is an addr-spec or a list-id. Raises MessageError."""
    if not re.fullmatch(r"[!-;=?-~]+", inside):
        raise MessageError(f"what is in the brackets of {name} is no address")
    before = phrase(display)
    if _CONTROL.search(inside) or not _NAME.fullmatch(name):
        raise MessageError(f"a control character in the field {name}")
    return _folded(name, [*(before.split(" ") if before else ()), f"<{inside}>"])


def mailbox_field(name: str, display: str, addr_spec: str) -> bytes:
    """A field with one mailbox, written from its parts. Raises MessageError."""
    if not _ADDR_SPEC.fullmatch(addr_spec):
        raise MessageError(f"{name}: not an address that can be written in a header")
    return named_field(name, display, addr_spec)


def address_field(name: str, addr_spec: str) -> bytes:
    """A field with an address alone, in UTF-8 where that has letters beyond ASCII (RFC 6532 3.2).
    Raises MessageError."""
    if addr_spec.isascii():
        return mailbox_field(name, "", addr_spec)
    if not addr_spec.isprintable() or not _BEYOND_ASCII.fullmatch(addr_spec):
        raise MessageError(f"{name}: not an address that can be written in a header")
    return f"{name}: <{addr_spec}>\r\n".encode()


def encoded_words(text: str) -> list[str]:
    """UTF-8 text as encoded words of at most 75 octets that split no character (RFC 2047 5)."""
    words, piece = [], b""
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(piece) + len(octets) > _WORD:
            words.append(piece)
            piece = b""
        piece += octets
    words.append(piece)
    return [f"=?utf-8?b?{base64.b64encode(word).decode('ascii')}?=" for word in words if word]


def line_end(raw: bytes) -> bytes:
    """What the message's own lines end with, by its first."""
    first = raw.find(b"\n")
    return b"\n" if first > 0 and raw[first - 1] != 13 else b"\r\n"


def _whole(raw: bytes, field: Field, eol: bytes) -> bytes:
    """A field's own octets; the last of a message that breaks off gets its line end."""
    octets = raw[field.start : field.end]
    return octets if octets.endswith(b"\n") else octets + eol


def _folded(name: str, words: list[str]) -> bytes:
    """`Name: word word…` with CRLF SPACE where a line would pass 78 octets (RFC 5322 2.2.3).

    Never a line of white space alone: a fold needs a word on either side.
    """
    if any(len(word) > _LONGEST for word in words):
        raise MessageError(f"a word of the field {name} is too long for a line")
    lines, line = [], f"{name}:"
    for word in words:
        if len(line) + 1 + len(word) > _LINE and line.strip() not in ("", f"{name}:") and word:
            lines.append(line)
            line = ""
        line += " " + word
    return "\r\n".join([*lines, line]).rstrip().encode("ascii") + b"\r\n"
