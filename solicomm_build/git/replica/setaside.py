"""Repositories that a machine had of a hub that has them no more: `private/left-behind`.

    the hub removed or renamed one while this machine was away → its copy here, set aside → gone
    after thirty days, or at once with an erasure of something in it

Nothing of the hub reads them: what was renamed or removed goes from machine to machine under the
name that it has now. They are for an operator who misses what this machine alone had.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from solicomm_build.foundation import clock, formernames, safeio, timekeeping
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.replica import largefiles

FOLDER: Final = "left-behind"
KEPT: Final = removed.KEPT
_ALONE = 86_400.0
"""Seconds after which nobody is still about to rename a library, or to bring it back."""
_HALF = ".half-gone"
"""How the name ends of what is just taken away: killed in between, it goes at the next look."""


def put(config: Config, name: str) -> None:
    """Takes a repository out of the hub, and its files that lie beside git. Durable on return; safe
    to do again after a kill."""
    source = config.root / name
    target = config.private / FOLDER / name
    number = 0
    while target.exists():
        number += 1
        target = (config.private / FOLDER / name).with_suffix(f".{number}.git")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (files := source.with_suffix(".files")).is_dir():
        _files(config, files, target.with_suffix(".files"))  # first: nobody else looks for them
    os.rename(source, target)
    safeio.fsync_dir(target.parent)


def _files(config: Config, files: Path, aside: Path) -> None:
    """Large files of a library are on this machine alone, perhaps: they stay where it can come
    back, or it is not known what was renamed, and follow its new name."""
    kind, name = files.parent.name, files.stem
    try:
        new = formernames.now(config.private, kind).get(name)
    except StoreError:
        return
    if new is not None:
        largefiles.move(files, files.with_name(f"{new}.files"))
    elif removed.find(config, kind, name) is None:
        aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        largefiles.move(files, aside)


def _left_alone(config: Config) -> None:
    """Sets aside large files that stayed when their library went, once it cannot come back."""
    before = clock.timestamp() - _ALONE
    for files in sorted(config.libraries.glob("*.files")):
        with contextlib.suppress(FileNotFoundError):  # somebody else is at it
            if not files.with_suffix(".git").exists() and files.stat().st_ctime <= before:
                _files(config, files, config.private / FOLDER / files.relative_to(config.root))


def repositories(config: Config) -> list[Path]:
    """What lies there, by name."""
    return sorted(path for path in _every(config) if path.suffix == ".git")


def take_away(path: Path) -> None:
    """Takes one away for good, with its files. Safe to do again after a kill."""
    for one in (path.with_suffix(".files"), path):
        half = one.with_name(f"{one.name}{_HALF}")
        if half.exists():
            shutil.rmtree(half)
        with contextlib.suppress(FileNotFoundError):
            os.rename(one, half)
            shutil.rmtree(half)
    safeio.fsync_dir(path.parent)


def sweep(config: Config) -> None:
    """Takes away what was set aside so long ago (`KEPT`), and what a kill left of such. That its
    folder was renamed is what its status was changed by last (stat(2)). Quick where there is
    nothing; safe at any time."""
    if config.cluster.is_shared and lease.is_held(config, 0):
        _left_alone(config)  # who has the hub has its libraries: others may have their files alone
    if not (config.private / FOLDER).is_dir():
        return
    is_sure = timekeeping.is_sure(config.state)
    before = clock.timestamp() - KEPT.total_seconds()
    for path in [*_every(config)]:
        with contextlib.suppress(FileNotFoundError):  # somebody else is at it
            if path.name.endswith(_HALF):
                shutil.rmtree(path)
            elif is_sure and path.stat().st_ctime <= before:
                take_away(path)


def _every(config: Config) -> Iterator[Path]:
    for folder, names, _ in os.walk(config.private / FOLDER):
        found = {name for name in names if name.endswith((".git", ".files", _HALF))}
        yield from (Path(folder, name) for name in sorted(found))
        names[:] = [name for name in names if name not in found]
