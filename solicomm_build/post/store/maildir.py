"""Messages as files of a Maildir, which an IMAP server shows.

    <seconds>.<id>.solicomm,S=<octets>

is a message's name: when it came, and its id here, by which it is found again whatever flags the
server has put behind a `:`. It is written in `tmp`, then renamed, so that nobody sees a part.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Container, Iterator
from pathlib import Path

from solicomm_build.foundation.safeio import fsync_dir

_SHOWN = ("new", "cur")


def make(folder: Path) -> None:
    """The folders of a Maildir, for its owner only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for part in ("tmp", *_SHOWN):
        (folder / part).mkdir(exist_ok=True, mode=0o700)


def put(folder: Path, name: str, seconds: int, data: bytes) -> None:
    """A new message, durable on return; its time is what IMAP calls INTERNALDATE."""
    make(folder)
    file = f"{seconds}.{name}.solicomm,S={len(data)}"
    _write(folder / "tmp" / file, data)
    os.utime(folder / "tmp" / file, (seconds, seconds))
    os.replace(folder / "tmp" / file, folder / "new" / file)
    fsync_dir(folder / "new")


def files(folder: Path, wanted: Container[str] | None = None) -> Iterator[tuple[str, Path]]:
    """(id, file) of every message of ours, read or not; of those `wanted` alone."""
    for name, part, file in _ours(folder):
        if wanted is None or name in wanted:
            yield name, folder / part / file


def ids(folder: Path) -> set[str]:
    """The ids of every message of ours: quick also where a hundred thousand lie."""
    return {name for name, _, _ in _ours(folder)}


def _ours(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(id, folder, name) of each file."""
    for part in _SHOWN:
        with contextlib.suppress(FileNotFoundError):
            for file in os.listdir(folder / part):
                name, _, kind = file.partition(".")[2].partition(".")
                if kind.startswith("solicomm,"):
                    yield name, part, file


def _write(path: Path, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(fd)
