"""The repositories of a stick, as git bundles: one whole, and beside it what came since, until that
is a quarter of it; then it is written anew. So it is where the history is another, as after an
erasure, or in a hub that came back from a backup.

`git clone _stick/bundles/conferences/water.bundle` reads a whole one anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from solicomm_build.builder.apart import children
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
    kept.mkdir(parents=True, exist_ok=True)
    stay = {path: before[path] for path, tip in wanted.items() if _stands(before, path, tip)}
    moved = sorted(wanted.keys() - stay.keys(), key=lambda path: -_whole(small / path))
    bundle = partial(_one, small, wanted, before, kept)
    made = dict(zip(moved, children.shared(bundle, moved), strict=True))
    last = [one.files[-1] for one in made.values()]
    return stay | made, {name: _place(kept, name) for name in last}


def _place(kept: Path, name: str) -> Path:
    """Where a bundle lies at first. A library may have the name of a conference."""
    return kept / name.removeprefix(f"{FOLDER}/").replace("/", ".")


def _stands(before: Mapping[str, Bundled], path: str, tip: Oid) -> bool:
    return path in before and before[path].tip == tip


def _one(
    small: Path, wanted: Mapping[str, Oid], before: Mapping[str, Bundled], kept: Path, path: str
) -> Bundled:
    return _bundled(small / path, path, wanted[path], before.get(path), kept)


def _bundled(repo_path: Path, path: str, tip: Oid, old: Bundled | None, kept: Path) -> Bundled:
    repo = open_repo(repo_path)
    base = f"{FOLDER}/{path.removeprefix('content/').removesuffix('.git')}"
    follows = old is not None and len(old.files) < _MOST and log.goes_on(repo, old.tip, tip)
    if old is not None and follows:
        name = f"{base}.{len(old.files)}.bundle"
        out = _place(kept, name)
        exchange.bundle(repo, out, [MAIN], [old.tip], compressed=True)
        if out.stat().st_size * _SHARE <= _whole(repo_path):
            return Bundled(tip, (*old.files, name))
    name = f"{base}.bundle"
    exchange.bundle(repo, _place(kept, name), [MAIN], [], compressed=True)
    return Bundled(tip, (name,))


def _whole(repo: Path) -> int:
    """About how many octets a whole bundle has: the packs that the repository borrows."""
    borrowed = (repo / "objects" / "info" / "alternates").read_text("utf-8").strip()
    packs = (repo / "objects" / borrowed / "pack").glob("*.pack")
    return sum(pack.stat().st_size for pack in packs)
