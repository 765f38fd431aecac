"""What `solicomm check --fix` mends: what nobody can want otherwise, and what loses nothing."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.features.checks import storage
from solicomm_build.foundation.hub import ownership
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import receiving


def owners(config: Config) -> list[str]:
    """Gives what belongs to other users back to the hub's; root only. A sentence about each. The
    hub's user may change the folders meanwhile: no link is followed anywhere below the hub, and a
    file with several names, which may be somebody else's, stays as it is."""
    owner = config.private.stat()
    said = []
    for repo in list(ownership.strangers(config)):
        inner = repo.relative_to(config.root)
        with _opened(config.root, inner) as folder:
            _give(owner, "", folder)
            for _, folders, files, fd in os.fwalk(dir_fd=folder, follow_symlinks=False):
                for name in (*folders, *files):
                    _give(owner, name, fd)
        said.append(f"{inner} belongs to {ownership.name_of(owner.st_uid)} again")
    return said


@contextlib.contextmanager
def _opened(root: Path, inner: Path) -> Iterator[int]:
    """A folder below the hub, reached without a link."""
    with contextlib.ExitStack() as stack:
        fd = os.open(root, os.O_DIRECTORY)
        stack.callback(os.close, fd)
        for part in inner.parts:
            fd = os.open(part, os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=fd)
            stack.callback(os.close, fd)
        yield fd


def _give(owner: os.stat_result, name: str, folder: int) -> None:
    if not name:
        os.fchown(folder, owner.st_uid, owner.st_gid)
        return
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    is_shared = found.st_nlink > 1 and not stat.S_ISDIR(found.st_mode)
    if found.st_uid != owner.st_uid and not is_shared:
        os.chown(name, owner.st_uid, owner.st_gid, dir_fd=folder, follow_symlinks=False)


def rest(config: Config) -> list[str]:
    """Shuts what others on this machine could read, and has pushes pass the checks again. A
    sentence about each."""
    said = [f"others can read {path} no more" for path in _shut(config)]
    before = {path: path.read_bytes() for path in _hooks(config)}
    receiving.install(config)
    if {path: path.read_bytes() for path in _hooks(config)} != before:
        said.append("what git runs before and after a push is written anew")
    return said


def _shut(config: Config) -> Iterator[str]:
    for path, most in storage.too_open(config):
        path.chmod(stat.S_IMODE(path.stat().st_mode) & most)
        yield path.relative_to(config.root).as_posix()


def _hooks(config: Config) -> list[Path]:
    return sorted(one for one in config.hooks.glob("*") if one.is_file())
