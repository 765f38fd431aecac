"""How large something may be, as people write it: `4G`, `700 MB`, `650M`."""

from __future__ import annotations

import re

from solicomm_build.foundation.errors import UsageError

_SIZE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}


def octets(text: str) -> int:
    """The octets. Raises UsageError."""
    found = _SIZE.fullmatch(text.strip())
    size = int(float(found[1]) * _UNITS[found[2].lower()]) if found else 0
    if not size:
        raise UsageError(f"{text} is no size. Write for example 4G, or 700M")
    return size
