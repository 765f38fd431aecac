"""Header values to text: encoded words (RFC 2047), parameters (RFC 2045 5.1, RFC 2231).

Reads what real mail has, not only what it may have: words that split a character, encoded words
inside parameters, spaces inside words. Never fails.
"""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from solicomm_build.foundation import characters
from solicomm_build.message import charset

MAX_WORDS = 1000
"""Encoded words decoded in one value; the rest stays as it is."""

_WORD = re.compile(r"=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=")
_BEYOND_LATIN = re.compile(r"[^\x00-\xff]")
_CONTROLS = re.compile(f"[{characters.CONTROLS}{characters.BREAKS}]+")
_PARAMETER = re.compile(
    r';\s*+(?:\([^()]{0,200}\)\s*+)?([^\s=;"()]++)\s*+=\s*+("(?:[^"\\]|\\.){0,8192}"|[^;]*+)'
)
# `value` up to white space or a comment, and what may stand between it and a parameter.
_HEAD = re.compile(r"[^\s(;/]*+(?:[ \t]{0,9}/[ \t]{0,9}[^\s(;]*+)?")
_UNPARTED = re.compile(r"[ \t]*+(?:\([^()]{0,200}\)[ \t]*+)?(?<=[ \t])(?=[A-Za-z*0-9-]{1,40}=)")
# Tokens (RFC 2045 5.1), which end where white space or a comment begins; names of files do not.
_TOKENS = frozenset(("charset", "boundary", "format", "delsp", "type", "report-type", "protocol"))
_TOKEN_END = re.compile(r"[ \t]")
_QUOTED_PAIR = re.compile(r"\\(.)")
# Lines of base64 and nothing else, each of which may end with padding.
_PIECES = re.compile(rb"(?:[A-Za-z0-9+/]*+={0,2}+[ \t]*+(?:\r?\n|\Z))*+")
_PADDING = re.compile(rb"=++[ \t\r\n]*+")


class Parametrised(NamedTuple):
    """A value such as Content-Type's: `value` in lower case, names of `params` too."""

    value: str
    params: dict[str, str]


def decode(value: str) -> str:
    """The value as a person reads it: encoded words decoded, control characters made spaces.

    Adjacent words lose the space between them (RFC 2047 6.2) and are joined before decoding when
    they name the same charset, for the many mailers that split inside a character.
    """
    if "=?" in value:
        value = _decode_words(value)
    return (value if value.isprintable() else _CONTROLS.sub(" ", value)).strip()


def _decode_words(value: str) -> str:
    out: list[str] = []
    pending, pending_charset, position = b"", "", 0
    for count, word in enumerate(_WORD.finditer(value)):
        if count >= MAX_WORDS:
            break
        between = value[position : word.start()]
        declared = word[1].lower() if word[3].isascii() else _label(word)
        if pending and (between.strip() or declared != pending_charset):
            out.append(charset.decode(pending, pending_charset)[0])
            pending = b""
        if between.strip() or not position:
            out.append(between)
        pending += _octets(word[2], word[3], declared)
        pending_charset, position = declared, word.end()
    if pending:
        out.append(charset.decode(pending, pending_charset)[0])
    return "".join(out) + value[position:]


def _label(word: re.Match[str]) -> str:
    """The charset of a word with octets beyond ASCII, which RFC 2047 2 forbids and some programs
    write: UTF-8 where they could be read as that (split.text_of), whatever the word says."""
    declared = word[1].lower()
    if charset.codec_of(declared) is None or _BEYOND_LATIN.search(word[3]):
        return "utf-8"
    return declared


def _octets(encoding: str, text: str, declared: str) -> bytes:
    """What an encoded word stands for, in the charset `declared`. What stands in it as one
    character of Latin-1 an octet becomes that octet again."""
    is_plain = text.isascii() or charset.codec_of(declared) in (None, "utf_8")
    data = text.encode("utf-8" if is_plain else "latin-1", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True)
    return base64(data)


def base64(data: bytes) -> bytes:
    """Lenient base64 (RFC 2045 6.8): foreign characters skipped, missing padding forgiven. What was
    encoded in several pieces, each with padding of its own, is read to its end."""
    if b"=" in data.rstrip(b"= \t\r\n") and _PIECES.fullmatch(data):
        pieces = _PADDING.split(data)
        if all(len(piece.translate(None, b"\r\n")) % 4 > 1 for piece in pieces[:-1]):
            return b"".join(map(_base64, pieces))
    return _base64(data)


def _base64(data: bytes) -> bytes:
    for padding in (b"", b"=="):
        try:
            return binascii.a2b_base64(data + padding)
        except binascii.Error:
            continue
    return binascii.a2b_base64(data + b"A==")[:-1]  # one character too many: it means nothing


def parametrised(value: str) -> Parametrised:
    """Reads `value; name=text; name*0*=utf-8''text`; of a name given twice the first counts.

    Comments (RFC 2045 5.1) are passed over. A first parameter without a semicolon before it is
    one all the same.
    """
    value = value.strip()
    head, semicolon, _ = value.partition(";")
    kind, missing = head.rstrip(), None
    if "(" in kind or " " in kind or "\t" in kind:
        kind = _HEAD.findall(head)[0]
        missing = _UNPARTED.match(head, len(kind))
        kind = "".join(kind.split())
    kind = kind.lower()
    if not semicolon and missing is None:
        return Parametrised(kind, {})
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    rest = ";" + value[missing.end() :] if missing else value[len(head) :]
    for match in _PARAMETER.finditer(rest):
        name, text = match[1].lower(), _unquote(match[2], match[1].lower())
        if "*" not in name:
            plain.setdefault(name, text)
            continue
        base, _, mark = name.partition("*")
        extended = mark.endswith("*") or not mark
        number = mark.rstrip("*")
        index = int(number) if number.isdecimal() and len(number) < 4 else 0
        sections.setdefault(base, {}).setdefault(index, (extended, text))
    for base, parts in sections.items():
        plain[base] = _joined(parts)
    return Parametrised(kind, plain)


def _unquote(text: str, name: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == '"' and text[-1] == '"':
        return _QUOTED_PAIR.sub(r"\1", text[1:-1])
    if name in _TOKENS and text[:1] != '"':
        text = _TOKEN_END.split(text, maxsplit=1)[0]
        return text.partition("(")[0] if name == "charset" else text
    return text.strip('"')


def _joined(parts: dict[int, tuple[bool, str]]) -> str:
    """RFC 2231 3 and 4.1: sections in order; the first extended one names the charset."""
    declared, octets = "", b""
    for index in sorted(parts):
        extended, text = parts[index]
        if extended and index == min(parts) and text.count("'") >= 2:
            declared, _, text = text.split("'", 2)
        octets += unquote_to_bytes(text) if extended else text.encode("utf-8", "replace")
    return charset.decode(octets, declared)[0]
