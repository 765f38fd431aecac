"""Octets to text when the label may lie.

Order: what is declared (read as browsers read it) → UTF-8, strictly → the same two where only
a few octets do not fit → what the letters and words look like (guess) → one character an octet.
The octets themselves are never lost: the raw message is kept.
"""

from __future__ import annotations

import encodings.aliases
import re
from collections.abc import Iterable

from solicomm_build.message.text import guess, japanese

# Labels that mean a superset in practice (WHATWG Encoding has the same table).
_REALLY = {
    "latin_1": "cp1252",
    "iso8859_1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
}
# Only codecs that turn octets into text: never zlib, idna, unicode_escape and their like.
_TEXT = re.compile(
    r"ascii|utf_8|utf_8_sig|utf_16(_[bl]e)?|utf_32(_[bl]e)?|utf_7|latin_1|iso8859_\d+|cp\d+|koi8_[rtu]|"
    r"gb2312|gbk|gb18030|hz|big5|big5hkscs|euc_(jp|jis_2004|jisx0213|kr)|shift_jis(_2004|x0213)?|"
    r"iso2022_(jp(_\d|_2004|_ext)?|kr)|mac_\w+|tis_620|johab|ptcp154|kz1048|hp_roman8"
)
_CP1252 = {n: bytes([n]).decode("cp1252", "ignore") or chr(n) for n in range(0x80, 0xA0)}
# Seven-bit charsets announce themselves by escape sequences (RFC 1468, RFC 1557).
_ESCAPES = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$", "iso2022_jp_2"))
_MANY_OCTETS = re.compile(r"utf_8|gb18030|gbk|big5\w*|cp932|cp949|euc_\w+|shift_jis\w*")
_ASCII = re.compile(r"[\x00-\x7f]++")
_WIDE = re.compile(r"utf_(?:16|32)(?:_[bl]e)?")
_UNWRITTEN = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # no text of single octets has them
_MOST_HOLES = 100
_FEW = 20  # so many characters that fit for one that does not
# Labels that Python does not know: those of WHATWG Encoding, and what programs make of them.
_EXTRA = {
    "windows_874": "cp874",
    "windows_31j": "cp932",
    "windows_949": "cp949",
    "x_gbk": "gbk",
    "cn_gb": "gb2312",
    "cn_big5": "big5",
    "x_x_big5": "big5",
    "x_sjis": "cp932",
    "x_euc_jp": "euc_jp",
    "utf8mb4": "utf_8",
    "unicode_1_1_utf_8": "utf_8",
    "iso_8859_6_e": "iso8859_6",
    "iso_8859_6_i": "iso8859_6",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_8_i": "iso8859_8",
    "koi": "koi8_r",
    "koi8": "koi8_r",
    "x_mac_cyrillic": "mac_cyrillic",
    "x_mac_ukrainian": "mac_cyrillic",
    "x_mac_roman": "mac_roman",
}
_OF_MICROSOFT = re.compile(r"(?:x_)?(?:cp|win|windows|dos|ibm)_?(\d{3,4})")
_LABEL = re.compile(r"[^a-z0-9]+")
_known: dict[str, str | None] = {}


def codec_of(label: str) -> str | None:
    """The Python codec that a charset label stands for, or None when there is none for text."""
    if label not in _known:
        if len(_known) > 1000:
            _known.clear()
        _known[label] = _find(label)
    return _known[label]


def _find(label: str) -> str | None:
    name = _LABEL.sub("_", label.strip().lower()).strip("_")
    name = _EXTRA.get(name) or encodings.aliases.aliases.get(name, name)
    if found := _OF_MICROSOFT.fullmatch(name):
        name = f"cp{found[1]}"
    return _REALLY.get(name, name) if _TEXT.fullmatch(name) else None


def decode(
    octets: bytes, declared: str = "", *, study: bool = False, hints: Iterable[str] = ()
) -> tuple[str, bool]:
    """Text without lone surrogates, and whether its charset had to be guessed.

    Octets that are valid UTF-8 are UTF-8, whatever the label says: that is no guess.

    `study` allows the guess to take milliseconds: for bodies, not for the words of a header.
    `hints` are languages and codecs that the mail names elsewhere (guess.codec_of).
    """
    codec = codec_of(declared) if declared else None
    if codec is not None and _WIDE.fullmatch(codec) and _is_of_single_octets(octets):
        codec = None
    if codec in (None, "ascii") and b"\x1b$" in octets:
        codec = next(name for escape, name in _ESCAPES if escape in octets)
    for name in (codec, "utf_8"):
        if name is None:
            continue
        try:
            text = octets.decode(name)
            if name.startswith("utf_") and name != "utf_8":
                text.encode("utf-8")
        except (UnicodeError, LookupError):
            told = japanese.decode(octets) if name.startswith("iso2022_jp") else None
            if told is None:
                continue
            text = told
        return text, False
    for name in (codec, "utf_8"):
        if name is not None and _MANY_OCTETS.fullmatch(name):
            text = _nearly(octets, name)
            if text:
                return text, True
    return _guess(octets, declared, study=study, hints=hints), True


def _is_of_single_octets(octets: bytes) -> bool:
    """Whether a text that is said to have two octets or four for a character has not: it is UTF-8,
    with white space and none of the octets that are a part of a space, a line end, a full stop."""
    if _UNWRITTEN.search(octets) or not (b" " in octets or b"\n" in octets):
        return False
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _nearly(octets: bytes, codec: str) -> str:
    """The text where only few octets do not fit, as when a program cut within a character; they
    become one character each. Empty where many do not."""
    rough = octets.decode(codec, "replace")
    faults = rough.count("\ufffd")
    fits = len(rough) - sum(map(len, _ASCII.findall(rough))) - faults
    return _with_holes(octets, codec) if faults * _FEW <= fits else ""


def _with_holes(octets: bytes, codec: str) -> str:
    """The text; an octet that the charset does not know is read as windows-1252 has it."""
    out: list[str] = []
    position = 0
    while position < len(octets):
        try:
            out.append(octets[position:].decode(codec))
            break
        except UnicodeDecodeError as fault:
            out.append(octets[position : position + fault.start].decode(codec))
            out.append(_octet(octets[position + fault.start]))
            position += fault.start + 1
        if len(out) > 2 * _MOST_HOLES:
            return octets.decode(codec, "replace")
    return "".join(out)


def _octet(value: int) -> str:
    return _CP1252.get(value) or chr(value)


def _guess(octets: bytes, declared: str, *, study: bool, hints: Iterable[str]) -> str:
    # cp1252 has five holes; where one is hit, the rest of the label still holds.
    if not study or codec_of(declared) == "cp1252":
        return octets.decode("latin-1").translate(_CP1252)
    codec = guess.codec_of(octets, hints)
    if codec is None or codec == "cp1252":
        return octets.decode("latin-1").translate(_CP1252)
    return _with_holes(octets, codec)
