"""Files that survive a pulled plug: atomic write, fsync, lock; and what is closed after a `with`.

Every durable write goes through here, so that fault injection has one place to stand.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import time
from abc import abstractmethod
from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from solicomm_build.foundation.errors import ContentError

if TYPE_CHECKING:
    import sqlite3

_LOOKS = 0.02  # seconds between two looks whether a lock is free
_MADE = 30.0  # seconds in which others have made a new database
_BUSY = 5  # SQLITE_BUSY (sqlite.org/rescode.html); who opens no database loads none


def facts_of(path: Path) -> Any:
    """What a file of JSON that we wrote says. Raises FileNotFoundError, and ContentError for one
    that is damaged, with its name and its folder's."""
    octets = path.read_bytes()
    try:
        return json.loads(octets)
    except ValueError as error:
        raise ContentError(
            "it is damaged: no JSON",
            file=f"{path.parent.name}/{path.name}",
            remedy="Bring it back from a backup; `solicomm docs formats/store` says what it holds",
        ) from error


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
    owner: tuple[int, int] | None = None,
) -> None:
    """Replaces `path` by `data` in one step: readers see the old or the new bytes, never a part.

    With `durable` the bytes and the name are on the disk on return; without `durable_name` the
    bytes alone, and the caller makes the folder's names durable. With `owner`, a user's and a
    group's number, the file is theirs and has exactly `mode`, else `mode` without what the umask
    takes away; both before it has its name. Nobody who may write in the folder can have another
    file written by it: what is written first is new, has a name that nobody can guess, and a link
    is replaced, not followed. Blocking.
    """
    temporary = path.with_name(_fresh(path.name))
    fd = os.open(temporary, _NEW, mode)
    try:
        _fill(fd, data, durable=durable, mode=mode, owner=owner)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    os.replace(temporary, path)
    if durable and durable_name:
        fsync_dir(path.parent)


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_SQLITE_FULL = 13  # sqlite3.SQLITE_FULL, without the library


def _fresh(name: str) -> str:
    return f".{name}.{os.urandom(6).hex()}.tmp"


def _fill(fd: int, data: bytes, *, durable: bool, mode: int, owner: tuple[int, int] | None) -> None:
    """Writes a new file, and closes it."""
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
        if owner is not None:
            os.fchown(fd, *owner)
            os.fchmod(fd, mode)
        if durable:
            os.fsync(fd)
    finally:
        os.close(fd)


def sweep(root: Path, *, older_than: float = 3600.0, but: Collection[Path] = ()) -> int:
    """Takes away what killed writers left half-written below `root`, untouched for `older_than`
    seconds or more; not in repositories (git/maintenance.py), nor below the folders `but`. How many
    files went. Ages are the file system's, so the machine's own time counts. Blocking."""
    count = 0
    for place, folders, names in os.walk(root):
        here = Path(place)
        folders[:] = [one for one in folders if not one.endswith(".git") and here / one not in but]
        for name in names:
            if name.startswith(".") and name.endswith(".tmp"):
                with contextlib.suppress(FileNotFoundError):  # it has its name by now
                    if abs(time.time() - (here / name).lstat().st_mtime) >= older_than:
                        (here / name).unlink()
                        count += 1
    return count


def is_no_room(error: BaseException) -> bool:
    """Whether a full disk is the reason, by the error or the one that it was raised from."""
    return any(
        (isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT))
        or getattr(one, "sqlite_errorcode", 0) == _SQLITE_FULL
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


@contextlib.contextmanager
def holding(path: Path, *, patience: float = 0.0) -> Iterator[bool]:
    """Holds an exclusive lock on a file that is there, which is waited for as many seconds as
    `patience` says; yields False when it is not there, or another has it still. Such a lock, too,
    goes with its process. Blocking, but for no `patience`."""
    ends = time.monotonic() + patience
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield False
        return
    try:
        while not (is_ours := _is_locked(fd)) and time.monotonic() < ends:
            time.sleep(_LOOKS)
        yield is_ours
    finally:
        os.close(fd)


def _is_locked(fd: int) -> bool:
    """Whether the lock on an open file is ours now."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def reading_zip() -> Iterator[None]:
    """Within, a zip that somebody made up or damaged raises zipfile.BadZipFile, whatever zipfile
    makes of it: a name that is no UTF-8, a password, a place in the file that cannot be (EINVAL).
    Faults of the disk stay OSErrors."""
    import struct  # few processes ever read one
    import zipfile
    import zlib

    damage = (zlib.error, struct.error, LookupError, ValueError, RuntimeError, EOFError, OSError)
    try:
        yield
    except zipfile.BadZipFile:
        raise
    except damage as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise zipfile.BadZipFile(str(error)) from error


def write_ahead(db: sqlite3.Connection) -> None:
    """Has a database write its journal ahead (PRAGMA journal_mode=WAL). Of several that open a new
    one at the same moment SQLite tells one that it is locked, whatever its timeout says; it is
    asked again for some seconds. Raises sqlite3.Error. Blocking."""
    until = time.monotonic() + _MADE
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
        except Exception as error:
            busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == _BUSY
            if not busy or time.monotonic() >= until:
                raise
            time.sleep(_LOOKS)
        else:
            return


class Closing:
    """Has `close` called at the end of a `with`, whatever happened in it."""

    __slots__ = ()

    @abstractmethod
    def close(self) -> None:
        """Ends what it holds open; safe to call twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()
