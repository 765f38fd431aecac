"""Who on the machine may read what of a hub: its own user everything, others `public/` alone.

    hub/                  711   others pass through, and see no names
    hub/hub.yaml          600
    hub/public/           755, files 644: any web server reads them without being in a group
    hub/mirrors/, mta/    as they are: other programs read them; what names people there is 640
    all of CLOSED         700   whatever lies below, and whatever its mode

Closing the topmost folders is enough: nobody gets below a folder that they may not enter. Hubs
made before are closed at the next start of a stage.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from solicomm_build.foundation.hub.config import FILE, Config

CLOSED = ("content", "unions", "private", "spool", "state", "previews")
"""Folders of a hub that nobody but its user may enter, relative to the hub."""

_ROOT = 0o711
_FOLDER = 0o755
_PAGE = 0o644


def close(config: Config) -> None:
    """Gives a hub the modes above where they are wider. What is another user's stays as it is, also
    for root, and so does what a link leads to; `wide` names it. Costs a few system calls when there
    is nothing to do."""
    for path, most in _wanted(config.root):
        with suppress(OSError):
            now = path.lstat()
            if now.st_uid == os.geteuid() and not stat.S_ISLNK(now.st_mode):
                mode = stat.S_IMODE(now.st_mode)
                if mode & ~most:
                    os.chmod(path, mode & most)


def wide(root: Path) -> list[Path]:
    """What other users of the machine can read though they must not, in the order of `CLOSED`."""
    found = []
    for path, most in _wanted(root):
        with suppress(OSError):
            if _mode(path) & ~most:
                found.append(path)
    return found


def open_pages(public: Path) -> None:
    """Lets every user of the machine read the pages, and what this process writes from now on.

    For the process that makes pages and nothing else that others could reach: its umask is changed.
    Pages that were written before under a narrower umask are opened once. Blocking.
    """
    os.umask(0o022)
    with suppress(OSError):
        if all(_mode(one) & _PAGE == _PAGE for one in (public, *public.iterdir())):
            return
        for folder, _, files in os.walk(public, topdown=False):
            for name in files:
                os.chmod(os.path.join(folder, name), _PAGE)
            os.chmod(folder, _FOLDER)


def _wanted(root: Path) -> Iterator[tuple[Path, int]]:
    """What must not be open, with the most that its mode may have."""
    yield root, _ROOT
    yield root / FILE, 0o600
    for name in CLOSED:
        yield root / name, 0o700


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)
