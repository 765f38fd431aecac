"""Folders below `state/` for what is unpacked to be read once: the archive and the members of
another list server, what another hub brought, a backup that is looked at. They go when that is
over; what a kill left goes soon after.

    <prefix><random>         mode 0700
    <prefix><random>.lock    held as long as somebody reads there
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from solicomm_build.foundation import clock, safeio

MIGRATION: Final = "migrate-"
PACKET: Final = "packet-"
PARCEL: Final = "parcel-"
UNPACKED: Final = (MIGRATION, PACKET, PARCEL)
"""What lies in `state/` itself."""
_BARE = 86_400.0
"""Seconds after which one without a lock is nobody's: earlier versions made such, and one of these
may be at work while a new one is put in its place."""
_FRESH = 3600.0  # seconds: whoever has made a lock has the folder by then


@contextlib.contextmanager
def folder(parent: Path, prefix: str) -> Iterator[Path]:
    """One of them, empty; gone at the end with all that is in it."""
    made = parent / f"{prefix}{secrets.token_hex(8)}"
    with safeio.locked(_lock(made)):  # held first, so that nobody takes it for what a kill left
        made.mkdir(mode=0o700)
        try:
            yield made
        finally:
            _away(made)


def sweep(parent: Path, *prefixes: str, bare: float = _BARE) -> None:
    """Takes away what killed processes left of these kinds; one that never had a lock after so many
    seconds. Safe at any time; blocking."""
    for prefix in prefixes:
        for left in parent.glob(f"{prefix}*"):
            with contextlib.suppress(FileNotFoundError):  # its owner is done just now
                if left.is_dir():
                    _let_go(left, bare)
                elif _age(left) > _FRESH and not left.with_suffix("").exists():
                    left.unlink()


def _let_go(left: Path, bare: float) -> None:
    if not _lock(left).exists() and _age(left) < bare:
        return
    with safeio.locked(_lock(left), blocking=False) as is_free:
        if is_free:
            _away(left)


def _age(path: Path) -> float:
    return abs(clock.timestamp() - path.stat().st_mtime)


def _away(made: Path) -> None:
    shutil.rmtree(made, ignore_errors=True)
    _lock(made).unlink(missing_ok=True)


def _lock(made: Path) -> Path:
    return made.with_name(f"{made.name}.lock")
