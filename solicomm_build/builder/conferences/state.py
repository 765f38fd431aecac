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
from typing import Any

from solicomm_build.builder import tree as trees
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import derived

VERSION = "16"
"""Raised whenever the meaning of a column changes; another version in the file drops it."""

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- which commit of a repository the rows below reflect
CREATE TABLE reflects (source TEXT PRIMARY KEY, commit_id TEXT NOT NULL) WITHOUT ROWID;
-- one row a post; `topic` is the tid of the reader's topic it belongs to. `hidden` is 1 when a
-- moderator has hidden it, 2 when its topic is read in another conference; `said` is the language
-- as the mail says it, `lang` the same unless a moderator knew better
CREATE TABLE post (
  conf TEXT NOT NULL, mid TEXT NOT NULL, tid TEXT NOT NULL, blob TEXT NOT NULL,
  receipt INTEGER NOT NULL, time INTEGER NOT NULL, subject TEXT NOT NULL, base TEXT NOT NULL,
  seeks INTEGER NOT NULL, fallback TEXT, name TEXT NOT NULL, lang TEXT NOT NULL,
  parents TEXT NOT NULL, topic TEXT NOT NULL DEFAULT '', hidden INTEGER NOT NULL DEFAULT 0,
  said TEXT NOT NULL, PRIMARY KEY (conf, mid)) WITHOUT ROWID;
CREATE INDEX post_topic ON post (conf, topic, time, mid);
CREATE INDEX post_time ON post (conf, time, mid);
CREATE INDEX post_base ON post (conf, base, time, mid);
CREATE INDEX post_tid ON post (conf, tid);
-- files of a mid that lie in a second thread and are not shown (doubles.py), by the turn in which
-- they came: what the index keeps of a post, as JSON
CREATE TABLE double (
  conf TEXT NOT NULL, mid TEXT NOT NULL, tid TEXT NOT NULL, turn INTEGER NOT NULL,
  data TEXT NOT NULL, PRIMARY KEY (conf, mid, tid)) WITHOUT ROWID;
-- which posts name a Message-ID (60 bits of its hash), their own included
CREATE TABLE mention (
  conf TEXT NOT NULL, number INTEGER NOT NULL, mid TEXT NOT NULL,
  PRIMARY KEY (conf, number, mid)) WITHOUT ROWID;
-- which posts name a file, by the file's SHA-256
CREATE TABLE attachment (
  conf TEXT NOT NULL, mid TEXT NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY (conf, mid, sha256)) WITHOUT ROWID;
CREATE INDEX attachment_file ON attachment (conf, sha256);
-- posts with a recording
CREATE TABLE sound (
  conf TEXT NOT NULL, time INTEGER NOT NULL, mid TEXT NOT NULL,
  PRIMARY KEY (conf, time, mid)) WITHOUT ROWID;
-- answers to forms: the form's id, and the answer as JSON
CREATE TABLE answer (
  conf TEXT NOT NULL, mid TEXT NOT NULL, form TEXT NOT NULL, data TEXT NOT NULL,
  PRIMARY KEY (conf, mid)) WITHOUT ROWID;
CREATE INDEX answer_form ON answer (conf, form);
CREATE TABLE topic (
  conf TEXT NOT NULL, tid TEXT NOT NULL, title TEXT NOT NULL, posts INTEGER NOT NULL,
  started INTEGER NOT NULL, starter TEXT NOT NULL, last INTEGER NOT NULL, last_name TEXT NOT NULL,
  last_mid TEXT NOT NULL, lang TEXT NOT NULL, closed INTEGER NOT NULL, pinned INTEGER NOT NULL,
  labels TEXT NOT NULL, told TEXT NOT NULL, PRIMARY KEY (conf, tid)) WITHOUT ROWID;
CREATE INDEX topic_started ON topic (conf, started, tid);
CREATE INDEX topic_last ON topic (conf, last, tid);
CREATE INDEX topic_pinned ON topic (conf, last, tid) WHERE pinned;
-- topics that are read in another conference (`target`); they have no row above
CREATE TABLE moved (
  conf TEXT NOT NULL, tid TEXT NOT NULL, target TEXT NOT NULL,
  PRIMARY KEY (conf, tid)) WITHOUT ROWID;
-- the labels of topics: folded, and as they are written
CREATE TABLE label (
  conf TEXT NOT NULL, label TEXT NOT NULL, started INTEGER NOT NULL, tid TEXT NOT NULL,
  name TEXT NOT NULL, PRIMARY KEY (conf, label, started, tid)) WITHOUT ROWID;
CREATE INDEX label_topic ON label (conf, tid);
-- topic events that can be read; `subject` is the post or the stored thread one is about, `came`
-- the committer date of its commit
CREATE TABLE event (
  conf TEXT NOT NULL, path TEXT NOT NULL, tid TEXT NOT NULL, type TEXT NOT NULL,
  subject TEXT NOT NULL, at INTEGER NOT NULL, came INTEGER NOT NULL, eid TEXT NOT NULL,
  by TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (conf, path)) WITHOUT ROWID;
CREATE INDEX event_tid ON event (conf, tid);
CREATE INDEX event_subject ON event (conf, subject);
-- what moderators said about topics as such: a stored thread belongs to `target`, or (where it is
-- empty) a post begins a topic of its own
CREATE TABLE bond (
  conf TEXT NOT NULL, id TEXT NOT NULL, target TEXT NOT NULL,
  PRIMARY KEY (conf, id, target)) WITHOUT ROWID;
-- topics that would be one without splits
CREATE TABLE kin (
  conf TEXT NOT NULL, topic TEXT NOT NULL, family TEXT NOT NULL,
  PRIMARY KEY (conf, topic)) WITHOUT ROWID;
CREATE INDEX kin_family ON kin (conf, family);
CREATE TABLE month (
  conf TEXT NOT NULL, month TEXT NOT NULL, posts INTEGER NOT NULL,
  PRIMARY KEY (conf, month)) WITHOUT ROWID;
CREATE TABLE total (
  conf TEXT PRIMARY KEY, topics INTEGER NOT NULL, posts INTEGER NOT NULL) WITHOUT ROWID;
-- the parse memo: what a blob renders to, whoever asks. With row ids, since the rows are large: in
-- the order of the blobs' ids, writing and reading them would cost three times as much
CREATE TABLE memo (blob TEXT PRIMARY KEY, html TEXT NOT NULL);
-- what was published: the manifest by which stale files are found
CREATE TABLE output (
  path TEXT PRIMARY KEY, section TEXT NOT NULL, key TEXT NOT NULL, sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX output_section ON output (section);
-- what the rows above changed and the pages do not show yet, by section; "" means everything
CREATE TABLE pending (section TEXT PRIMARY KEY, touched TEXT NOT NULL) WITHOUT ROWID;
-- the settings file of a repository at a commit, read and found good by this code: its blob, its
-- text, what its pages show of the hub, and the fault of a newer one that is not good
CREATE TABLE setting (
  repo TEXT PRIMARY KEY, commit_id TEXT NOT NULL, code TEXT NOT NULL, blob TEXT NOT NULL,
  data BLOB NOT NULL, shows TEXT NOT NULL, fault TEXT NOT NULL) WITHOUT ROWID;
-- pages that could not be made, with the reason
CREATE TABLE failure (path TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
"""

_SHAPE = (
    ("post", "post", "100000 100000 1"),
    ("post", "post_topic", "100000 100000 5 1 1"),
    ("post", "post_time", "100000 100000 1 1"),
    ("post", "post_base", "100000 100000 4 1 1"),
    ("post", "post_tid", "100000 100000 4"),
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
)
"""How a large archive is distributed, told to SQLite's planner from the start (sqlite_stat1): else
the planner takes the conference for selective, and a query for one topic walks through them all."""

TABLES_OF_CONFERENCE = (
    "post",
    "mention",
    "attachment",
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
    derived.run(db, _SCHEMA)
    db.execute("ANALYZE sqlite_schema")
    db.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", _SHAPE)
    db.execute("ANALYZE sqlite_schema")  # reads them


def reflected(db: sqlite3.Connection, source: str) -> str | None:
    """The commit (or composite key) of `source` that the rows reflect, or None."""
    row = db.execute("SELECT commit_id FROM reflects WHERE source=?", (source,)).fetchone()
    return row[0] if row else None


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
    db.execute("DELETE FROM reflects WHERE source=?", (f"conference:{conference}",))


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
