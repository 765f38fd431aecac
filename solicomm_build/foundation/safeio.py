"""Files that survive a pulled plug: atomic write, fsync, lock.

Every durable write goes through here, so that fault injection has one place to stand.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


def fsync_dir(folder: Path) -> None:
    """Makes the names in `folder` durable. Blocking."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_atomic(
    path: Path,
    data: bytes,
    *,
    durable: bool = True,
    durable_name: bool = True,
    mode: int = 0o644,
) -> None:
    """Replaces `path` by `data` in one step: readers see the old or the new bytes, never a part.

    With `durable` the bytes and the name are on the disk on return; without `durable_name` the
    bytes alone, and the caller makes the folder's names durable. Blocking.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
        if durable:
            os.fsync(fd)
    except BaseException:
        os.close(fd)
        temporary.unlink(missing_ok=True)
        raise
    os.close(fd)
    os.replace(temporary, path)
    if durable and durable_name:
        fsync_dir(path.parent)


def is_no_room(error: BaseException) -> bool:
    """Whether a full disk is the reason, by the error or the one that it was raised from."""
    return any(
        isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT)
        for one in (error, error.__cause__)
    )


@contextlib.contextmanager
def locked(path: Path, *, blocking: bool = True) -> Iterator[bool]:
    """Holds an exclusive lock on `path` (made when missing); yields False when it is taken and
    `blocking` is off. The kernel frees the lock when the process dies, so none is ever left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if blocking else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(fd)
