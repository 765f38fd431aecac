"""Mail that was kept for people and that their mail programs are not given yet (maildirs.py)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.repo import open_repo

CONSUMER = "maildir"
LATER = "maildir-later"
"""What the mail log says of a mailbox that was not brought up to date."""
_LOOKED_INTO = 20


def repositories(config: Config) -> Iterator[Path]:
    """Those of all mailboxes that have had mail."""
    yield from config.mailboxes.glob("*.git")
    yield from config.mailboxes.glob("*/*.git")


def waiting(config: Config) -> tuple[int, datetime | None]:
    """How many mailboxes have mail that mail programs are not given yet, and since when one of them
    has: of so many as are looked into, the one that waits longest. Blocking. Raises StoreError."""
    found = []
    for path in repositories(config):
        repo = open_repo(path)
        since, tip = Cursor(repo, CONSUMER).read(), repo.ref()
        if tip is not None and tip != since:
            found.append((repo, since, tip))
    if not found:
        return 0, None
    from solicomm_build.git import log  # seldom needed, and this is looked at often

    first = [islice(log.commits(*place), 1) for place in found[:_LOOKED_INTO]]
    return len(found), min((one.committed for some in first for one in some), default=None)
