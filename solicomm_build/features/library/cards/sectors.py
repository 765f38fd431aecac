"""Sectors as readers look for them: the 21 sections of ISIC, revision 4 (United Nations, 2008).

Pure. A card may say `isic4:E36`; lists know it as section E. What is of another scheme stays as it
is.
"""

from __future__ import annotations

import re

from solicomm_build.foundation.i18n import N_, gettext
from solicomm_build.post import subjects

_ISIC = re.compile(r"isic4:([A-U]?)([0-9]{0,4})", re.ASCII | re.IGNORECASE)
_FIRST_DIVISIONS = (
    (1, "A"), (5, "B"), (10, "C"), (35, "D"), (36, "E"), (41, "F"), (45, "G"), (49, "H"),
    (55, "I"), (58, "J"), (64, "K"), (68, "L"), (69, "M"), (77, "N"), (84, "O"), (85, "P"),
    (86, "Q"), (90, "R"), (94, "S"), (97, "T"), (99, "U"),
)  # fmt: skip
_NAMES = {
    "A": N_("Farming, forestry, fishing"),
    "B": N_("Mining"),
    "C": N_("Manufacturing"),
    "D": N_("Electricity and gas"),
    "E": N_("Water and waste"),
    "F": N_("Construction"),
    "G": N_("Trade and repair"),
    "H": N_("Transport and storage"),
    "I": N_("Hotels and catering"),
    "J": N_("Information and media"),
    "K": N_("Banks and insurance"),
    "L": N_("Housing and property"),
    "M": N_("Science and technology"),
    "N": N_("Business services, cleaning, call centres"),
    "O": N_("Public administration"),
    "P": N_("Education"),
    "Q": N_("Health and care"),
    "R": N_("Arts, sport, leisure"),
    "S": N_("Other services"),
    "T": N_("Domestic work"),
    "U": N_("International organisations"),
}


def of(sector: str) -> str:
    """The section of a sector as a card says it (`isic4:E36` is `E`); else what the card says."""
    match = _ISIC.fullmatch(sector)
    if not match or not (match[1] or len(match[2]) > 1):
        return sector
    if match[1]:
        return match[1].upper()
    division = int(match[2][:2])
    return next((name for first, name in reversed(_FIRST_DIVISIONS) if first <= division), sector)


def name(section: str, lang: str) -> str:
    """What it is called in a language."""
    if section in _NAMES:
        return gettext(lang, _NAMES[section])
    return subjects.label(section, lang)
