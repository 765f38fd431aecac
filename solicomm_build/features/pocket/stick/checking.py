"""Looks at every file of a stick: whether it is as it was written, and who wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from solicomm_build.builder.carrying import folder as bringing
from solicomm_build.features.pocket.letters.outbox import KINDS, OUTBOX, READ
from solicomm_build.features.pocket.stick import about, sums
from solicomm_build.foundation.errors import ContentError, UsageError
from solicomm_build.foundation.hub import identity as identities

_HALF = ".part"
_OF_SYSTEMS = (".", "System Volume Information/", "LOST.DIR/", "$RECYCLE.BIN/", "Android/")
"""What machines put on sticks that they are given."""

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Found:
    """A stick as it is: its hub, the words of the key that signed it, the sum of its list, by which
    updates name its state; files that were changed, are missing or of somebody else, by their
    names. `unfinished`: its last run was broken off."""

    hub: str = ""
    words: str = ""
    key: str = ""
    state: str = ""
    files: int = 0
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    unfinished: bool = False

    @property
    def is_sound(self) -> bool:
        """Whether everything is there, and nothing else."""
        return not (self.changed or self.missing or self.foreign or self.faults or self.unfinished)


def look(folder: Path, progress: Progress = lambda done, of: None) -> Found:
    """Reads the whole stick. Raises UsageError when there is none. Blocking."""
    if not (folder / sums.OWN).is_dir():
        raise UsageError(
            f"{folder} is no stick of a hub: it has no folder {sums.OWN}. Write one with "
            "`solicomm stick DIR`"
        )
    found = Found(unfinished=(folder / sums.WRITING).exists())
    try:
        listed = sums.read(folder)
        found.key = sums.signer(folder)
        found.words = identities.words(found.key)
        found.state = sums.hashed(folder / sums.SUMS)
    except ContentError as error:
        found.faults.append(error.public)
        listed = {}
    there = set(_files(folder))
    found.files = len(listed)
    for number, (name, sha) in enumerate(listed.items()):
        progress(number, len(listed))
        if name not in there:
            found.missing.append(name)
        elif sums.hashed(folder / name) != sha:
            found.changed.append(name)
    found.foreign = sorted(there - listed.keys() - sums.UNLISTED) if listed else []
    _whose(folder, found, listed)
    return found


def _whose(folder: Path, found: Found, listed: dict[str, str]) -> None:
    if about.FILE not in listed or about.FILE in (*found.changed, *found.missing):
        return
    try:
        said = about.decode((folder / about.FILE).read_bytes())
    except ContentError as error:
        found.faults.append(error.public)
        return
    found.hub = said.hub
    if found.key and not said.is_by(found.key):
        found.faults.append(f"{about.FILE} says {found.hub}, and another hub has signed it")


def _files(folder: Path) -> Iterator[str]:
    """Every file but letters in the outbox, and what machines put there."""
    for file in bringing.lying(folder):
        skipped = file.path.startswith(_OF_SYSTEMS) or _waits(file.path)
        if not skipped and not file.path.endswith(_HALF):
            yield file.path


def _waits(path: str) -> bool:
    """Whether that is a letter in the outbox, or what machines lay beside it."""
    name = path.removeprefix(f"{OUTBOX}/").removeprefix(f"{READ}/")
    is_kept = name.startswith(".") or name.lower().endswith(KINDS)
    return path.startswith(f"{OUTBOX}/") and "/" not in name and is_kept
