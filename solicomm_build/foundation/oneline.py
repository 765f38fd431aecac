"""Texts from outside that stand on one line: names, subjects, file names.

Pure. Whatever a member writes there ends as plain text: no line break can start a header or a YAML
key, no bidi control can reverse what a reader sees ("Trojan source"), no file name can be a path.
"""

from __future__ import annotations

import re
import unicodedata

from solicomm_build.foundation import characters

# C0 and C1 controls, DEL, line and paragraph separators: become a space.
_BREAKS = characters.any_of(characters.CONTROLS, characters.BREAKS)
# Bidi embeddings, overrides and isolates (UAX 9), byte order mark: vanish.
_BIDI = characters.any_of(characters.DIRECTION, characters.BOM)
_SURROGATES = characters.any_of(characters.SURROGATES)
_ODD = characters.any_of(
    characters.CONTROLS,
    characters.BREAKS,
    characters.DIRECTION,
    characters.BOM,
    characters.SURROGATES,
)
# File names lose the bidi marks too, and what some system takes for a path or a stream.
_NOT_IN_FILE_NAMES = re.compile('[\u200e\u200f\u061c/\\\\:*?"<>|]')
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
_INSIDE = re.compile(r'([;\t\r\n][ "]*+)(?==|[@+-][^;\t\r\n(!]*+[(!])')  # no number, and no list

LONGEST_NAME = 120
LONGEST_SUBJECT = 500
LONGEST_FILE_NAME = 100


def one_line(text: str, longest: int) -> str:
    """`text` in NFC on one line of at most `longest` characters, runs of white space as one space.

    Control characters and bidi controls are gone, lone surrogates are U+FFFD. Safe to call twice.
    """
    if text.isascii():
        return text if _is_clean(text, longest) else _cut(_BREAKS.sub(" ", text), longest)
    if _ODD.search(text):
        text = _SURROGATES.sub("\ufffd", _BIDI.sub("", _BREAKS.sub(" ", text)))
    return _cut(unicodedata.normalize("NFC", text), longest)


def _is_clean(text: str, longest: int) -> bool:
    """Whether an ASCII text is on one line already: the frequent case, answered quickly."""
    if len(text) > longest or not text.isprintable():
        return False
    return "  " not in text and text[:1] != " " and text[-1:] != " "


def _cut(text: str, longest: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def file_name(text: str) -> str:
    """A file name that is one safe path segment, never empty, never hidden; keeps its extension."""
    name = _NOT_IN_FILE_NAMES.sub("_", one_line(text, 1000)).strip(". ")
    if len(name) > LONGEST_FILE_NAME:
        stem, dot, extension = name.rpartition(".")
        if not dot or len(extension) > 16:
            stem, dot, extension = name, "", ""
        name = stem[: LONGEST_FILE_NAME - len(dot + extension)].rstrip(". ") + dot + extension
    return name or "attachment"


def media_type(text: str) -> str:
    """A media type in lower case (RFC 6838 4.2); `application/octet-stream` for anything else."""
    lower = text.lower()
    return lower if _MEDIA_TYPE.fullmatch(lower) else "application/octet-stream"


def shortened(text: str, limit: int = 240) -> str:
    """The beginning of a text on one line, cut between words where it is longer."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + " …"


def harmless(text: str) -> str:
    """A text that no spreadsheet calculates."""
    return f"'{text}" if text.lstrip(" ").startswith(_RISKY) else text


def cell(text: str) -> str:
    """The same, wherever a spreadsheet may begin a cell in it."""
    return harmless(_INSIDE.sub(r"\1'", text))
