"""Drafts of union sites: the branches beside main, and where each can be looked at.

A draft is shown at `/preview/<26 letters>/`. The letters are a MAC of union, branch and the draft's
seed under the hub's key, so that they stay the same while somebody works on a draft, and only who
was told them finds it. They stay when the union gets another id, too: `.name` beside the seeds says
by which one they are made. The seed is 16 octets of chance in `private/previews/<union>/<branch>`;
it goes with the branch, and when somebody loses the right to the site: a name used again has
another address. An empty seed is that of a draft from before there were any.

Whoever moves a draft leaves word in `state/drafts/` and rings the builder; without the word (the
folder is a cache) it is found at the builder's next look at all sites.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
import secrets
import shutil
from pathlib import Path

from solicomm_build.foundation import keys, safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.repo import HEADS, MAIN, Repo, open_repo

FOLDER = "/preview/"

_OCTETS = 16
_NAMED = ".name"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")  # as gate/branches.py takes them


def address(config: Config, union: str, branch: str) -> str:
    """Where a draft is seen, root-relative; `branch` without `refs/heads/`. Gives the draft its
    seed when it has none, durable on return."""
    return _address(config, union, branch, _seed(config, union, branch))


def forget(config: Config, union: str, branch: str) -> None:
    """A draft is over: its address is never given again. Safe to call twice."""
    (_seeds(config, union) / branch).unlink(missing_ok=True)


def forget_all(config: Config, union: str) -> None:
    """The same of all drafts of a site that went for good. Safe to call twice."""
    shutil.rmtree(_seeds(config, union), ignore_errors=True)


def renew(config: Config, union: str) -> None:
    """Gives all drafts of a site new addresses, and leaves word that they moved."""
    for branch in branches(open_repo(config.union_repo(union))):
        forget(config, union, branch)
        keys.keep_once(_seeds(config, union) / branch, secrets.token_bytes(_OCTETS))
    note(config, union)


def rename(config: Config, old: str, new: str) -> None:
    """Has the drafts that a union had under its former id keep their addresses, and leaves word
    that they moved. Durable on return, safe to call again."""
    before, now = _seeds(config, old), _seeds(config, new)
    if not before.is_dir():
        return
    keys.keep_once(before / _NAMED, old.encode())
    now.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in sorted(before.iterdir(), reverse=True):  # the name by which they are made last
        if not (now / path.name).exists():
            path.rename(now / path.name)
    safeio.fsync_dir(now)
    shutil.rmtree(before)
    note(config, new)


def _named(config: Config, union: str) -> str:
    with contextlib.suppress(FileNotFoundError):
        return (_seeds(config, union) / _NAMED).read_text("ascii")
    return union


def _address(config: Config, union: str, branch: str, seed: bytes) -> str:
    said = f"preview\0{_named(config, union)}\0{branch}".encode() + (b"\0" + seed if seed else b"")
    mac = hmac.digest(keys.token_key(config.keys), said, hashlib.sha256)
    return f"{FOLDER}{base64.b32encode(mac).decode('ascii').lower()[:26]}/"


def _seed(config: Config, union: str, branch: str) -> bytes:
    path = _seeds(config, union) / branch
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    plain = _address(config, union, branch, b"").strip("/").rpartition("/")[2]
    shown_before = (config.previews / "records" / f"{plain}.json").exists()
    keys.keep_once(path, b"" if shown_before else secrets.token_bytes(_OCTETS))
    return path.read_bytes()


def _seeds(config: Config, union: str) -> Path:
    return config.private / "previews" / union


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
