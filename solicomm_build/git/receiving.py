"""How git receives a push: its settings, the hooks it runs, and what it may use of the machine.

The hooks are two files in `<hub>/hooks`, which belongs to the hub and not to any repository:
`pre-receive` asks the gate before anything is taken, `post-receive` says where it can be seen and
wakes the builder. Repositories name the folder by `core.hooksPath`, relative to themselves, so that
a push by path or by ssh passes the gate as well; pushes that we start ourselves name it again.

What a push brings lies in a quarantine folder until the hook has said yes (git-receive-pack).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Protocol

from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import Repo, environment, open_repo

HOOKS = ("pre-receive", "post-receive")
PUSHER = "SOLICOMM_PUSHER"
"""Names the pusher to the hooks, as JSON; whoever comes by path has none and is the operator."""

FINDINGS = "SOLICOMM_FINDINGS"
"""Names a file for what the gate found, as JSON: for the hub's own editors (siteedits.py)."""

_MEMORY = 2 * 1024 * 1024  # KiB of address space: a small pack may unpack to much more than it is
_CPU = 120  # seconds for everything that one push starts
_HOOKS_PATH = re.compile(r"\n\thooksPath = [\w./-]+\n")  # as git writes it
_ELSEWHERE = re.compile(r"(?i)hooksPath|include")
_PLAIN = re.compile(r"[\w./-]+")


def install(config: Config) -> None:
    """Writes the hooks where they are not what they should be. Quick; safe at any time."""
    config.hooks.mkdir(mode=0o755, parents=True, exist_ok=True)
    for name in HOOKS:
        path, wanted = config.hooks / name, _hook(name)
        try:
            same = path.read_bytes() == wanted and os.access(path, os.X_OK)
        except OSError:
            same = False
        if not same:
            safeio.write_atomic(path, wanted, mode=0o755)
            os.chmod(path, 0o755)  # noqa: S103 - whoever pushes by path runs it


def unfit(config: Config) -> list[str]:
    """The hooks that git would pass over without a word: they are missing, or cannot be run."""
    return [name for name in HOOKS if not os.access(config.hooks / name, os.R_OK | os.X_OK)]


def install_everywhere(config: Config) -> int:
    """Writes the hooks and tells every repository that people push to; returns how many."""
    install(config)
    folders = (config.unions, config.conferences, config.libraries)
    found = [path for folder in folders for path in sorted(folder.glob("*.git"))]
    for path in found:
        guard(config, open_repo(path))
    return len(found)


def guard(config: Config, repo: Repo) -> None:
    """Makes pushes by path, too, pass the hooks of this hub. A git process is started only where
    the repository's configuration is not as we write it (git-config(1))."""
    file, wanted = repo.path / "config", hooks_path(config, repo.path)
    text = file.read_text("utf-8", "surrogateescape")
    begins = _HOOKS_PATH.split(text)
    is_ours = len(begins) == 2 and len(_ELSEWHERE.findall(text)) == 1
    if not is_ours or not _PLAIN.fullmatch(wanted):
        repo.git("config", "core.hooksPath", wanted)
        return
    told = f"\n\thooksPath = {wanted}\n".join(begins)
    if told != text:
        safeio.write_atomic(file, told.encode("utf-8", "surrogateescape"))


def hooks_path(config: Config, repo: Path) -> str:
    """`core.hooksPath` of a repository: where the hooks are, seen from it."""
    return os.path.relpath(config.hooks, repo)


def settings(config: Config, kind: str) -> tuple[str, ...]:
    """What git is told for one push, over whatever the repository itself says. Which branches may
    be deleted or rewound is for the gate to say: it knows main from a draft."""
    limits = config.limits
    most = limits.library_push_bytes if kind == "libraries" else limits.push_bytes
    return (
        f"core.hooksPath={config.hooks}",
        "core.fsmonitor=false",
        "core.packedGitWindowSize=32m",  # within the memory that is left to it
        "core.packedGitLimit=256m",
        "core.protectNTFS=true",
        "core.protectHFS=true",
        "core.fsync=objects,derived-metadata,reference",
        "core.fsyncMethod=fsync",
        "protocol.ext.allow=never",
        "gc.auto=0",
        "maintenance.auto=false",
        "receive.autogc=false",
        "receive.fsckObjects=true",
        "transfer.fsckObjects=true",
        f"receive.maxInputSize={most}",
        "receive.unpackLimit=1",  # always a pack: one fsync, and never a blob whole in memory
        "receive.denyDeletes=false",
        "receive.denyNonFastForwards=false",
        "receive.denyCurrentBranch=ignore",
        "receive.advertisePushOptions=false",
        "receive.keepAlive=5",
        "transfer.hideRefs=refs/solicomm",
        "pack.threads=1",
        "pack.windowMemory=64m",
        "uploadpack.allowAnySHA1InWant=false",
        "uploadpack.allowReachableSHA1InWant=false",
    )


class Pusher(Protocol):
    """Who pushes, as the hooks know him: a grant (people/gittoken.py) is one."""

    @property
    def id(self) -> str: ...
    @property
    def person(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def lang(self) -> str: ...


def pusher(grant: Pusher) -> str:
    """What the hooks are told of somebody who pushes by a grant, as JSON."""
    facts = {"grant": grant.id, "person": grant.person, "role": grant.role, "lang": grant.lang}
    return json.dumps(facts)


def environment_of(config: Config, kind: str) -> dict[str, str]:
    """The same settings as an environment, for a git that somebody else starts (git-shell)."""
    pairs = [setting.partition("=") for setting in settings(config, kind)]
    found = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, _, value) in enumerate(pairs):
        found[f"GIT_CONFIG_KEY_{number}"], found[f"GIT_CONFIG_VALUE_{number}"] = key, value
    return environment() | found


def limited(command: list[str]) -> list[str]:
    """`command`, unable to take the machine: memory and processor time are bounded, for it and all
    below it. A pack of a megabyte may hold a tree of gigabytes."""
    return ["sh", "-c", f'ulimit -v {_MEMORY}; ulimit -t {_CPU}; exec "$@"', "sh", *command]


def _hook(name: str) -> bytes:
    python = shlex.quote(sys.executable)
    return (
        "#!/bin/sh\n"
        "# Written by SoliComm. Without this file pushes would not be checked.\n"
        f"exec {python} -I -m solicomm_build.gate.hook {name}\n"
    ).encode()
