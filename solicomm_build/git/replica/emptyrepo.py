"""An empty repository of a place, begun whole: it is made beside, and gets its name when all of it
is there. deploy/cluster/follower-shell does the same on machines of followers.

One that an older version was killed in, or a disk that was full, left as a half is none, and nobody
could push to it or begin it: it is made anew. Where objects lie in it, only what lacks is added.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.faults import point

_SETTINGS = """
[core]
\tfsync = objects,derived-metadata,reference
\tfsyncMethod = fsync
[receive]
\tautogc = true
\tdenyDeletes = false
\tdenyNonFastForwards = false
\tunpackLimit = 1
[maintenance "gc"]
\tenabled = false
[maintenance "incremental-repack"]
\tenabled = true
\tauto = 50
"""
"""What a place says yes with is on its disk, and one step is one pack: one fsync, not one for each
object. Garbage is collected each night (deploy/cluster); between, packs are merged. They are
written last, so a repository that has them is whole."""


def begin(path: Path, env: Mapping[str, str], patience: float) -> None:
    """Begins one, by a git with this environment, within so many seconds; nothing happens where a
    whole one is. Safe for several processes. Raises StoreError."""
    try:
        if not path.exists():
            _make(path, env, patience)
        elif not _is_whole(path):
            with safeio.locked(path.with_name(f".{path.name}.lock")):
                if not _is_whole(path):
                    _mend(path, env, patience)
    except (subprocess.SubprocessError, OSError) as error:
        raise StoreError(f"{path} could not be begun: {error}") from error


def _make(path: Path, env: Mapping[str, str], patience: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{os.getpid()}.new")
    shutil.rmtree(made, ignore_errors=True)
    try:
        _init(made, env, patience)
        point("place.begun")
        try:
            os.rename(made, path)
        except OSError:
            if not path.exists():  # else somebody was quicker
                raise
        safeio.fsync_dir(path.parent)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _mend(path: Path, env: Mapping[str, str], patience: float) -> None:
    if any(one.is_file() for one in (path / "objects").rglob("*")):
        for lock in ("config.lock", "HEAD.lock"):
            (path / lock).unlink(missing_ok=True)
        _init(path, env, patience)
    else:
        shutil.rmtree(path)
        _make(path, env, patience)


def _init(path: Path, env: Mapping[str, str], patience: float) -> None:
    words = ["git", "init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(path)]
    subprocess.run(words, env=env, capture_output=True, check=True, timeout=patience)
    with (path / "config").open("a", encoding="ascii") as file:
        file.write(_SETTINGS)


def _is_whole(path: Path) -> bool:
    try:
        return (path / "HEAD").is_file() and _SETTINGS in (path / "config").read_text("utf-8")
    except FileNotFoundError:
        return False
