"""`private/next-member`: the least number that a new member may get. There only after a restore.

Links in mails name members by number. What the roster of a backup does not know may have been given
since, so a hub that comes back leaves some numbers out. That is no event of the roster: a hub that
was brought back has the repositories of its backup and nothing else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import StoreError

FILE: Final = "next-member"
_DIGITS: Final = 10
_BELOW: Final = 2**32
"""What members' numbers are below (docs/formats/roster.md)."""


def read(folder: Path) -> int:
    """What the file in `private/` says; 0 without one. Raises StoreError when it says no number: a
    link may act for another member then."""
    path = folder / FILE
    try:
        said = path.read_bytes().strip()
    except FileNotFoundError:
        return 0
    if not said.isdigit() or len(said) > _DIGITS or not (number := int(said)) < _BELOW:
        raise StoreError(
            f"{path} says no number. Write one there that no member has had yet, such as 9000000"
        )
    return number


def write(folder: Path, number: int) -> None:
    """Has the next new member get `number`, or a greater one; durable on return."""
    safeio.write_atomic(folder / FILE, b"%d\n" % number, mode=0o600)
