"""How far the pages have got in each repository: the cursor `pages`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from solicomm_build.foundation.errors import ConflictError, LockedOutError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import Oid
from solicomm_build.git.cursor import PAGES, Cursor
from solicomm_build.git.history import reach
from solicomm_build.git.repo import open_repo

CONSUMER = PAGES
"""refs/solicomm/cursors/pages"""


def advance(config: Config, commits: Mapping[Path, Oid], log: MailLog) -> list[tuple[str, str]]:
    """Moves the cursors to these commits, durable on return; (repository, reason) for each that is
    not this user's to move. Where something was erased while pages were made, it stays: the next
    build makes them anew."""
    faults = []
    for path, commit in commits.items():
        try:
            repo = open_repo(path)
            if reach(repo, Cursor(repo, CONSUMER), commit):
                log.event("published", repo=path.stem, commit=commit)
        except ConflictError:
            continue  # a second builder: it says the same
        except LockedOutError as error:
            faults.append((path.relative_to(config.root).as_posix(), error.public))
    return faults
