"""A hub comes back from a backup into a folder that has none.

    FROM ─→ DIR/.restoring/ ─→ DIR, `hub.yaml` last

A folder without `hub.yaml` is no hub for any command, so one that was cut is only begun again. What
comes back mails nobody until `solicomm deliver --here`: it may be a copy of one that still works.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from solicomm_build import __version__
from solicomm_build.courier import home
from solicomm_build.features.backup.errors import BackupError
from solicomm_build.features.backup.place import Place, Snapshot
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import SoliCommError, StoreError, UsageError
from solicomm_build.foundation.hub import backups, hubyaml, modes
from solicomm_build.foundation.hub.config import FILE, Config

_HALF = ".restoring"
_APART = timedelta(days=1)  # by which clocks of two machines may differ
Progress = Callable[[int, int], None]


def moment(text: str | None) -> datetime | None:
    """What `--as-of` says: a day (its end, UTC) or a time. Raises UsageError."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text}: write a day (2026-11-28) or a time (2026-11-28T04:00)"
        ) from error
    if re.fullmatch(r"[\d-]+", text):
        found = datetime.combine(found.date(), time.max)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def chosen(snapshots: Sequence[Snapshot], where: object, as_of: datetime | None) -> Snapshot:
    """The newest, or the newest that is not after `as_of`. Raises BackupError, also where nobody
    said which and the newest is of a time to come: if a clock was wrong then, it may be old."""
    if not snapshots:
        raise BackupError(
            f"{where} has no backup yet: the first was cut. Make one: solicomm backup"
        )
    fitting = [one for one in snapshots if as_of is None or one.at <= as_of]
    if not fitting:
        raise BackupError(
            f"{where} has none from before that. The oldest is of {snapshots[0].at:%Y-%m-%dT%H:%MZ}"
        )
    if as_of is None and is_to_come(newest := fitting[-1]):
        raise BackupError(
            f"{where}: the newest is of {newest.at:%Y-%m-%dT%H:%MZ}, a time to come. Where a clock "
            f"was wrong, others are newer. See `solicomm backup list {where}`, and say which: "
            "--as-of"
        )
    return fitting[-1]


def is_to_come(one: Snapshot) -> bool:
    """Whether a backup is of a time that the clock here has yet to reach: this clock was wrong when
    it was made, or is now."""
    return one.at > clock.now() + _APART


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Has the folder that a hub comes back into, which is made when it is not there, for oneself:
    of two at once each would take away what the other has put there. Raises BackupError."""
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    with safeio.holding(folder) as is_ours:
        if not is_ours:
            raise BackupError(f"another restore into {folder} is at work. Wait for its end")
        yield


def room(folder: Path) -> Path:
    """Makes the folder where a hub is put together, in the one that it comes back into. Raises
    UsageError when something is there."""
    if any(one.name != _HALF for one in folder.iterdir()) and not _was_cut(folder):
        raise UsageError(f"{folder} is not empty. Name a new folder: nothing is ever replaced")
    for one in folder.iterdir():
        shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()
    half = folder / _HALF
    half.mkdir(mode=0o700)
    return half


def unpack(place: Place, snapshot: Snapshot, half: Path, progress: Progress) -> dict[str, Any]:
    """Puts the files of a backup into a folder, and says what the backup says. Raises BackupError
    that names the first damaged piece."""
    found = place.read(snapshot)
    younger(found)
    for name, _ in found["folders"]:
        _inside(half, name).mkdir(mode=0o700)
    files = found["files"]
    whole, done = sum(sum(one[3][:1]) for one in files), 0
    for name, mode, mtime_ns, stamp, pieces in files:
        path = _inside(half, name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # what versions before left out
        _write(path, (place.get(one) for one in pieces), mode, mtime_ns)
        done += sum(stamp[:1])
        progress(done, whole)
    for name, target in found["links"]:
        _inside(half, name).symlink_to(target)
    for name, mode in reversed(found["folders"]):
        _inside(half, name).chmod(mode)
    return found


def younger(found: dict[str, Any]) -> None:
    """Refuses what a newer SoliComm wrote. Raises BackupError."""
    made = str(found.get("program", ""))
    if _version(made) > _version(__version__):
        raise BackupError(
            f"this backup was made by SoliComm {made}, and this is {__version__}. Install {made} "
            "or newer"
        )


def settle(folder: Path, ready: Callable[[Config], None] = lambda _config: None) -> Config:
    """Moves what was put together to its place, the settings last, and keeps it from mailing
    anybody. What `ready` does to the hub that came back is done before it is one: who is cut before
    that begins again. Durable on return. Raises ContentError for settings that cannot be read, and
    what `ready` raises, with all in its place."""
    half = folder / _HALF
    out = half / "spool" / "out"
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.leave(out)
    failed: Exception | None = None
    if (half_made := _readable(half)) is not None:
        with contextlib.suppress(StoreError):  # of a damaged file `solicomm check` speaks
            backups.restored(half_made)
        try:
            ready(half_made)
        except (SoliCommError, OSError, sqlite3.Error) as error:  # the rest is worth having
            failed = error
        shutil.rmtree(half / "state", ignore_errors=True)  # it was made for another folder
    shutil.rmtree(half / _HALF, ignore_errors=True)  # of a restore that was killed at its end
    for one in sorted(half.iterdir(), key=lambda one: one.name == FILE):
        os.rename(one, folder / one.name)
    half.rmdir()
    safeio.fsync_dir(folder)
    config = hubyaml.load(folder)
    modes.close(config)
    if failed is not None:
        raise failed
    return config


def _readable(half: Path) -> Config | None:
    """The hub that is put together there; None where its settings cannot be read."""
    try:
        return hubyaml.load(half)
    except SoliCommError:
        return None


def _was_cut(folder: Path) -> bool:
    """Whether only a restore that was cut left something there: it has no settings yet."""
    return (folder / _HALF).is_dir() and not (folder / FILE).exists()


def _inside(half: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise BackupError(f"the backup names {name}, which lies outside of a hub. Do not use it")
    return half / path


def _write(path: Path, pieces: Any, mode: int, mtime_ns: int) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fchmod(fd, mode)
        os.utime(fd, ns=(mtime_ns, mtime_ns))
        os.fsync(fd)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in re.findall(r"\d+", text)[:2])
