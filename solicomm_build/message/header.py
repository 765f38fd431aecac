"""Header values to text: encoded words (RFC 2047), parameters (RFC 2045 5.1, RFC 2231).

Reads what real mail has, not only what it may have: words that split a character, encoded words
inside parameters, spaces inside words. Never fails.
"""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from solicomm_build.message import charset

MAX_WORDS = 1000
"""Encoded words decoded in one value; the rest stays as it is."""

_WORD = re.compile(r"=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.){0,8192}"|[^;]*)')
_QUOTED_PAIR = re.compile(r"\\(.)")


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
    return _CONTROLS.sub(" ", value).strip()


def _decode_words(value: str) -> str:
    out: list[str] = []
    pending, pending_charset, position = b"", "", 0
    for count, word in enumerate(_WORD.finditer(value)):
        if count >= MAX_WORDS:
            break
        between = value[position : word.start()]
        if pending and (between.strip() or word[1].lower() != pending_charset):
            out.append(charset.decode(pending, pending_charset)[0])
            pending = b""
        if between.strip() or not position:
            out.append(between)
        pending += _octets(word[2], word[3])
        pending_charset, position = word[1].lower(), word.end()
    if pending:
        out.append(charset.decode(pending, pending_charset)[0])
    return "".join(out) + value[position:]


def _octets(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True)
    return base64(data)


def base64(data: bytes) -> bytes:
    """Lenient base64 (RFC 2045 6.8): foreign characters skipped, missing padding forgiven."""
    for padding in (b"", b"=="):
        try:
            return binascii.a2b_base64(data + padding)
        except binascii.Error:
            continue
    return binascii.a2b_base64(data + b"A==")[:-1]  # one character too many: it means nothing


def parametrised(value: str) -> Parametrised:
    """Reads `value; name=text; name*0*=utf-8''text`; of a name given twice the first counts."""
    head, semicolon, _ = value.partition(";")
    if not semicolon:
        return Parametrised(head.strip().lower(), {})
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    for match in _PARAMETER.finditer(value, len(head)):
        name, text = match[1].lower(), _unquote(match[2])
        if "*" not in name:
            plain.setdefault(name, text)
            continue
        base, _, rest = name.partition("*")
        extended = rest.endswith("*") or not rest
        number = rest.rstrip("*")
        index = int(number) if number.isdecimal() and len(number) < 4 else 0
        sections.setdefault(base, {}).setdefault(index, (extended, text))
    for base, parts in sections.items():
        plain[base] = _joined(parts)
    return Parametrised(head.strip().lower(), plain)


def _unquote(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == '"' and text[-1] == '"':
        return _QUOTED_PAIR.sub(r"\1", text[1:-1])
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
