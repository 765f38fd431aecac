"""Where backups lie, by how a place is written: a folder of ours, or what restic reaches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from solicomm_build.features.backup import bringing, making, place, restic
from solicomm_build.features.backup.errors import BackupError
from solicomm_build.features.backup.key import Key
from solicomm_build.features.backup.making import Made
from solicomm_build.features.backup.place import Snapshot
from solicomm_build.foundation.hub.config import Config

Progress = Callable[[int, int], None]


def is_folder(where: str) -> bool:
    """Whether a place is a folder of this machine."""
    return where.partition(":")[0] not in restic.SCHEMES


def named(where: str) -> str:
    """The place in full, as it is remembered."""
    return str(Path(where).absolute()) if is_folder(where) else where


def no_password(where: str) -> None:
    """Raises BackupError when a password stands in a place that restic reaches."""
    if not is_folder(where):
        restic.no_password(where)


def make(config: Config, where: str, progress: Progress) -> Made:
    """Backs a hub up. Raises BackupError, UsageError."""
    if is_folder(where):
        return making.make(config, Path(where), progress)
    if where.startswith("restic:/"):
        making.outside(config, Path(where.removeprefix("restic:")))
    return restic.make(config, where)


def key_asked(where: str, key: Key | None) -> Key:
    """The key that was given. Raises BackupError when none was, naming the one that is needed."""
    if key is not None:
        return key
    whose = ""
    if is_folder(where):
        about = place.about_of(Path(where))
        whose = f" of {about['hub']} ({about['key']})"
    raise BackupError(f"{where} is sealed. Name the file with the key{whose}: --key FILE")


def snapshots(where: str, key: Key) -> list[Snapshot]:
    """All backups of a place, the oldest first. Raises BackupError."""
    if is_folder(where):
        return place.opened(Path(where), key).snapshots()
    return restic.snapshots(where, key)


def newer(where: str, key: Key, than: Snapshot, folder: str) -> dict[str, bytes]:
    """The small files below a folder in the newest backup of a place, by path, and in the newest
    that is of no time to come; none where `than` is that. Raises BackupError."""
    there = snapshots(where, key)
    newest = [there[-1], *[one for one in there if not bringing.is_to_come(one)][-1:]]
    found: dict[str, bytes] = {}
    for one in dict.fromkeys(newest):
        if one != than:
            found |= _files(where, key, one, folder)
    return found


def _files(where: str, key: Key, one: Snapshot, folder: str) -> dict[str, bytes]:
    if is_folder(where):
        return place.opened(Path(where), key).files(one, folder)
    return restic.files(where, key, one, folder)


@dataclass(frozen=True, slots=True)
class Back:
    """A hub that came back, and what its backup says of itself."""

    config: Config
    snapshot: Snapshot
    facts: dict[str, Any]


def bring(
    where: str,
    key: Key,
    folder: Path,
    as_of: datetime | None,
    progress: Progress,
    ready: Callable[[Config, Snapshot], None] = lambda _config, _snapshot: None,
) -> Back:
    """Restores into a folder that is empty or not there; `ready` as `bringing.settle` says, with
    the backup that was chosen. Raises BackupError, UsageError."""
    snapshot = bringing.chosen(snapshots(where, key), where, as_of)
    with bringing.alone(folder):
        half = bringing.room(folder)
        if is_folder(where):
            facts = bringing.unpack(place.opened(Path(where), key), snapshot, half, progress)
        else:
            facts = restic.unpack(where, key, snapshot, half)
            bringing.younger(facts)
        config = bringing.settle(folder, lambda made: ready(made, snapshot))
        return Back(config, snapshot, facts)
