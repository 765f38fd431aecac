"""The pipeline's derived state, one SQLite file a tree of pages: `pages.sqlite` (tree.py).

Everything in it is a function of the repositories (and of the version below), so deleting it costs
a full build and never data. One process writes it (the builder, under its lock); the WAL journal
lets others read. Times are whole seconds since 1970 UTC; blobs and commits are git's hex ids.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import Any, NamedTuple

from solicomm_build.builder import tree as trees
from solicomm_build.builder.conferences import changes
from solicomm_build.foundation import data, safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import derived

VERSION = "23"
"""Raised whenever the meaning of a column changes; another version in the file drops it."""

SWEPT = "files swept"
"""What a state says when every file in public/ is one that it knows. One that was made anew, since
it was lost or is of an older version, does not know what was there before; nor what a build wrote
that was ended."""
_DOUBT = "doubt"


_SHAPE = (
    ("post", "post", "100000 100000 1"),
    ("post", "post_topic", "100000 100000 5 1 1 1"),
    ("post", "post_time", "100000 100000 1 1"),
    ("post", "post_base", "100000 100000 4 1 1"),
    ("post", "post_tid", "100000 100000 4"),
    ("post", "post_hub", "100 100 5"),
    ("mention", "mention", "400000 400000 4 1"),
    ("attachment", "attachment", "5000 5000 1 1"),
    ("attachment", "attachment_file", "5000 5000 1"),
    ("topic", "topic", "20000 20000 1"),
    ("topic", "topic_started", "20000 20000 1 1"),
    ("topic", "topic_last", "20000 20000 1 1"),
    ("event", "event", "500 500 1"),
    ("event", "event_tid", "500 500 5"),
    ("event", "event_subject", "500 500 2"),
    ("label", "label", "500 500 50 1 1"),
    ("label", "label_topic", "500 500 2"),
    ("kin", "kin", "20 20 1"),
    ("kin", "kin_family", "20 20 2"),
    ("month", "month", "200 200 1"),
    ("output", "output_section", "200000 1000 1"),
)
"""How a large archive is distributed, told to SQLite's planner from the start (sqlite_stat1): else
the planner takes the conference for selective, and a query for one topic walks through them all."""

TABLES_OF_CONFERENCE = (
    "post",
    "mention",
    "attachment",
    "cited",
    "sound",
    "topic",
    "moved",
    "label",
    "event",
    "bond",
    "kin",
    "month",
    "total",
    "answer",
    "double",
)


def connect(path: Path) -> sqlite3.Connection:
    """Opens the state, making it anew when it is missing, damaged or of another version."""
    db = derived.connect(path, VERSION, _make)
    db.execute("PRAGMA cache_size=-16000")
    db.execute("PRAGMA temp_store=MEMORY")
    return db


def _make(db: sqlite3.Connection) -> None:
    derived.run(db, data.beside(__file__, "state.sql"))
    db.execute("ANALYZE sqlite_schema")
    db.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", _SHAPE)
    db.execute("ANALYZE sqlite_schema")  # reads them


def reflected(db: sqlite3.Connection, source: str) -> str | None:
    """The commit (or composite key) of `source` that the rows reflect, or None."""
    row = db.execute("SELECT commit_id FROM reflects WHERE source=?", (source,)).fetchone()
    return row[0] if row else None


def noted(db: sqlite3.Connection, sources: str) -> dict[str, str]:
    """The same of all whose names match, by name."""
    rows = db.execute("SELECT source, commit_id FROM reflects WHERE source GLOB ?", (sources,))
    return dict(rows.fetchall())


def reflect(db: sqlite3.Connection, source: str, commit_id: str) -> None:
    """Notes what the rows of `source` now reflect; part of the caller's transaction."""
    db.execute("INSERT OR REPLACE INTO reflects VALUES (?, ?)", (source, commit_id))


def forget_pages(db: sqlite3.Connection, but: Set[str]) -> None:
    """Drops what is noted of the pages of all sections except `but`: their files are gone, so when
    such a section comes back all of it is made anew."""
    rows = db.execute("SELECT source FROM reflects WHERE source GLOB 'pages *'").fetchall()
    gone = [(source,) for (source,) in rows if source.removeprefix("pages ") not in but]
    db.executemany("DELETE FROM reflects WHERE source=?", gone)


def conferences(db: sqlite3.Connection) -> set[str]:
    """The conferences of which there are rows."""
    rows = db.execute("SELECT source FROM reflects WHERE source GLOB 'conference:*'")
    return {source.removeprefix("conference:") for (source,) in rows}


def forget_conference(db: sqlite3.Connection, conference: str) -> None:
    """Drops all rows of a conference, so that its whole log is read again."""
    for table in TABLES_OF_CONFERENCE:
        db.execute(f"DELETE FROM {table} WHERE conf=?", (conference,))  # noqa: S608 - names above
    changes.forget(db)
    db.execute("DELETE FROM reflects WHERE source=?", (f"conference:{conference}",))


class Doubt(NamedTuple):
    """What a build that has begun may have changed on the disk: files (paths), and what the pages
    of `sections` show. Until all of it is noted, or where that build was ended, nobody knows what
    lies there: what was committed may be undone before the next one, which then finds in its notes
    that nothing has moved."""

    sections: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()


def doubt(db: sqlite3.Connection) -> Doubt:
    """What a build that was ended has left."""
    sections, paths = json.loads(reflected(db, _DOUBT) or "[[], []]")
    return Doubt(frozenset(sections), frozenset(paths))


def cast_doubt(db: sqlite3.Connection, on: Doubt) -> None:
    """Notes it before anything is changed."""
    reflect(db, _DOUBT, json.dumps([sorted(on.sections), sorted(on.paths)]))


def clear_doubt(db: sqlite3.Connection) -> None:
    """All is noted; part of the caller's transaction."""
    db.execute("DELETE FROM reflects WHERE source=?", (_DOUBT,))


def keep_conferences(db: sqlite3.Connection, shown: Set[str]) -> None:
    """Drops the rows of all conferences but those shown: the others are shown elsewhere now, or
    nowhere, so no page is made of what they say."""
    gone = conferences(db) - shown
    if gone:
        db.execute("BEGIN IMMEDIATE")
        for name in gone:
            forget_conference(db, name)
        db.execute("COMMIT")


def scrub(config: Config, blobs: Iterable[str]) -> None:
    """Forgets what these blobs rendered to, and overwrites whatever rows were deleted, so that no
    state holds erased text. For erasures, after the build that follows them. Blocking."""
    blobs = list(blobs)
    with safeio.locked(config.state / "build.lock"):
        for tree in (trees.public(config), trees.members(config)):
            if tree.is_there:
                _scrub(tree.database, blobs)


def _scrub(path: Path, blobs: Iterable[str]) -> None:
    db = connect(path)
    try:
        db.executemany("DELETE FROM memo WHERE blob=?", ((blob,) for blob in blobs))
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        db.close()


def note_pending(db: sqlite3.Connection, section: str, touched: Mapping[str, Any] | None) -> None:
    """Notes what the pages of a section have to catch up with (None: everything), added to what is
    noted already; part of the caller's transaction."""
    row = db.execute("SELECT touched FROM pending WHERE section=?", (section,)).fetchone()
    if touched is None or (row and row[0] == ""):
        text = ""
    else:
        text = json.dumps(_merged(json.loads(row[0]) if row else {}, touched))
    db.execute("INSERT OR REPLACE INTO pending VALUES (?, ?)", (section, text))


def pending(db: sqlite3.Connection) -> dict[str, dict[str, Any] | None]:
    """What is noted, by section; None stands for everything."""
    rows = db.execute("SELECT section, touched FROM pending")
    return {section: json.loads(text) if text else None for section, text in rows}


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    months = dict(old.get("months", {}))
    for month, time in new["months"].items():
        months[month] = min(time, months.get(month, time))
    return {
        "tids": sorted({*old.get("tids", ()), *new["tids"]}),
        "starts": [list(start) for start in {*map(tuple, old.get("starts", ())), *new["starts"]}],
        "months": months,
        "paths": sorted({*old.get("paths", ()), *new["paths"]}),
        "labels": sorted({*old.get("labels", ()), *new["labels"]}),
    }
