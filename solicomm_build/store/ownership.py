"""Whose the hub's files are: one user owns a hub, whoever runs a command.

What a command leaves behind as somebody else, the stages cannot write. `strangers` finds such
repositories, for `solicomm check`, `fsck` and `status`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.config import Config

_DEEP = ("", "objects", "objects/pack", "refs", "refs/heads", "HEAD", "config", "solicomm.lock",
         "solicomm.turn", "solicomm.history", "packed-refs")  # fmt: skip
"""What every commit needs of a repository."""


def repositories(config: Config) -> list[Path]:
    """Every repository of a hub, by path."""
    private = (config.roster_repo, config.mail_repo, config.access_repo)
    found = [one for one in (config.site_repo, config.people_repo, *private) if one.is_dir()]
    for folder in (config.conferences, config.libraries, config.unions, config.mailboxes):
        found += folder.glob("*.git")
    return sorted(found)


def strangers(config: Config) -> Iterator[Path]:
    """The repositories of which something belongs to another user than the hub, or which this
    user, being the hub's, cannot write."""
    owner = config.private.stat().st_uid
    for repo in repositories(config):
        if any(_is_strange(repo / name, owner) for name in _DEEP):
            yield repo


def _is_strange(path: Path, owner: int) -> bool:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return False
    except PermissionError:
        return True
    if found.st_uid != owner:
        return True
    mine = os.geteuid() == owner
    if not mine or not path.is_dir():
        return mine and not os.access(path, os.R_OK)
    return not os.access(path, os.R_OK | os.W_OK | os.X_OK)
