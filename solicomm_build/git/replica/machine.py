"""A hub on this machine, of which others have copies: `join` has a process move refs and fill
spools so that they keep all of it, and `take_over` makes the hub this machine's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from solicomm_build.foundation import safeio, spool
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import receiving, refs
from solicomm_build.git.quarantine import QuarantinedRepo
from solicomm_build.git.replica.carried import Carried, repositories
from solicomm_build.git.replica.moving import Replicated
from solicomm_build.git.replica.pushing import Moves
from solicomm_build.git.repo import Repo, create

_AT_ONCE = 8  # repositories that are taken over side by side: most of it is waiting for followers
_LEFT = "left-behind"
_GUARDED = ("content/conferences/", "content/libraries/", "unions/")


def pair(config: Config) -> tuple[Replicated, Carried]:
    """What moves the refs of a hub, and what carries its plain files. Starts and writes nothing."""
    mover = Replicated(config)
    carried = Carried(config, mover.arrive)

    def known(repo: Repo) -> None:
        if repo.path != carried.repo.path:
            carried.keep(first=repo)

    mover.known = known
    return mover, carried


def join(config: Config) -> tuple[Replicated, Carried]:
    """Has this process and those forked from here do what they do on other machines, too."""
    mover, carried = pair(config)
    refs.use(mover)
    spool.share_by(carried.keep)
    return mover, carried


def leave() -> None:
    """Has this process move refs and fill spools on this machine alone again."""
    refs.use(None)
    spool.share_by(None)


def offer(config: Config, repo: QuarantinedRepo, moves: Moves) -> None:
    """Has other machines keep what a push brought, before git takes it. Raises NotKeptError."""
    pair(config)[0].offer(repo, moves)


def take_over(config: Config, say: Callable[[str], None] = lambda _said: None) -> int:
    """Makes the hub this machine's, whose lease it has; returns how many repositories it has. The
    plain files first: from then on a machine that was deposed cannot say 250 any more. Raises
    NotKeptError, DeposedError. Blocking; safe to call again."""
    mover, carried = join(config)
    carried.begin()
    mover.take_over(carried.repo.path)
    listed = carried.restore()
    if listed is not None:
        for name in sorted(set(repositories(config)) - set(listed)):
            say(f"{name} is no repository of the hub any more; it lies in private/{_LEFT} now")
            _set_aside(config, name)
        receiving.install(config)
        for name in listed:
            if not (config.root / name).is_dir():
                made = create(config.root / name)
                if name.startswith(_GUARDED):
                    receiving.guard(config, made)
    else:
        listed = repositories(config)
        carried.keep()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda name: mover.take_over(config.root / name), listed))
    carried.keep(whole=True)
    return len(listed)


def _set_aside(config: Config, name: str) -> None:
    """Takes a repository out of the hub that was removed or renamed while this machine was away."""
    source = config.root / name
    target = config.private / _LEFT / name
    number = 0
    while target.exists():
        number += 1
        target = (config.private / _LEFT / name).with_suffix(f".{number}.git")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.rename(source, target)
    safeio.fsync_dir(target.parent)
    files: Path = source.with_suffix(".files")
    if files.is_dir():
        shutil.move(files, target.with_suffix(".files"))
