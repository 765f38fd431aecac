"""What goes along with a curator, or with who handed something in, who has another address."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path

from solicomm_build.features.library import library
from solicomm_build.features.library.deposits.deposits import Deposits
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import elsewhere
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.writer import Change, write_on_tip


def _along(config: Config, number: int, old: str, new: str) -> None:
    """Curators that library.yaml names, also of libraries that can come back: by the number from
    now on, since everybody may read the file of many. A copy of another hub's library says what its
    home does. Documents are of the new address."""
    for path in sorted(config.libraries.glob("*.git")):
        if elsewhere.of(config, "libraries", path.stem) is None:
            _name_anew(path, old, number)
    for path in removed.repositories(config, "libraries"):
        _name_anew(path, old, number)
    Deposits(config).move(old, new)


def _name_anew(path: Path, old: str, number: int) -> None:
    """One that is damaged, of which nothing can be read, has no curators."""
    with contextlib.suppress(SoliCommError):
        repo = open_repo(path)
        message = compose("Name a curator by number", Source="cli")
        write_on_tip(repo, partial(_made, repo, old, number), message=message, when=clock.now())


def _made(repo: Repo, old: str, number: int, tip: Oid | None) -> list[Change]:
    with Reader(repo) as reader:
        before = reader.at(tip or MAIN, library.FILE) or b""
    after = library.named_by_number(before, old, number)
    return [Change(library.FILE, after)] if after != before else []


ALONG = _along
