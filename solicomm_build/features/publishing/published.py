"""What of a tree of pages is in the store of objects: remembered here, written down there.

    state/published.sqlite             a row a file: what it was when it was put
    manifests/<tree>/<shard>.json.gz   in the bucket `members`: path → SHA-256, of all that is there
    manifests/<tree>/head.json         the last object of each publication: who made it, which one,
                                       and what changed since the manifests were written

A manifest is as long as a conference has pages, so manifests are written anew only when much has
changed since; the head, whose rows count before theirs, has the rest.

The bucket is one that nobody reads unasked: a list of all pages would name those that are unlisted.
The file is derived; without it, or when the head is another's, the manifests and a LIST say what is
there. Format: docs/formats/pages.md.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from solicomm_build.features.publishing.labelling import shard
from solicomm_build.foundation import safeio
from solicomm_build.foundation.objects.client import Label, Objects

FILE = "published.sqlite"
_TABLES = """
CREATE TABLE IF NOT EXISTS file (
  tree TEXT, path TEXT, mark TEXT, sha TEXT, label TEXT, shard TEXT, PRIMARY KEY (tree, path));
CREATE TABLE IF NOT EXISTS since (tree TEXT, path TEXT, PRIMARY KEY (tree, path));
CREATE TABLE IF NOT EXISTS open (tree TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS head (tree TEXT PRIMARY KEY, octets BLOB, number INTEGER);
"""
_MOST = 500
"""Rows in a head; more, and the manifests are written anew."""
_JSON = Label("application/gzip", "private, no-store")


class Published:
    """What is known of the tree called `tree`, and its manifests in the bucket `books`. Not for
    several threads. Close it."""

    def __init__(self, state: Path, tree: str, books: Objects) -> None:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = state / FILE
        path.touch(mode=0o600)
        self._db = sqlite3.connect(path, isolation_level=None)
        safeio.write_ahead(self._db)
        self._db.executescript(_TABLES)
        self._tree, self._books = tree, books
        self._below = f"manifests/{tree}"

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def is_ours(self) -> bool:
        """Whether the last publication in the store is the last that is known here. Raises
        ObjectsError."""
        try:
            octets = self._books.get(f"{self._below}/head.json")
        except FileNotFoundError:
            octets = b""
        row = self._db.execute("SELECT octets FROM head WHERE tree=?", (self._tree,)).fetchone()
        return octets == (row[0] if row else b"")

    def learn(self, there: Iterable[str]) -> None:
        """Takes what the manifests say in place of what was known; `there` are all files in the
        buckets: what no manifest names is unknown, and is put again or taken away."""
        known, there = dict[str, str | None](), set(there)
        names = self._books.names(self._below)
        for name in names:
            if name.endswith(".json.gz"):
                known |= json.loads(gzip.decompress(self._books.get(name)))
        head = f"{self._below}/head.json"
        octets = self._books.get(head) if head in names else b""
        said: dict[str, Any] = json.loads(octets or b'{"number": 0, "since": {}}')
        known |= said["since"]
        number = int(said["number"])
        rows = [(self._tree, path, "", known.get(path) or "", "", shard(path)) for path in there]
        self._db.execute("BEGIN IMMEDIATE")
        for table in ("file", "since", "head"):
            self._db.execute(f"DELETE FROM {table} WHERE tree=?", (self._tree,))  # noqa: S608
        self._db.executemany("INSERT INTO file VALUES (?, ?, ?, ?, ?, ?)", rows)
        amiss = {path for path, sha in known.items() if sha is not None} ^ there
        self._db.executemany(
            "INSERT OR IGNORE INTO since VALUES (?, ?)",
            [(self._tree, path) for path in {*said["since"], *amiss}],
        )
        if amiss:
            self._db.execute("INSERT OR REPLACE INTO open VALUES (?)", (self._tree,))
        self._db.execute("INSERT INTO head VALUES (?, ?, ?)", (self._tree, octets, number))
        self._db.execute("COMMIT")

    def files(self) -> dict[str, tuple[str, str, str]]:
        """What is in the store by path: its mark on the disk, its SHA-256, its label."""
        rows = self._db.execute(
            "SELECT path, mark, sha, label FROM file WHERE tree=?", (self._tree,)
        )
        return {path: (mark, sha, label) for path, mark, sha, label in rows}

    def begin(self, paths: Iterable[str]) -> None:
        """Says that these will be put or taken away: what was written of them is no longer true."""
        rows = [(self._tree, path) for path in paths]
        self._db.executemany("INSERT OR IGNORE INTO since VALUES (?, ?)", rows)
        self._db.execute("INSERT OR REPLACE INTO open VALUES (?)", (self._tree,))

    def put(self, rows: Mapping[str, tuple[str, str, str]]) -> None:
        """Says that these are in the store now."""
        self._db.executemany(
            "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)",
            [(self._tree, path, *row, shard(path)) for path, row in rows.items()],
        )

    def gone(self, paths: Iterable[str]) -> None:
        """Says that these are no longer there."""
        self._db.executemany(
            "DELETE FROM file WHERE tree=? AND path=?", [(self._tree, path) for path in paths]
        )

    def write(self, node: str) -> int:
        """Puts the head, last of all, and the manifests before it when the head would be long; how
        many objects that were. Raises ObjectsError: it is done again then."""
        if not self._all("SELECT tree FROM open WHERE tree=?"):
            return 0
        since = dict(
            self._all(
                "SELECT since.path, sha FROM since LEFT JOIN file USING (tree, path)"
                " WHERE since.tree=? ORDER BY since.path"
            )
        )
        objects = 1
        if len(since) > _MOST:
            self._head(node, since)  # counts before the manifests while these are half written
            objects += 1 + self._manifests({shard(path) for path in since})
            since = {}
        self._head(node, since)
        self._db.execute("DELETE FROM open WHERE tree=?", (self._tree,))
        return objects

    def _head(self, node: str, since: Mapping[str, str | None]) -> None:
        row = self._all("SELECT number FROM head WHERE tree=?")
        number = (row[0][0] if row else 0) + 1
        said = {"node": node, "number": number, "since": since}
        octets = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        self._books.put(f"{self._below}/head.json", octets, Label("application/json"))
        self._db.execute("BEGIN IMMEDIATE")
        if not since:
            self._db.execute("DELETE FROM since WHERE tree=?", (self._tree,))
        values = (self._tree, octets, number)
        self._db.execute("INSERT OR REPLACE INTO head VALUES (?, ?, ?)", values)
        self._db.execute("COMMIT")

    def _manifests(self, shards: set[str]) -> int:
        for name in sorted(shards):
            rows = dict(
                self._db.execute(
                    "SELECT path, sha FROM file WHERE tree=? AND shard=? ORDER BY path",
                    (self._tree, name),
                ).fetchall()
            )
            key = f"{self._below}/{name}.json.gz"
            if rows:
                octets = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
                self._books.put(key, gzip.compress(octets, 6, mtime=0), _JSON)
            else:
                self._books.delete(key)
        return len(shards)

    def _all(self, query: str) -> list[tuple[Any, ...]]:
        return self._db.execute(query, (self._tree,)).fetchall()
