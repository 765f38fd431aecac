"""Makes a backup into a folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from solicomm_build import __version__
from solicomm_build.features.backup import keeping, moment, place
from solicomm_build.features.backup import key as keys
from solicomm_build.features.backup.errors import BackupError
from solicomm_build.features.backup.moment import File, Moment, Moved
from solicomm_build.features.backup.place import Place, Snapshot
from solicomm_build.foundation import clock, safeio, timekeeping
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config

_TRIES = 5
Known = dict[str, tuple[list[int], list[str]]]
Progress = Callable[[int, int], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: how many files it has, how many octets of them were new, how many older
    backups went."""

    name: str
    at: datetime
    files: int
    fresh: int
    gone: int


def make(config: Config, path: Path, progress: Progress = lambda _done, _all: None) -> Made:
    """Backs the hub up into the folder at `path` while it goes on working; durable on return. A
    cut at any time leaves the older ones as they were. Raises BackupError, UsageError. Blocking."""
    outside(config, path)
    key = keys.of_hub(config)
    into = place.begun(path, key, config.domain)
    with _room(path), into.writing():
        snapshot, files, fresh = again(lambda moved: _once(config, into, progress, moved))
        is_sure = timekeeping.is_sure(config.state)
        now = clock.now()
        old = keeping.too_old(into.aged(now), now) if is_sure else []
        if old:
            into.drop(old)
    return Made(snapshot.name, snapshot.at, files, fresh, len(old))


def outside(config: Config, path: Path) -> None:
    """Refuses a place within the hub. Raises UsageError."""
    if config.root.resolve() in (path.resolve(), *path.resolve().parents):
        raise UsageError(f"{path} lies in the hub itself. Name a place on another disk")


def facts(config: Config, found: Moment, now: datetime) -> dict[str, Any]:
    """What every backup says of itself."""
    repositories = sum(file.path.endswith(".git/HEAD") for file in found.files)
    return {
        "schema": place.SCHEMA,
        "program": __version__,
        "hub": config.domain,
        "at": now.isoformat(),
        "at_rest": found.at_rest,
        "repositories": repositories,
    }


def again(work: Callable[[bool], T]) -> T:
    """Does it once more where files moved meanwhile, as `work` is told. Raises BackupError."""
    for number in range(_TRIES):
        with contextlib.suppress(Moved):
            return work(number > 0)
    raise BackupError("the hub's repositories were packed anew all the time. Try again later")


def _once(
    config: Config, into: Place, progress: Progress, moved: bool
) -> tuple[Snapshot, int, int]:
    known = _known(into)
    fresh = done = 0

    def is_read(file: File) -> bool:
        return not _is_same(file, known)

    with moment.of_hub(config, is_read if moved else moment.nothing) as found:
        files: list[list[Any]] = []
        whole = sum(_size(file) for file in found.files)
        for file in found.files:
            pieces, more = _kept(into, file, known)
            fresh += more
            done += _size(file)
            files.append([file.path, file.mode, file.mtime_ns, list(file.stamp), pieces])
            progress(done, whole)
        into.settle()
        now = clock.now()
        written = facts(config, found, now) | {
            "folders": found.folders,
            "links": found.links,
            "files": files,
        }
        return into.keep(written, now), len(files), fresh


def _known(into: Place) -> Known:
    """What the last backup has of each file; a damaged one is passed over."""
    for one in reversed(into.snapshots()):
        with contextlib.suppress(BackupError):
            files = into.read(one)["files"]
            return {path: (stamp, pieces) for path, _, _, stamp, pieces in files}
    return {}


def _kept(into: Place, file: File, known: Known) -> tuple[list[str], int]:
    """The pieces of a file, and how many octets of it were new there."""
    if _is_same(file, known) and all(map(into.has, pieces := known[file.path][1])):
        return pieces, 0
    fresh = 0
    named = []
    for content in _pieces(file):
        if not into.has(into.key.name(content)):
            fresh += len(content)
        named.append(into.put(content))
    return named, fresh


def _is_same(file: File, known: Known) -> bool:
    """Whether a file is as it was in the last backup."""
    return bool(file.stamp) and known.get(file.path, ([], []))[0] == list(file.stamp)


def _pieces(file: File) -> Iterator[bytes]:
    try:
        with file.source.open("rb") as octets:
            while content := octets.read(place.PIECE):
                yield content
    except FileNotFoundError as error:
        raise Moved from error


def _size(file: File) -> int:
    return file.stamp[0] if file.stamp else 0


@contextlib.contextmanager
def _room(path: Path) -> Iterator[None]:
    """What a full disk says, in words."""
    try:
        yield
    except OSError as error:
        if safeio.is_no_room(error):
            raise BackupError(
                f"{path}: the disk is full. The backups made before are whole; make room, or take "
                "a larger disk"
            ) from error
        why = os.strerror(error.errno or 0)
        raise BackupError(f"{error.filename or path}: {why}. Look at the disk") from error
