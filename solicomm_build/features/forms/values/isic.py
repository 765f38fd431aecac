"""Sectors of the economy: ISIC, revision 4 (United Nations, 2008), its sections in six languages.

A code is a section (`C`), or a division, group or class (`24`, `241`, `2410`), which may have its
section before it (`C24`). What is kept is the code without that letter. Names are of sections:
what a reader counts by.
"""

from __future__ import annotations

import re

from solicomm_build.features.forms.values.formwords import Wrong, folded
from solicomm_build.foundation.language import wordtables

_NAMES = wordtables.table(__file__, "sectors")
_SECTIONS = wordtables.meanings(_NAMES, folded)
_DIVISIONS = {
    "A": (1, 3),
    "B": (5, 9),
    "C": (10, 33),
    "D": (35, 35),
    "E": (36, 39),
    "F": (41, 43),
    "G": (45, 47),
    "H": (49, 53),
    "I": (55, 56),
    "J": (58, 63),
    "K": (64, 66),
    "L": (68, 68),
    "M": (69, 75),
    "N": (77, 82),
    "O": (84, 84),
    "P": (85, 85),
    "Q": (86, 88),
    "R": (90, 93),
    "S": (94, 96),
    "T": (97, 98),
    "U": (99, 99),
}
_CODE = re.compile(r"([A-U])?\s*([0-9]{2,4})|([A-U])", re.IGNORECASE)

SECTIONS = tuple(_DIVISIONS)
"""The letters, in order."""


def sector(text: str) -> str:
    """The code that a text means: a code, or a section's name in any language. Raises Wrong."""
    if match := _CODE.fullmatch(text.strip().removeprefix("isic4:")):
        if match[3]:
            return match[3].upper()
        section = section_of(match[2])
        if section and (not match[1] or match[1].upper() == section):
            return match[2]
    code, _ = _SECTIONS.get(folded(text), ("", ""))
    if not code:
        raise Wrong("sector")
    return code


def section_of(code: str) -> str:
    """The section of a code; empty when there is none."""
    if code in _DIVISIONS:
        return code
    division = int(code[:2]) if code[:2].isdecimal() else 0
    found = (key for key, (low, high) in _DIVISIONS.items() if low <= division <= high)
    return next(found, "")


def name(section: str, lang: str) -> str:
    """A section's name in a language, else in English."""
    return wordtables.shown(_NAMES, section, lang)


def shown(code: str, lang: str) -> str:
    """A sector for people: `C · Manufacturing`, `C24 · Manufacturing`."""
    section = section_of(code)
    written = code if code == section else f"{section}{code}"
    return f"{written} · {name(section, lang)}" if section else code
