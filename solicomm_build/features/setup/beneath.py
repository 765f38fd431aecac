"""Files in a folder in which the hub's user may write, for root.

Whoever has taken over the hub's user can lay a link in the place of any folder or file there. So
root goes down from the top by descriptors, step by step, and follows none (open(2), O_NOFOLLOW).
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import HubError

Owner = tuple[int, int]
"""The numbers of a user and a group."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read(top: Path, below: str) -> bytes | None:
    """A file below `top`; None when there is none. Raises HubError for a link in the way, and for
    what is no file. Blocking."""
    try:
        with _folder(top, below, None) as (folder, name), _told(top, below):
            fd = os.open(name, _FILE, dir_fd=folder)
            with os.fdopen(fd, "rb") as file:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    raise HubError(f"{top / below} is no file. Take it away")
                return file.read()
    except FileNotFoundError:
        return None


def write(top: Path, below: str, data: bytes, *, mode: int, owner: Owner) -> None:
    """Puts a file there in one step, `owner`'s as every folder that is made for it, durable.
    Raises HubError for a link in the way; one in the file's own place is replaced. Blocking."""
    with _folder(top, below, owner) as (folder, name):
        place = Path(f"/proc/self/fd/{folder}") / name
        safeio.write_atomic(place, data, mode=mode, owner=owner)


@contextlib.contextmanager
def _folder(top: Path, below: str, maker: Owner | None) -> Iterator[tuple[int, str]]:
    """The folder that a file lies in, open, and the file's name; with `maker` it is made."""
    *folders, name = Path(below).parts
    if ".." in folders:
        raise ValueError(below)
    fd = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for one in folders:
            with _told(top, below):
                inner = _opened(fd, one, maker)
            os.close(fd)
            fd = inner
        yield fd, name
    finally:
        os.close(fd)


def _opened(folder: int, name: str, maker: Owner | None) -> int:
    is_new = False
    if maker is not None:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o755, dir_fd=folder)
            is_new = True
    fd = os.open(name, _FOLDER, dir_fd=folder)
    if is_new and maker is not None:
        os.fchown(fd, *maker)
    return fd


@contextlib.contextmanager
def _told(top: Path, below: str) -> Iterator[None]:
    """Makes a fault of a link."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        raise HubError(
            f"{top / below}: a link is in the way, and root follows none where the hub's user may"
            " write. See who made it, and put the folder or file itself there"
        ) from error
