"""Is the file of passkeys sound, and whose are they."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

from solicomm_build.features.passkeys.passkeyfile import FILE
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.store.hooks import Fault

_WHERE = f"private/{FILE}"


def _passkeys(config: Config) -> Iterator[Fault]:
    """SQLite reads all of it, and every owner is in the roster."""
    path = config.private / FILE
    if not path.exists():
        return
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
            (said,) = base.execute("PRAGMA quick_check(1)").fetchone()
            owners = [row[0] for row in base.execute("SELECT DISTINCT member FROM passkey")]
    except sqlite3.Error as error:
        said, owners = str(error), []
    if said != "ok":
        remedy = "Stop the hub and bring the file back from a backup, or take it away"
        yield Fault(_WHERE, f"is damaged ({said})", remedy)
    store = RosterStore.of(config)
    try:
        members = store.roster().members
    finally:
        store.close()
    for number in owners:
        if number not in members:
            remedy = "Leave it: it lets nobody in, and goes within a day"
            yield Fault(_WHERE, f"has a passkey of member {number}, who is not here", remedy)


LARGE = (_passkeys,)
