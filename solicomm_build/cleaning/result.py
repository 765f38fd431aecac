"""What became of a file. Pure values, and how they travel from the child to us."""

from __future__ import annotations

import json
from dataclasses import dataclass

from solicomm_build.foundation.errors import SoliCommError

CLEAN = "clean"
"""It knew nothing of its sender, and is as it came."""
CLEANED = "cleaned"
"""What it knew is out of it."""
SMALLER = "smaller"
"""And it was a picture that is smaller now."""
UNKNOWN = "unknown"
"""Nobody here knows files of this kind; it is as it came."""
BROKEN = "broken"
"""It is of a kind that is known, and could not be read; it is as it came."""

SAFE = frozenset({CLEAN, CLEANED, SMALLER})
"""Outcomes after which a file may be shown to everybody."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The copy of a file. `octets` are those that came unless the outcome is in SAFE. `small` is a
    small JPEG of a picture, or a small recording (speech.py) of a longer one; empty where there is
    none or the file is small itself.
    """

    outcome: str
    octets: bytes
    small: bytes = b""

    @property
    def is_safe(self) -> bool:
        """Whether nothing is left in it that it knew of its sender."""
        return self.outcome in SAFE


def encode(cleaned: Cleaned) -> bytes:
    """One line of JSON, then the copy and the small picture, each as long as the line says."""
    sizes = {"copy": len(cleaned.octets), "small": len(cleaned.small)}
    head = {"outcome": cleaned.outcome, **sizes}
    return json.dumps(head).encode() + b"\n" + cleaned.octets + cleaned.small


def decode(said: bytes) -> Cleaned:
    """What `encode` wrote; raises SoliCommError when the child was cut off."""
    try:
        line, _, rest = said.partition(b"\n")
        head = json.loads(line)
        size, small = int(head["copy"]), int(head["small"])
        if len(rest) != size + small:
            raise ValueError(f"{len(rest)} octets follow")
        return Cleaned(str(head["outcome"]), rest[:size], rest[size:])
    except (ValueError, KeyError, TypeError) as fault:
        raise SoliCommError(f"a cleaner was cut off: {fault}") from fault
