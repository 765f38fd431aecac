"""Whose the hub's files are: one user owns a hub, whoever runs a command.

What a command leaves behind as somebody else, the stages cannot write. `strangers` finds such
repositories, for `solicomm check`, `fsck` and `status`.
"""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config

_DEEP = (
    "",
    "objects",
    "objects/pack",
    "refs",
    "refs/heads",
    "HEAD",
    "config",
    "solicomm.lock",
    "solicomm.turn",
    "solicomm.history",
    "packed-refs",
)
"""What every commit needs of a repository."""


def whose(path: Path) -> os.stat_result:
    """Whose a file or folder is. A link that leads to what is root's is its maker's: the hub's user
    could else make root take the hub for its own by a link."""
    found = path.stat()
    link = path.lstat()
    return link if found.st_uid == 0 else found


def repositories(config: Config) -> list[Path]:
    """Every repository of a hub, by path."""
    private = (config.roster_repo, *cells.mail_repos(config), config.access_repo)
    found = [
        one
        for one in (config.site_repo, config.people_repo, config.hubs_repo, *private)
        if one.is_dir()
    ]
    ours = (config.conferences, config.libraries, config.unions, config.mailboxes)
    for folder in (*ours, config.copies):
        found += (*folder.glob("*.git"), *folder.glob("*/*.git"))
    return sorted(found)


def strangers(config: Config) -> Iterator[Path]:
    """The repositories of which something belongs to another user than the hub, or which this
    user, being the hub's, cannot write."""
    owner = config.private.stat().st_uid
    for repo in repositories(config):
        if any(_is_strange(repo / name, owner) for name in _DEEP):
            yield repo


def remedy(config: Config, path: Path) -> str:
    """The command that gives a path back to the hub's user."""
    owner = config.private.stat()
    return f"chown -R {name_of(owner.st_uid)}:{group_of(owner.st_gid)} {path}"


def not_allowed(folder: Path) -> str:
    """What is said where the user that the command runs as, the hub's even when root typed it, may
    not write a folder on another disk."""
    user = name_of(os.geteuid())
    return (
        f"{folder} cannot be written: the command runs as {user}. Mount it with -o uid={user}, or "
        f"give the folder to {user}"
    )


def name_of(uid: int) -> str:
    """What a user is called; the number when nobody is called so."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_of(gid: int) -> str:
    """What a group is called; the number when none is called so."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


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
