"""What follows a library, or a conference where libraries are discussed, that gets another id."""

from __future__ import annotations

import shutil

from solicomm_build.features.library import library
from solicomm_build.features.library.deposits.deposits import Deposits
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import elsewhere, placeid
from solicomm_build.git.replica import largefiles
from solicomm_build.git.repo import open_repo


def _follow(config: Config, kind: str, old: str, new: str) -> None:
    """What libraries say of a conference, or what belongs to one of them."""
    if kind == "libraries":
        _library(config, old, new)
    if kind == "conferences":
        for path in sorted(config.libraries.glob("*.git")):
            if elsewhere.of(config, "libraries", path.stem) is None:
                placeid.change(open_repo(path), library.FILE, "conference", (old, new))


def _library(config: Config, old: str, new: str) -> None:
    """Its large files, and what waits to be put into it."""
    before, now = (config.libraries / f"{name}.files" for name in (old, new))
    if before.is_dir():
        largefiles.move(before, now)  # a file may have come under the new name before these did
    Deposits(config).rename(old, new)


def _end(config: Config, kind: str, name: str) -> None:
    """Takes the large files of a library away."""
    if kind == "libraries":
        shutil.rmtree(config.libraries / f"{name}.files", ignore_errors=True)


RENAME = _follow
END = _end
