"""How git reaches other machines by ssh: one connection to each, kept for a minute."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config

_LONGEST = 100  # octets that a path of a socket may have (unix(7): 108, with what ssh adds)
_MORE = 18  # octets that ssh appends at first
_NAME = 40  # octets of `%C`


def ssh(config: Config) -> list[str]:
    """ssh as git starts it: our key, our list of hosts, no question to anybody."""
    options = {
        "BatchMode": "yes",
        "ConnectTimeout": "2",
        "ServerAliveInterval": "2",
        "ServerAliveCountMax": "2",
        "IdentitiesOnly": "yes",
        "IdentityFile": str(config.keys / "cluster"),
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(config.keys / "cluster_known_hosts"),
    }
    if (folder := folder_of(config)) is not None:
        options |= {
            "ControlMaster": "auto",
            "ControlPath": f"{folder}/%C",
            "ControlPersist": "60",
        }
    return ["ssh", "-F", "none", *(f"-o{key}={value}" for key, value in options.items())]


def folder_of(config: Config) -> Path | None:
    """Where sockets of connections lie that are used again: a new connection for each step costs
    more than the step. Those of a hub that lies deep are among the temporary files, in a folder of
    our own that nobody else may look into; None where that cannot be."""
    folder = config.state / lease.FOLDER
    if _fits(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder
    name = hashlib.sha256(os.fsencode(config.root)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir(), f"solicomm-{name}")
    if _fits(folder):
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and (found.st_uid, found.st_mode & 0o077) == (
                os.geteuid(),
                0,
            ):
                return folder
    return None


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder)) + 1 + _NAME + _MORE <= _LONGEST
