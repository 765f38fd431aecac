"""Whether all of it fits on a stick: said before anything is written.

A file takes whole blocks, which are large on large sticks, and FAT32 takes none of 4 GiB.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from pathlib import Path

from solicomm_build.builder.carrying import folder as bringing
from solicomm_build.foundation.errors import UsageError

LARGEST = 2**32 - 1
"""Octets of a file on FAT32 (Microsoft FAT Specification, DIR_FileSize)."""

_MOUNTS = Path("/proc/self/mounts")
_FAT = ("vfat", "msdos", "fuse.fusefat")
_SPARE = 64 * 1024  # octets that a file more may cost on a stick, by its blocks


def look(
    folder: Path, tree: bringing.Tree, bundles: Mapping[str, int], stays: int, size: int
) -> None:
    """Raises UsageError when the pages of `tree`, new `bundles` (octets by name) and `stays` octets
    that lie there already have more than `size` octets (0: as many as there is room for), or the
    stick takes less, or not files that large. Blocking."""
    facts = os.statvfs(folder)
    block, is_fat = facts.f_frsize or 1, _kind(folder) in _FAT
    whole, need = stays, 0
    pages = ((file.path, file.size) for file in bringing.files_of(tree))
    for name, octets in itertools.chain(pages, bundles.items()):
        if octets > LARGEST and is_fat:
            raise UsageError(
                f"{name} has {octets / 1e9:,.1f} GB, and FAT32 takes no file of 4 GiB or more. "
                "Format the stick as exFAT, or choose without it: --conference, --library, --union"
            )
        whole += octets
        need += _blocks(octets, block)
    if size and whole > size:
        raise UsageError(
            f"all of it takes {whole / 1e6:,.1f} MB, more than --size lets it. "
            "Choose less with --conference, --library, --union or --since"
        )
    free = facts.f_bavail * block
    if need + _SPARE <= free:
        return
    lies = sum(_blocks(file.size, block) for file in bringing.lying(folder))
    if need > free + lies + _SPARE:
        raise UsageError(
            f"{folder} has room for {(free + lies) / 1e6:,.0f} MB, and {need / 1e6:,.0f} are "
            "needed. Take a larger stick, or choose with --conference, --library, --union or "
            "--since"
        )


def _blocks(size: int, block: int) -> int:
    return -(-size // block) * block


def _kind(folder: Path) -> str:
    """The kind of file system that a folder is on, as the kernel calls it; empty when it cannot be
    seen."""
    place, best, found = f"{folder.resolve()}/", "", ""
    try:
        lines = _MOUNTS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        _, at, kind, *_ = line.split(" ")
        at = at.replace("\\040", " ").rstrip("/") + "/"
        if place.startswith(at) and len(at) > len(best):
            best, found = at, kind
    return found
