"""Puts files into a folder, such as a stick: each in one step under its name, and only where it
does not lie there already.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import UsageError

_HALF = ".part"
_HALF_OPENED = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK = 1 << 20


class Made(NamedTuple):
    """What a file is in the folder: SHA-256 in hex and octets."""

    sha256: str
    octets: int


@dataclass(slots=True)
class Putting:
    """Puts files into the folder `root`. `before` is what its list says, SHA-256 by name; `written`
    is told of each file that is put, when it is in its place. A folder that is a link is refused:
    whoever had the stick may have made it, and it leads out."""

    root: str
    before: Mapping[str, str]
    written: Callable[[str, str], None]
    seen: set[str] = field(default_factory=set)

    def lies(self, name: str, made: Made) -> bool:
        """Whether the folder has this already, by its list and by the file's size. Raises
        UsageError for a folder that is a link."""
        if self.before.get(name) != made.sha256:
            return False
        self._look(name.rpartition("/")[0])
        try:
            return os.stat(f"{self.root}/{name}").st_size == made.octets
        except OSError:
            return False

    def __call__(self, name: str, made: Made, source: Path | bytes) -> bool:
        """Has a file lie under its name, with these octets or those of the file `source`; whether
        it had to be put there. Raises OSError, and UsageError for a folder that is a link."""
        if self.lies(name, made):
            return False
        self._look(name.rpartition("/")[0], make=True)
        put(f"{self.root}/{name}", source)
        self.written(name, made.sha256)
        return True

    def remove(self, name: str) -> None:
        """Takes away a file, and folders that are empty then."""
        self._look(name.rpartition("/")[0])
        path = Path(self.root, name)
        path.unlink(missing_ok=True)
        for parent in path.parents:
            if parent == Path(self.root) or not parent.is_dir() or any(parent.iterdir()):
                return
            parent.rmdir()

    def _look(self, folder: str, *, make: bool = False) -> None:
        """Looks at a folder once; one to `make` is made first, before a file is opened in vain."""
        if not folder or folder in self.seen:
            return
        self._look(folder.rpartition("/")[0], make=make)
        path = f"{self.root}/{folder}"
        if make:
            with contextlib.suppress(FileExistsError, FileNotFoundError):
                os.mkdir(path)
                self.seen.add(folder)
                return
        if os.path.islink(path):
            raise UsageError(
                f"{path} is a link that leads out of the folder; somebody else made it. Take it "
                "away and run the same again"
            )
        self.seen.add(folder)


def put(target: str, source: Path | bytes, *, durable: bool = False) -> None:
    """In one step under its name: a stick that is pulled out has the old file or the new one. What
    a run that was killed leaves has always the same name, and is written over by the next."""
    half = target + _HALF
    try:
        _write(half, source, durable)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _write(half, source, durable)
    os.replace(half, target)
    if durable:
        safeio.fsync_dir(Path(target).parent)


def _write(half: str, source: Path | bytes, durable: bool) -> None:
    """Few calls and no buffers: most of the files are small and many."""
    fd = os.open(half, _HALF_OPENED, 0o666)
    try:
        if isinstance(source, Path):
            with source.open("rb") as whole, open(fd, "wb", closefd=False) as file:
                shutil.copyfileobj(whole, file, _CHUNK)
        else:
            rest = source
            while rest:
                rest = rest[os.write(fd, rest) :]
        if durable:
            os.fsync(fd)
    finally:
        os.close(fd)


def is_within(name: str) -> bool:
    """Whether a name of a list stays in its folder."""
    path = PurePosixPath(name)
    return not (path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name)
