"""The repositories of a stick, as git bundles: one whole, and beside it what came since, until that
is a quarter of it; then it is written anew.

`git clone _stick/bundles/conferences/water.bundle` reads a whole one anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.foundation.types import Oid
from solicomm_build.git import exchange, log
from solicomm_build.git.repo import MAIN, open_repo

FOLDER = "_stick/bundles"

_SHARE = 4
_MOST = 12
"""Bundles of a repository, at most."""


@dataclass(frozen=True, slots=True)
class Bundled:
    """A repository on a stick: where it stands, and its bundles in order (names on the stick)."""

    tip: Oid
    files: tuple[str, ...]


def bring(
    small: Path, wanted: Mapping[str, Oid], before: Mapping[str, Bundled], kept: Path
) -> tuple[dict[str, Bundled], dict[str, Path]]:
    """Has each repository (paths below `small`) bundled up to its commit: what the stick has then,
    and where the files of it lie that `kept` has. `before` is what the stick says it has."""
    found, files = dict[str, Bundled](), dict[str, Path]()
    for path, tip in wanted.items():
        old = before.get(path)
        if old is not None and old.tip == tip:
            found[path] = old
            continue
        found[path] = made = _bundled(small / path, path, tip, old, kept)
        files |= {name: kept / name.rpartition("/")[2] for name in made.files[-1:]}
    return found, files


def _bundled(repo_path: Path, path: str, tip: Oid, old: Bundled | None, kept: Path) -> Bundled:
    repo = open_repo(repo_path)
    base = f"{FOLDER}/{path.removeprefix('content/').removesuffix('.git')}"
    kept.mkdir(parents=True, exist_ok=True)
    follows = old is not None and len(old.files) < _MOST and log.is_ancestor(repo, old.tip, tip)
    if old is not None and follows:
        name = f"{base}.{len(old.files)}.bundle"
        out = kept / name.rpartition("/")[2]
        exchange.bundle(repo, out, [MAIN], [old.tip], compressed=True)
        if out.stat().st_size * _SHARE <= _whole(repo_path):
            return Bundled(tip, (*old.files, name))
    name = f"{base}.bundle"
    exchange.bundle(repo, kept / name.rpartition("/")[2], [MAIN], [], compressed=True)
    return Bundled(tip, (name,))


def _whole(repo: Path) -> int:
    """About how many octets a whole bundle has: the packs that the repository borrows."""
    borrowed = (repo / "objects" / "info" / "alternates").read_text("utf-8").strip()
    packs = (repo / "objects" / borrowed / "pack").glob("*.pack")
    return sum(pack.stat().st_size for pack in packs)
