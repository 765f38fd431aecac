"""Refs as files: read without a process, moved by compare-and-swap under git's own lock protocol.

Format: git's files backend (gitrepository-layout): `refs/…` loose files of 40 hex digits and LF, or
`ref: <name>`; else `packed-refs`. A ref is locked by creating `<ref>.lock` exclusively and replaced
by renaming that file, exactly as git does it, so that git and we exclude each other.

A process killed in between leaves its `.lock`. Holders keep one for milliseconds, so a lock file
that stays the same for `_STALE` seconds is nobody's and is taken away.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import ConflictError, LockedOutError, StoreError
from solicomm_build.foundation.types import Oid

_STALE = 1.0
_NAME = re.compile(r"HEAD|refs(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)+")
_OID = re.compile(rb"[0-9a-f]{40}")


class Mover(Protocol):
    """Who moves the refs of a hub: `swap` as below, or one that has others keep them first
    (git/replica/moving.py)."""

    def swap(self, git_dir: Path, name: str, new: Oid | None, old: Oid | None) -> None:
        """Moves a ref from `old` to `new`, durable on return. Raises ConflictError."""

    def settle(self, git_dir: Path) -> None:
        """Finishes what somebody began who was killed, before anybody builds on what is there."""


_movers: list[Mover] = []


def use(mover: Mover | None) -> None:
    """Has this process, and those forked from here, move refs so; None as ever, by files."""
    _movers[:] = [mover] if mover is not None else []


def move(git_dir: Path, name: str, new: Oid | None, old: Oid | None) -> None:
    """Moves a ref from `old` to `new`, by whoever does that in this process. Raises ConflictError
    as `swap` does, NotKeptError where other machines have to keep it, too, and too few do."""
    (_movers[0].swap if _movers else swap)(git_dir, name, new, old)


def settle(git_dir: Path) -> None:
    """Finishes what was begun with the refs of a repository, where there is such a thing: for who
    has its lock. Raises NotKeptError."""
    for one in _movers:
        one.settle(git_dir)


def read(git_dir: Path, name: str) -> Oid | None:
    """The commit a ref names now, symbolic refs followed, or None when it does not exist."""
    for _ in range(5):
        try:
            content = _octets(f"{git_dir}/{_checked(name)}").strip()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return _packed(git_dir, name)
        except PermissionError as error:
            raise LockedOutError(git_dir) from error
        if not content.startswith(b"ref: "):
            return _oid(content, git_dir, name)
        name = content[5:].decode("utf-8", "replace")
    raise StoreError(f"{git_dir}: symbolic refs lead in a circle")


def everything(git_dir: Path, prefix: str) -> dict[str, Oid]:
    """All refs whose names begin with `prefix`, a folder (`refs/heads/`), by what comes after it;
    what git would call broken is left out, as git does. Reads files only."""
    found, top = dict[str, Oid](), f"{git_dir}/{prefix}"
    for folder, _, names in os.walk(top):
        for name in names:
            whole = f"{folder.rstrip('/')}/{name}"
            if not name.endswith(".lock") and (oid := _tip(git_dir, whole)) is not None:
                found[whole.removeprefix(top)] = oid
    with contextlib.suppress(FileNotFoundError):  # after those: what is packed goes there first
        for line in (git_dir / "packed-refs").read_bytes().splitlines():
            packed, _, name = line.decode("utf-8", "surrogateescape").partition(" ")
            if name.startswith(prefix) and _OID.fullmatch(line[:40]):
                found.setdefault(name.removeprefix(prefix), Oid(packed))
    return found


def _tip(git_dir: Path, path: str) -> Oid | None:
    """What a loose ref leads to; None for a broken one, and for one that went just now."""
    try:
        content = _octets(path).strip()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    if content.startswith(b"ref: "):
        with contextlib.suppress(StoreError):
            return read(git_dir, content[5:].decode("utf-8", "replace"))
    return Oid(content.decode("ascii")) if _OID.fullmatch(content) else None


def below(git_dir: Path, prefix: str) -> dict[str, Oid]:
    """The refs whose names begin with `prefix` (`refs/peers/`) and have no more slashes, by what
    comes after it. Reads files only."""
    found = everything(git_dir, prefix)
    return {name: oid for name, oid in found.items() if "/" not in name}


def swap(git_dir: Path, name: str, new: Oid | None, old: Oid | None) -> None:
    """Moves a ref from `old` to `new` (None: does not exist), durable on return.

    Raises ConflictError when the ref is not at `old`, or somebody is moving it just now.
    """
    path = _file(git_dir, name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except PermissionError as error:
        raise LockedOutError(git_dir) from error
    clear_stale(git_dir, name)
    with _locked(path) as fd:
        found = read(git_dir, name)
        if found != old:
            raise ConflictError(f"{git_dir.name}: {name} is at {found}, not at {old}")
        if new is None:
            _delete(git_dir, name)
            return
        os.write(fd, new.encode("ascii") + b"\n")
        os.fsync(fd)
        os.replace(path.with_name(path.name + ".lock"), path)
    safeio.fsync_dir(path.parent)


def clear_stale(git_dir: Path, name: str) -> None:
    """Takes away the lock file of a ref when its holder is dead. Waits while it may be alive."""
    lock = _file(git_dir, name).with_name(_file(git_dir, name).name + ".lock")
    first = _state(lock)
    deadline = time.monotonic() + _STALE
    while first is not None:
        if time.monotonic() >= deadline:
            lock.unlink(missing_ok=True)
            return
        time.sleep(0.02)
        if _state(lock) != first:
            return


def _octets(path: str) -> bytes:
    """What a ref's file holds; every message asks for some, and a `Path` takes longer."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, 4096)  # a name in it is at most that long (PATH_MAX)
    finally:
        os.close(fd)


def _file(git_dir: Path, name: str) -> Path:
    return git_dir / _checked(name)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or ".." in name or name.endswith((".lock", ".", "/")):
        raise StoreError(f"not a ref name: {name!r}")
    return name


def _oid(content: bytes, git_dir: Path, name: str) -> Oid:
    if not _OID.fullmatch(content):
        raise StoreError(f"{git_dir}: {name} does not hold an object id. Run `solicomm fsck`")
    return Oid(content.decode("ascii"))


def _packed(git_dir: Path, name: str) -> Oid | None:
    try:
        with open(f"{git_dir}/packed-refs", "rb", buffering=0) as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        return None
    wanted = b" " + name.encode("utf-8")
    for line in lines:
        if line.endswith(wanted) and len(line) == 40 + len(wanted):
            return _oid(line[:40], git_dir, name)
    return None


def _delete(git_dir: Path, name: str) -> None:
    if _packed(git_dir, name) is not None:
        raise StoreError(f"{git_dir.name}: {name} is packed; only loose refs are deleted here")
    _file(git_dir, name).unlink(missing_ok=True)
    safeio.fsync_dir(_file(git_dir, name).parent)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[int]:
    lock = path.with_name(path.name + ".lock")
    try:
        fd = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        raise ConflictError(f"{path.name} is being moved by somebody else; try again") from None
    except PermissionError as error:
        raise LockedOutError(path) from error
    inode = os.fstat(fd).st_ino
    try:
        yield fd
    finally:
        os.close(fd)
        state = _state(lock)
        if state is not None and state[0] == inode:
            lock.unlink(missing_ok=True)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_ino, found.st_mtime_ns
