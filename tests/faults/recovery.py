"""What docs/howto/recovery.md tells an operator to do, as commands."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from solicomm_build.config import Config
from solicomm_build.store import receiving
from solicomm_build.store.repo import SETTINGS, Repo, open_repo
from tests.faults import picture


def mirrored(config: Config, folder: Path) -> None:
    """`git clone --mirror` of every repository, as a backup or another hub keeps it."""
    for repo in picture.repositories(config.root):
        where = folder / repo.path.relative_to(config.root)
        where.parent.mkdir(parents=True, exist_ok=True)
        _git("clone", "--quiet", "--mirror", "--no-hardlinks", str(repo.path), str(where))


def bring_back(config: Config, copies: Path, where: str) -> Repo:
    """Puts the copy of the repository at `where` in the place of the broken one."""
    path, aside = config.root / where, config.root / f"{where}.broken"
    cursors = _cursors(path)
    os.rename(path, aside)
    _git("clone", "--quiet", "--mirror", "--no-hardlinks", str(copies / where), str(path))
    _git("--git-dir", str(path), "config", "--remove-section", "remote.origin")
    for name, value in SETTINGS.items():
        _git("--git-dir", str(path), "config", name, value)
    repo = open_repo(path)
    if path.parent in (config.conferences, config.libraries, config.unions):
        receiving.guard(config, repo)
    for name, oid in cursors.items():
        if repo.succeeds("cat-file", "-e", oid):
            repo.git("update-ref", name, oid)
    shutil.rmtree(aside)
    return repo


def _cursors(path: Path) -> dict[str, str]:
    folder = path / "refs" / "solicomm" / "cursors"
    found = folder.iterdir() if folder.is_dir() else ()
    return {
        f"refs/solicomm/cursors/{one.name}": one.read_text().strip()
        for one in found
        if not one.name.endswith(".lock")
    }


def _git(*words: str) -> None:
    subprocess.run(["git", *words], check=True, capture_output=True)
