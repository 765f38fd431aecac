"""How much room a site takes, beside what hub.yaml allows (`limits`)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta

from solicomm_build.features.sites import drafts
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.pushes import recent_pushes
from solicomm_build.git.repo import MAIN, open_repo


@dataclass(frozen=True, slots=True)
class Usage:
    """Octets and counts: the files of main, the repository on the disk with all its history, the
    built pages, drafts, and pushes in the last hour."""

    files: int
    bytes: int
    history: int
    pages: int
    drafts: int
    pushes: int


def of_site(config: Config, union: str) -> Usage:
    """What a site takes now. One git process. Raises HubError when there is none."""
    repo = open_repo(config.union_repo(union))
    sizes = []
    if repo.ref() is not None:
        told = repo.git("ls-tree", "-r", "-l", "-z", "--end-of-options", MAIN)
        for line in told.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            size = line.partition("\t")[0].split()[3]
            sizes.append(int(size) if size.isdigit() else 0)
    hour = clock.now() - timedelta(hours=1)
    return Usage(
        files=len(sizes),
        bytes=sum(sizes),
        history=_on_disk(repo.path),
        pages=_on_disk(config.public / "unions" / union),
        drafts=len(drafts.branches(repo)),
        pushes=recent_pushes(config, f"unions/{union}", hour),
    )


def _on_disk(folder: str | os.PathLike[str]) -> int:
    return sum(
        os.lstat(os.path.join(path, name)).st_size
        for path, _, names in os.walk(folder)
        for name in names
    )
