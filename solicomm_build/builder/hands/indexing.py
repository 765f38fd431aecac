"""Conferences that other machines index whole in a full build: their rows are a function of their
repository and its commit.

    a repository at a commit ─→ follow, in a file of its own ─→ the same rows ─→ the hub's index

The file comes back in parts, and is whole in nobody's memory.

Where there are moderators' events, roles decide, and those only the machine with the hub knows: it
follows such conferences itself, and the largest, whose posts are read by all at once.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import IO, Self

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
"""Octets of a repository: of a larger one the posts are read by all, not the whole by one."""


_BROUGHT = "brought-"
_PIECE = 1 << 20
"""Octets that are unpacked at once."""
_NOT_ROWS = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class _UnknownError(Exception):
    """Somebody's role is asked for."""


class DamagedError(Exception):
    """What a machine sent is not what it had found."""


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


def indexed(config: Config, repo: Path, commit: Oid, file: Path) -> int:
    """Writes the rows of a conference to `file`, as a compressed one of SQLite; returns how many
    octets that takes, 0 where roles decide."""
    folder = config.state / "indexing"
    tree = Tree(folder, folder, is_public=True)
    tree.make()
    tree.forget()
    sources = Sources(config, tree)
    try:
        follow(
            sources.db, sources, repo.stem, repo, commit, lambda what, done: None, roles=_Unknown
        )
        if sources.db.execute("SELECT 1 FROM event LIMIT 1").fetchone():
            return 0
    except _UnknownError:
        return 0
    finally:
        sources.close()
    with open(tree.database, "rb") as rows, open(file, "wb") as packed:
        packing = zstandard.ZstdCompressor(level=1, write_checksum=True)
        return packing.copy_stream(rows, packed)[1]


class Brought:
    """Files of what was `indexed` elsewhere, until they are taken in. Use it with `with`. After a
    `fault`, which is no room as a rule, it does nothing more."""

    def __init__(self, sources: Sources) -> None:
        self._sources, self.fault = sources, ""
        self._senders: dict[int, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._sources.tree.state.glob(f"{_BROUGHT}*"):
            file.unlink()

    def keep(self, number: int, low: int, octets: bytes, sender: str) -> None:
        """Keeps a part of a file that comes in order; one may begin again, also by another."""
        if self.fault:
            return
        self._senders[number] = sender
        try:
            with open(self._file(number), "ab" if low else "wb") as file:
                file.write(octets)
        except OSError as error:
            self.fault = str(error)

    def take_in(self, number: int) -> str:
        """Puts the rows of a file that is whole into the index, in one transaction. Where there is
        none, nobody could make it. Where it came damaged nothing is changed: says who sent it, and
        what is wrong with it."""
        file = self._file(number)
        if self.fault or not file.exists():
            return ""
        try:
            take_in(self._sources, file)
            file.unlink()
        except DamagedError as error:
            return f"{self._senders[number]} sent it damaged ({error})"
        except (OSError, sqlite3.Error) as error:
            self.fault = f"{file}: {error}"
        return ""

    def _file(self, number: int) -> Path:
        return self._sources.tree.state / f"{_BROUGHT}{number}"


def take_in(sources: Sources, packed: Path) -> None:
    """Puts what was `indexed` elsewhere into the index, in one transaction. Raises DamagedError,
    OSError, sqlite3.Error; then nothing is changed."""
    file, db = sources.tree.state / "brought.sqlite", sources.db
    try:
        with open(packed, "rb") as rows, open(file, "wb") as whole:
            _unpack(rows, whole)
        db.execute("ATTACH DATABASE ? AS brought", (os.fspath(file),))
        try:
            _copy(db)
        finally:
            db.execute("DETACH DATABASE brought")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NOT_ROWS:
            raise DamagedError(error) from error
        raise
    finally:
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)


def _unpack(packed: IO[bytes], whole: IO[bytes]) -> None:
    unpacking = zstandard.ZstdDecompressor().decompressobj()
    try:
        while octets := packed.read(_PIECE):
            whole.write(unpacking.decompress(octets))
    except zstandard.ZstdError as error:
        raise DamagedError(error) from error
    if not unpacking.eof or unpacking.unused_data:
        raise DamagedError(
            "its end is missing" if not unpacking.eof else "more comes after its end"
        )


def _copy(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        for table in _TABLES:
            db.execute(f"INSERT OR REPLACE INTO main.{table} SELECT * FROM brought.{table}")  # noqa: S608 - names above
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
