"""Is the file of those who follow sound."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store.hooks import Fault

_WHERE = "private/following.sqlite"


def _follows(config: Config) -> Iterator[Fault]:
    """SQLite reads all of it, and every conference that is named is there."""
    path = config.private / "following.sqlite"
    if not path.exists():
        return
    remedy = "Stop the hub and bring the file back from a backup"
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
            (said,) = base.execute("PRAGMA quick_check(1)").fetchone()
            names = [row[0] for row in base.execute("SELECT DISTINCT conference FROM follow")]
    except sqlite3.Error as error:
        yield Fault(_WHERE, f"cannot be read ({error})", remedy)
        return
    if said != "ok":
        yield Fault(_WHERE, f"is damaged ({said})", remedy)
    for name in names:
        if not config.conference_repo(name).exists():
            yield Fault(
                _WHERE,
                f"somebody follows a topic of {name}, which is not here",
                "Bring the conference back, or leave it: nothing is mailed about it",
            )


LARGE = (_follows,)
