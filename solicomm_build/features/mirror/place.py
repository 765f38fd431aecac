"""Up to which commit a mirror holds its conference, kept beside it as `.<conference>.at`, JSON.

The cursor in the conference's repository says the same. Where the two differ, the history was
written anew (an erasure), the hub was restored, or somebody took the mirror away; it is made anew
then. `made` is what the mirror itself is at, where it keeps more than files; `version` is that of
what is written.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from solicomm_build.foundation.safeio import write_atomic


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mirror is."""

    at: str
    version: str
    made: str = ""


def read(folder: Path) -> Place | None:
    """The place of the mirror in a folder; None where there is none that can be read."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Place(**json.loads(_file(folder).read_bytes()))
    return None


def write(folder: Path, place: Place) -> None:
    """Notes the place, durable on return."""
    write_atomic(_file(folder), json.dumps(asdict(place)).encode("utf-8"), mode=0o600)


def forget(folder: Path) -> None:
    """Takes the note away."""
    _file(folder).unlink(missing_ok=True)


def _file(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.at")
