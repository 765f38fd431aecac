"""What the state says of the sites: which files each has, and what was wrong with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from solicomm_build.builder.apart import batch
from solicomm_build.builder.conferences import state


def paths(db: sqlite3.Connection, section: str) -> set[str]:
    """The files of a site as noted."""
    rows = db.execute("SELECT path FROM output WHERE section=?", (section,))
    return {path for (path,) in rows}


def begun(
    db: sqlite3.Connection, tasks: Iterable[batch.Task], made: Collection[str] = ()
) -> dict[str, batch.Task]:
    """Sites that are made now, by their sections: what lies there is in doubt until it is noted.
    Of those that are `made` already that was said before."""
    found = {task.section: task for task in tasks}
    if found:
        db.execute("BEGIN IMMEDIATE")
        for section in found.keys() - {*made}:
            if state.reflected(db, f"doubt {section}") is not None:
                state.reflect(db, state.SWEPT, "")  # there may be files that nobody knows
            state.reflect(db, f"doubt {section}", "")
        db.execute("COMMIT")
    return found


def left(
    db: sqlite3.Connection, tasks: Mapping[str, batch.Task], waiting: Collection[str]
) -> set[Path]:
    """The repositories of the sites that nobody has begun to make."""
    db.executemany("DELETE FROM reflects WHERE source=?", ((f"doubt {one}",) for one in waiting))
    return {tasks[section].repo for section in waiting}


def note(
    db: sqlite3.Connection, task: batch.Task, result: batch.Result, gone: Iterable[str]
) -> None:
    """The rows of a site after a build; part of the caller's transaction."""
    db.executemany(
        "INSERT OR REPLACE INTO output VALUES (?, ?, ?, ?, ?)",
        ((o.path, o.section, o.key, o.sha256, o.bytes) for o in result.outcome.outputs),
    )
    db.executemany("DELETE FROM output WHERE path=?", ((path,) for path in gone))
    db.execute("DELETE FROM reflects WHERE source=?", (f"doubt {task.section}",))
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
