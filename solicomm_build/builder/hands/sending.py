"""The index as octets on their way to those who help: read from where it lies, so that no room is
needed for a copy of it. Only while somebody reads an older state of it is it copied first.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import zstandard

from solicomm_build.builder.sources import Sources

_PIECE = 4 << 20
"""Octets in a message."""


def pieces(sources: Sources) -> Iterator[bytes]:
    """The index, compressed, a piece at a time: it may be larger than the memory is. Nobody else
    writes it meanwhile. Raises OSError or sqlite3.Error where a copy finds no room."""
    with _whole(sources) as whole, open(whole, "rb") as file:
        packing = zstandard.ZstdCompressor(level=1)
        yield from packing.read_to_iter(file, write_size=_PIECE)


@contextlib.contextmanager
def _whole(sources: Sources) -> Iterator[Path]:
    """A file with all of it, that stays as it is."""
    db = sources.db
    _, noted, moved = db.execute("PRAGMA wal_checkpoint").fetchone()
    if noted == moved:
        db.execute("BEGIN")
        try:
            db.execute("SELECT 1 FROM reflects LIMIT 1").fetchone()  # from now nobody moves more in
            yield sources.tree.database
        finally:
            db.execute("COMMIT")
        return
    copy = sources.tree.state / "lent.sqlite"
    try:
        with contextlib.closing(sqlite3.connect(copy)) as there:
            there.execute("PRAGMA synchronous=OFF")
            db.backup(there)
        yield copy
    finally:
        with contextlib.suppress(OSError):
            copy.unlink()
