"""Drafts of union sites: the branches beside main, and where each can be looked at.

A draft is shown at `/preview/<26 letters>/`. The letters are a MAC of union and branch under the
hub's key, so that they stay the same while somebody works on a draft, and only who was told them
finds it. Whoever moves a draft leaves word in `state/drafts/` and rings the builder; without the
word (the folder is a cache) it is found at the builder's next look at all sites.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
from pathlib import Path

from solicomm_build import keys
from solicomm_build.config import Config
from solicomm_build.store import refs
from solicomm_build.store.repo import MAIN, Repo
from solicomm_build.types import Oid

HEADS = "refs/heads/"
FOLDER = "/preview/"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")  # as gate/branches.py takes them


def address(config: Config, union: str, branch: str) -> str:
    """Where a draft is seen, root-relative; `branch` without `refs/heads/`."""
    said = f"preview\0{union}\0{branch}".encode()
    mac = hmac.digest(keys.token_key(config.keys), said, hashlib.sha256)
    return f"{FOLDER}{base64.b32encode(mac).decode('ascii').lower()[:26]}/"


def branches(repo: Repo) -> dict[str, Oid]:
    """The drafts of a site and where they are. Reads ref files only."""
    names = set()
    heads = repo.path / HEADS
    with contextlib.suppress(FileNotFoundError):
        names = {path.name for path in heads.iterdir() if path.is_file()}
    with contextlib.suppress(FileNotFoundError):
        for line in (repo.path / "packed-refs").read_text("utf-8", "replace").splitlines():
            name = line.partition(" ")[2]
            if name.startswith(HEADS):
                names.add(name.removeprefix(HEADS))
    found = {}
    for name in sorted(names):
        if not name.endswith(".lock") and HEADS + name != MAIN and _NAME.fullmatch(name):
            tip = refs.read(repo.path, HEADS + name)
            if tip is not None:
                found[name] = tip
    return found


def note(config: Config, union: str) -> None:
    """Leaves word that drafts of this site moved, came or went."""
    folder = _folder(config)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / union).touch()


def noted(config: Config) -> list[str]:
    """The sites of which there was word since the last time; takes the word away."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for path in sorted(_folder(config).iterdir()):
            path.unlink(missing_ok=True)
            found.append(path.name)
    return found


def _folder(config: Config) -> Path:
    return config.state / "drafts"
