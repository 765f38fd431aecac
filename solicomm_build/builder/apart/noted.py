"""What the state says of the sites: which files each has, and what was wrong with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from solicomm_build.builder.apart import batch
from solicomm_build.builder.conferences import state


def paths(db: sqlite3.Connection, section: str) -> set[str]:
    """The files of a site as noted."""
    rows = db.execute("SELECT path FROM output WHERE section=?", (section,))
    return {path for (path,) in rows}


def note(
    db: sqlite3.Connection, task: batch.Task, result: batch.Result, gone: Iterable[str]
) -> None:
    """The rows of a site after a build; part of the caller's transaction."""
    db.executemany(
        "INSERT OR REPLACE INTO output VALUES (?, ?, ?, ?, ?)",
        ((o.path, o.section, o.key, o.sha256, o.bytes) for o in result.outcome.outputs),
    )
    db.executemany("DELETE FROM output WHERE path=?", ((path,) for path in gone))
    if result.ended == "more":
        return
    db.execute("DELETE FROM failure WHERE path GLOB ?", (f"{task.url}*",))
    faults = [(f"{task.url}{file}", reason) for file, reason in result.faults]
    db.executemany(
        "INSERT OR REPLACE INTO failure VALUES (?, ?)", [*result.outcome.failures, *faults]
    )
    if result.ended == "lost":  # whoever starts next finds that its pages are not as they should be
        return
    state.reflect(db, f"pages {task.section}", task.key)
    state.reflect(db, f"until {task.section}", result.until)
    db.execute("DELETE FROM pending WHERE section=?", (task.section,))
