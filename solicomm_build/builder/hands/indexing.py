"""Conferences that other machines index whole in a full build: their rows are a function of their
repository and its commit.

    a repository at a commit ─→ follow, in a file of its own ─→ the same rows ─→ the hub's index

Where there are moderators' events, roles decide, and those only the machine with the hub knows: it
follows such conferences itself, and the largest, whose posts are read by all at once.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import zstandard

from solicomm_build.builder.conferences.state import TABLES_OF_CONFERENCE
from solicomm_build.builder.follow import follow
from solicomm_build.builder.sources import Sources
from solicomm_build.builder.tree import Tree
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.people.grant import Grants

_TABLES = (*TABLES_OF_CONFERENCE, "memo", "reflects", "pending")
_MOST = 256 << 20
"""Octets of a repository: what comes of a larger one would fill much memory on its way."""


class _UnknownError(Exception):
    """Somebody's role is asked for."""


class _Unknown(Grants):
    """Roles that a machine which helps does not know."""

    def may(self, person: str, conference: str, at: datetime, *, needed: str = "moderator") -> bool:
        """Nobody can say."""
        raise _UnknownError


def weight(repo: Path) -> int:
    """The octets of a repository, about."""
    return sum(file.stat().st_size for file in (repo / "objects" / "pack").glob("*.pack"))


def lent(repos: Iterable[Path], count: int) -> list[tuple[Path, int]]:
    """What so many machines index, and how much it weighs, the heaviest first. One that would keep
    a machine busy when the others are done is not among them."""
    weights = {repo: weight(repo) for repo in repos}
    most = min(_MOST, sum(weights.values()) // (2 * max(1, count)))
    few = [(repo, octets) for repo, octets in weights.items() if octets <= most]
    return sorted(few, key=lambda one: (-one[1], one[0]))


def indexed(config: Config, repo: Path, commit: Oid) -> bytes:
    """The rows of a conference, as a compressed file of SQLite; nothing where roles decide."""
    folder = config.state / "indexing"
    tree = Tree(folder, folder, is_public=True)
    tree.make()
    tree.forget()
    sources = Sources(config, tree)
    try:
        follow(
            sources.db, sources, repo.stem, repo, commit, lambda what, done: None, grants=_Unknown()
        )
        if sources.db.execute("SELECT 1 FROM event LIMIT 1").fetchone():
            return b""
        return zstandard.ZstdCompressor(level=1).compress(sources.db.serialize())
    except _UnknownError:
        return b""
    finally:
        sources.close()


def take_in(sources: Sources, rows: bytes) -> None:
    """Puts what was `indexed` elsewhere into the index, in one transaction."""
    file, db = sources.tree.state / "brought.sqlite", sources.db
    file.write_bytes(zstandard.ZstdDecompressor().decompress(rows))
    try:
        db.execute("ATTACH DATABASE ? AS brought", (os.fspath(file),))
        try:
            _copy(db)
        finally:
            db.execute("DETACH DATABASE brought")
    finally:
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)


def _copy(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        for table in _TABLES:
            db.execute(f"INSERT OR REPLACE INTO main.{table} SELECT * FROM brought.{table}")  # noqa: S608 - names above
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
