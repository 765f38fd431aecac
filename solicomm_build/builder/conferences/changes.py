"""Which posts' rows were written last: what a feature keeps of each post follows these, so that one
post more among a million is looked at alone.

The rows write themselves (the triggers of state.sql), so nothing that changes a post can forget
to say so. The newest `KEPT` are there; who comes later, or from another history, looks at all.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

KEPT = 100_000
"""Changes that are kept."""


class Mark(NamedTuple):
    """Up to where somebody has looked."""

    number: int
    token: int


class Change(NamedTuple):
    """A post that came, changed, or (`gone`) went. `receipt` and `topic` are those that the row had
    before; the topic is "" for one that came."""

    conf: str
    mid: str
    receipt: int
    topic: str
    gone: bool


def newest(db: sqlite3.Connection) -> Mark | None:
    """Up to where one may look now; None when nothing was noted yet."""
    row = db.execute("SELECT number, token FROM change ORDER BY number DESC LIMIT 1").fetchone()
    return Mark(*row) if row else None


def since(db: sqlite3.Connection, mark: Mark | None) -> list[Change] | None:
    """What was noted after `mark`, in its order; None when that is not known any more."""
    if mark is None:
        return None
    row = db.execute("SELECT token FROM change WHERE number=?", (mark.number,)).fetchone()
    if row is None or row[0] != mark.token:
        return None
    rows = db.execute(
        "SELECT conf, mid, receipt, topic, gone FROM change WHERE number>? ORDER BY number",
        (mark.number,),
    )
    return [Change(conf, mid, at, topic, bool(gone)) for conf, mid, at, topic, gone in rows]


def prune(db: sqlite3.Connection) -> None:
    """Drops what is older than `KEPT` changes; part of the caller's transaction."""
    db.execute("DELETE FROM change WHERE number <= (SELECT MAX(number) FROM change) - ?", (KEPT,))


def forget(db: sqlite3.Connection) -> None:
    """Drops all, so that everybody looks at every post; part of the caller's transaction."""
    db.execute("DELETE FROM change")
