"""Opening a file below one folder, and never anything else.

The kernel does the checking: each step of the path is opened relative to the folder before it with
O_NOFOLLOW, so a symlink, however deep and whenever it was made, ends the walk. Nothing is opened
by a joined string.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

_NOT_HERE = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.ENAMETOOLONG, errno.ENXIO}
)
_STEP = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LEAF = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a FIFO must not hang us


@dataclass(frozen=True)
class OpenFile:
    """A regular file, open for reading; whoever holds it closes `fd`."""

    fd: int
    bytes: int
    mtime_ns: int


class Folder:
    """Stands for a folder found where a file was asked for."""


def segments(path: str) -> tuple[str, ...] | None:
    """The steps of a decoded URL path (`/a/b/` is `("a", "b", "")`); None when one is not a name.

    Refused: empty steps (except after the last slash), `.`, `..` and every other name with a
    leading dot, backslashes, control characters and what is not valid Unicode.
    """
    if not path.startswith("/"):
        return None
    steps = tuple(path[1:].split("/"))
    good = all(_is_name(step) for step in steps[:-1]) and (not steps[-1] or _is_name(steps[-1]))
    return steps if good else None


def _is_name(step: str) -> bool:
    return (
        bool(step)
        and not step.startswith(".")
        and not any(ch < " " or ch in "\\\x7f" or "\ud800" <= ch <= "\udfff" for ch in step)
    )


def open_below(root: Path, steps: tuple[str, ...]) -> OpenFile | Folder | None:
    """Opens the file at `steps` below `root`; None when there is none, it is a link or no file.

    `root` itself may be a symlink: the operator put it there. Raises OSError for faults of the
    machine (no free descriptor, I/O error), which are not "not found".
    """
    try:
        at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for step in steps[:-1]:
            at, before = -1, at
            try:
                at = os.open(step, _STEP, dir_fd=before)
            finally:
                os.close(before)
        try:
            return _leaf(os.open(steps[-1], _LEAF, dir_fd=at))
        finally:
            os.close(at)
    except OSError as error:
        if error.errno in _NOT_HERE:
            return None
        raise


def _leaf(fd: int) -> OpenFile | Folder | None:
    facts = os.fstat(fd)
    if stat.S_ISREG(facts.st_mode):
        return OpenFile(fd, facts.st_size, facts.st_mtime_ns)
    os.close(fd)
    return Folder() if stat.S_ISDIR(facts.st_mode) else None
