"""Are the file of those who follow from elsewhere, and the key, sound."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

from solicomm_build.features.fediverse import signing
from solicomm_build.features.fediverse.ties import FILE
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store.hooks import Fault


def _ties(config: Config) -> Iterator[Fault]:
    path = config.private / FILE
    if not path.exists():
        return
    where = f"private/{FILE}"
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
            (said,) = base.execute("PRAGMA quick_check(1)").fetchone()
            base.execute("SELECT 1 FROM follower, told, due LIMIT 1")
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        remedy = "Stop the hub and bring the file back from a backup; without it nobody follows"
        yield Fault(where, f"cannot be read ({said})", remedy)


def _key(config: Config) -> Iterator[Fault]:
    path = config.keys / signing.FILE
    if not path.exists():
        return
    try:
        signing.key.cache_clear()
        signing.key(config.keys)
    except StoreError:
        remedy = "Bring it back from a backup, or take it away: then a new one is made"
        yield Fault(f"private/keys/{signing.FILE}", "is no RSA key in PEM", remedy)
    if path.stat().st_mode & 0o077:
        remedy = f"chmod 600 {path}"
        yield Fault(f"private/keys/{signing.FILE}", "can be read by others", remedy)


LARGE = (_ties, _key)
