"""Maintenance: every checkpoint leaves a pack, so packs are merged when they pile up.

`git repack --geometric=2` merges the small packs into larger ones, each at least twice the next, so
the work per post stays constant over time. It runs under the repository's lock. Readers find the
new packs by themselves.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import time
from collections.abc import Set
from pathlib import Path

from solicomm_build.foundation.errors import StoreError
from solicomm_build.git import refs
from solicomm_build.git.known import NAMES
from solicomm_build.git.repo import STREAMED, Repo

PACKS = 50
"""From so many packs on, looking up an object costs noticeably more than reading it."""
_KEPT_BY = re.compile(rb"(?:receive-pack|fetch-pack) ([1-9]\d{0,18}) on (.+)")
_LONGEST = 86_400.0  # seconds: no push or fetch takes so long

_COMES = 0.5
"""Seconds within which the index of a new pack comes: whoever writes one puts it there last."""


_unreadable: set[Path] = set()
"""Packs that no index could be made for; `fsck` tells of them."""


def needed(repo: Repo, *, packs: int = PACKS) -> bool:
    """True when the repository has more than `packs` packs, or one without an index. Half a second
    where one has none."""
    folder = repo.path / "objects" / "pack"
    with os.scandir(folder) as entries:
        names = {entry.name for entry in entries if entry.name.startswith("pack-")}
    if sum(name.endswith(".pack") for name in names) > packs:
        return True
    return bool(_lacking(names) and set(unindexed(repo.path)) - _unreadable)


def run(repo: Repo) -> None:
    """Merges packs and clears what killed processes left. Blocking; safe at any time.

    Writers of this process must be at a checkpoint: between commits they hold the lock.
    """
    with repo.lock():
        clear(repo)
        # No search for deltas: it takes twenty times as long for packs a twentieth smaller, and
        # mail waits for the lock meanwhile.
        repo.git("repack", "--geometric=2", "-d", "-q", "--window=0")


def purge(repo: Repo) -> None:
    """Takes away for good what no ref leads to, as an erasure needs it. Blocking: everything that
    stays is copied into one pack, about a second per 50 MB, and writers wait meanwhile. Processes
    that had the old packs open free their octets when they look for new ones, or end.
    """
    with repo.lock():
        refs.settle(repo.path)  # what was begun needs commits that no ref leads to yet
        clear(repo)
        repo.git("reflog", "expire", "--expire=now", "--all")
        repo.git("repack", "-a", "-d", "-q", "--window=0", config=STREAMED)
        repo.git("prune", "--expire=now", config=STREAMED)
        repo.git("prune-packed", "-q")
        for name in ("FETCH_HEAD", "ORIG_HEAD"):
            (repo.path / name).unlink(missing_ok=True)
        for path in repo.path.glob(f"{NAMES}*"):  # of what went, too
            path.unlink(missing_ok=True)


def unindexed(folder: Path) -> list[Path]:
    """The packs of the repository at `folder` that have no index, so that git reads nothing of
    them; not those that come just now. Blocking, half a second where one has none."""
    if found := _unindexed(folder):
        time.sleep(_COMES)
        found &= _unindexed(folder)
    return sorted(found)


def _unindexed(folder: Path) -> set[Path]:
    names = {path.name for path in (folder / "objects" / "pack").glob("pack-*")}
    return {folder / "objects" / "pack" / name for name in _lacking(names)}


def _lacking(names: Set[str]) -> set[str]:
    return {name for name in names if name.endswith(".pack") and f"{name[:-5]}.idx" not in names}


def clear(repo: Repo) -> None:
    """Takes away half-written packs, keep marks and reports of processes that were killed, and
    makes the index of a pack that has none: git would neither read it nor ever take it away. For
    who holds the repository's lock: all who write do it under it, so what lies here is nobody's."""
    packs, git_dir = repo.path / "objects" / "pack", repo.path
    left = (*packs.glob("tmp_*"), *packs.glob(".pack-*.tmp"), *git_dir.glob("fast_import_crash_*"))
    for path in left:
        path.unlink(missing_ok=True)
    for keep in packs.glob("*.keep"):  # a fast-import's (git/history.py), or what a kill left
        with contextlib.suppress(FileNotFoundError):
            if _is_nobodys(keep):
                keep.unlink()
    for pack in set(unindexed(repo.path)) - _unreadable:
        try:
            repo.git("index-pack", os.fspath(pack))
        except StoreError:
            _unreadable.add(pack)


def _is_nobodys(keep: Path) -> bool:
    """Whether who kept a pack has ended. A push or a fetch keeps what it brought until a ref leads
    there (index-pack's `--keep=<who> <pid> on <host>`), and not under our lock: killed before, its
    pack would never be merged, and what is in it never erased."""
    said = keep.read_bytes().strip()
    if b"fast-import".startswith(said):
        return True
    found = _KEPT_BY.fullmatch(said)
    if found is None:
        return False
    if os.fsdecode(found[2]) != socket.gethostname():  # the hub came from there
        return keep.stat().st_mtime < time.time() - _LONGEST
    try:
        os.kill(int(found[1]), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        pass  # somebody else's
    return False
