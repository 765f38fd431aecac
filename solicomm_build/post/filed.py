"""What a post's author is told about its files: `private/filed/<conference>/<mid>.json`.

Written by the stage that keeps files, read and taken away by the desk, which writes the letter.
Pure; the format is docs/formats/store.md.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from solicomm_build.foundation.errors import SoliCommError

FOLDER = "filed"
AS_IT_CAME = "as-it-came"
"""Nobody here can clean it: it is offered with all it says of its sender."""
MADE_SMALLER = "smaller"
TOO_LARGE = "too-large"
"""It is not kept."""
NOT_KEPT = "not-kept"
"""It cannot be cleaned, and nobody may be seen through a file there."""
NOT_TAKEN = "not-taken"
"""Files of its kind are not offered: a browser would run them, or the conference takes none."""


@dataclass(frozen=True, slots=True)
class Told:
    """One file: its name, what became of it, and its octets now."""

    name: str
    what: str
    bytes: int


def encode(told: tuple[Told, ...]) -> bytes:
    """The file."""
    return json.dumps([asdict(one) for one in told], ensure_ascii=False).encode() + b"\n"


def decode(blob: bytes) -> tuple[Told, ...]:
    """What `encode` wrote. Raises SoliCommError."""
    try:
        rows = json.loads(blob)
        return tuple(Told(str(r["name"]), str(r["what"]), int(r["bytes"])) for r in rows)
    except (ValueError, KeyError, TypeError) as fault:
        raise SoliCommError(f"a note about files cannot be read: {fault}") from fault
