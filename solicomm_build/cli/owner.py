"""Whoever runs a command on a hub works as the user that the hub belongs to.

What root left behind in a repository, the stages could not write. So root becomes the hub's owner
for good before anything is touched; anybody else is told whom to be. A hub of root's own is root's.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path

from solicomm_build.foundation.errors import (
    HubError,
    NotTheOwnerError,
    SoliCommError,
    UnreadableProgramError,
)
from solicomm_build.foundation.hub.ownership import name_of, whose


def owner_of(root: Path) -> os.stat_result:
    """Whose a hub is; of one that is not made yet, whose the folder is that it will lie in."""
    for path in (root / "private", root, *root.parents):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return whose(path)
    return Path("/").stat()


def become(root: Path) -> None:
    """Makes this process the owner of the hub at `root`, for good, with groups, HOME and name.
    Raises NotTheOwnerError for a user that is neither root nor the owner, and
    UnreadableProgramError, before anything is touched, where the owner could not read on."""
    owner, me = owner_of(root), os.geteuid()
    if me == owner.st_uid:
        return
    if me != 0:
        raise NotTheOwnerError(root, name_of(owner.st_uid))
    try:
        user = pwd.getpwuid(owner.st_uid)
    except KeyError:
        os.setgroups([])
        os.setgid(owner.st_gid)
        home, name = str(root), str(owner.st_uid)
    else:
        os.initgroups(user.pw_name, user.pw_gid)
        os.setgid(user.pw_gid)
        home, name = user.pw_dir, user.pw_name
    os.setuid(owner.st_uid)
    if (closed := unreadable()) is not None:
        raise UnreadableProgramError(closed, name)
    os.environ.update(HOME=home, USER=name, LOGNAME=name)
    if not os.access(".", os.X_OK):
        os.chdir(root if root.is_dir() else "/")


def doer() -> str:
    """Who runs this command: the user who became root by sudo, else the user of the shell."""
    if behind := os.environ.get("SUDO_USER"):
        return behind
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.geteuid())


def unreadable() -> Path | None:
    """What this user cannot read of the program and its Python; modules are loaded as they are
    needed, and stages and children start it again."""
    parts = (sys.executable, os.__file__, __file__)
    return next((Path(one) for one in parts if one and not os.access(one, os.R_OK)), None)


def by_owner(root: Path, work: Callable[[], dict[str, str]]) -> dict[str, str]:
    """What `work` returns, done by the owner of the hub at `root`, in a process of its own when
    this one is root: so that root may write the answer where only root writes. Raises
    SoliCommError with what it was refused for."""
    if os.geteuid() != 0 or owner_of(root).st_uid == 0:
        become(root)
        return work()
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        _answer(writing, root, work)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        octets = file.read()
    os.waitpid(pid, 0)
    answer = json.loads(octets or b'{"refused": "The work as the hub\'s user ended by a fault"}')
    if "refused" in answer:
        raise HubError(str(answer["refused"]))
    return {str(name): str(text) for name, text in answer["done"].items()}


def _answer(writing: int, root: Path, work: Callable[[], dict[str, str]]) -> None:
    """A child's whole life."""
    try:
        try:
            become(root)
            answer: dict[str, object] = {"done": work()}
        except SoliCommError as error:
            answer = {"refused": error.public}
        with os.fdopen(writing, "wb") as file:
            file.write(json.dumps(answer).encode("ascii"))
    finally:
        os._exit(0)
