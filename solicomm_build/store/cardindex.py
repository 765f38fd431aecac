"""What is in the libraries, ready for questions: `state/cards.sqlite`.

Derived from the libraries' repositories and from nothing else: deleting it costs a reading of their
logs, and reading commit by commit or all at once gives the same rows. Whoever needs it calls
`CardIndex.follow` first, which takes a moment when nothing is new; several processes may.

A card keeps two times, in whole seconds: `added`, when the first commit brought it, and `stamp`,
when the last one changed it (the datestamp of OAI-PMH). What was public once and was taken away, or
made a draft again, stays as a row with status `gone`, so that harvesters hear of it.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from solicomm_build.config import Config
from solicomm_build.errors import SoliCommError, StoreError
from solicomm_build.model import entry as entries
from solicomm_build.model import entryjson
from solicomm_build.model.entry import Entry
from solicomm_build.store import log
from solicomm_build.store.reader import Reader
from solicomm_build.store.repo import MAIN
from solicomm_build.types import Oid

VERSION: Final = "6"
"""Raised whenever the meaning of a column changes; another version in the file drops it."""

GONE: Final = "gone"
BROKEN: Final = "broken"
FACETS: Final = ("subject", "country", "language", "year", "organisation", "type")

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE reflects (library TEXT PRIMARY KEY, commit_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE card (
  library TEXT NOT NULL, key TEXT NOT NULL, added INTEGER NOT NULL, stamp INTEGER NOT NULL,
  status TEXT NOT NULL, type TEXT NOT NULL, blob TEXT NOT NULL, files TEXT NOT NULL,
  title TEXT NOT NULL, issued TEXT NOT NULL, line TEXT NOT NULL, fault TEXT NOT NULL,
  PRIMARY KEY (library, key)) WITHOUT ROWID;
CREATE INDEX card_stamp ON card (stamp, library, key);
CREATE INDEX card_added ON card (library, status, added, key);
-- published cards by value, in the order of lists
CREATE TABLE facet (
  library TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, added INTEGER NOT NULL,
  key TEXT NOT NULL, PRIMARY KEY (library, kind, value, added, key)) WITHOUT ROWID;
CREATE INDEX facet_key ON facet (library, key);
-- cards that could be read, whole, as JSON (model/entryjson.py)
CREATE TABLE whole (
  library TEXT NOT NULL, key TEXT NOT NULL, entry TEXT NOT NULL,
  PRIMARY KEY (library, key)) WITHOUT ROWID;
-- which cards name a file, by the file's SHA-256; drafts and withdrawn cards, too
CREATE TABLE file (
  library TEXT NOT NULL, sha256 TEXT NOT NULL, key TEXT NOT NULL,
  PRIMARY KEY (library, sha256, key)) WITHOUT ROWID;
CREATE INDEX file_key ON file (library, key);
-- what cards say of each other: `source` replaces, translates, … `target`, both keys
CREATE TABLE relation (
  library TEXT NOT NULL, target TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL,
  PRIMARY KEY (library, target, kind, source)) WITHOUT ROWID;
CREATE INDEX relation_source ON relation (library, source);
"""
_COLUMNS = "library, key, added, stamp, status, type, blob, files, title, issued, line, fault"
_COUNT_CARDS = "SELECT count(*) FROM card WHERE library=? AND status='published'"
_COUNT_FACET = "SELECT count(*) FROM facet WHERE library=? AND kind=? AND value=?"
_RELATIONS = ("replaces", "translation_of", "part_of", "related")
_CARD = "entry.md"


@dataclass(frozen=True, slots=True)
class Line:
    """What a list says of a card, title and date aside: in the document's main language `lang`,
    `summary` the beginning of the abstract. `open` are the (name, SHA-256) of the files that
    everyone may read, here or not; `text` the name of the one that is the document in Markdown."""

    lang: str = ""
    creators: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    summary: str = ""
    open: tuple[tuple[str, str], ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A card as the index knows it: `blob` and the values of `files` (by name) are ids of blobs;
    `added` and `stamp` seconds since 1970; `type` is that of the last version that was public, ""
    when none was; `line` is what a list says of it; `fault` says why a card of status `broken` is.
    """

    library: str
    key: str
    added: int
    stamp: int
    status: str
    type: str
    blob: Oid
    files: Mapping[str, Oid]
    title: str
    issued: str
    line: Line
    fault: str


@dataclass(slots=True)
class Touched:
    """What following the log changed in one library: keys of cards, and (kind, value) of facets
    that had or now have one of them. `everything` when the history was read from its beginning."""

    keys: set[str] = field(default_factory=set)
    facets: set[tuple[str, str]] = field(default_factory=set)
    everything: bool = False


@dataclass(slots=True)
class _History:
    """What new commits did to one entry: when first and last, the versions of its card in the order
    of the log, and the files it has in the end."""

    first: int
    last: int
    versions: list[Oid] = field(default_factory=list)
    files: Mapping[str, Oid] = field(default_factory=dict)

    @property
    def card(self) -> Oid:
        """The card's blob now, empty when there is none."""
        return self.files.get(_CARD, Oid(""))

    def see(self, change: log.Changed, at: int) -> None:
        self.first, self.last = min(self.first, at), max(self.last, at)
        if change.oid and change.path.endswith(f"/{_CARD}"):
            self.versions.append(change.oid)

    def public_type(self, reader: Reader, key: str) -> str:
        """The type of the last version that was public, "" when none was."""
        for oid in reversed(self.versions):
            if kind := _public_type(_read(reader.blob(oid), key)[0]):
                return kind
        return ""


class CardIndex:
    """The index, open for reading and following. Use as a context manager, or `close` it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._db = _connect(config.state / "cards.sqlite")

    def close(self) -> None:
        """Ends it."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def follow(self, library: str, reader: Reader, tip: Oid | None = None) -> Touched:
        """Brings a library's rows to `tip`, by default where its main branch is, in one
        transaction. Blocking; says what changed."""
        tip = tip or reader.repo.ref(MAIN)
        touched = Touched()
        if tip is None or self._reflected(library) == tip:
            return touched
        self._db.execute("BEGIN IMMEDIATE")
        try:
            old = self._reflected(library)
            if old is not None and _goes_on(reader, tip, old):  # somebody followed further
                self._db.execute("ROLLBACK")
                return touched
            if old is None or not _goes_on(reader, old, tip):
                self._forget(library)
                old, touched.everything = None, True
            self._apply(library, reader, old, tip, touched)
            self._db.execute("INSERT OR REPLACE INTO reflects VALUES (?, ?)", (library, tip))
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        return touched

    def row(self, library: str, key: str) -> Row | None:
        """One card, whatever its status, or None."""
        return next(self._rows("library=? AND key=?", (library, key)), None)

    def lines(
        self, library: str, facet: tuple[str, str] | None = None, *, start: int = 0, count: int = -1
    ) -> list[Row]:
        """The published cards of a library, oldest first, or those with a facet: `count` of them
        (-1: all) from number `start` on."""
        if facet is None:
            where = "library=? AND status='published' ORDER BY added, key LIMIT ? OFFSET ?"
            return list(self._rows(where, (library, count, start)))
        keys = [
            key
            for (key,) in self._db.execute(
                "SELECT key FROM facet WHERE library=? AND kind=? AND value=?"
                " ORDER BY added, key LIMIT ? OFFSET ?", (library, *facet, count, start),
            )
        ]  # fmt: skip
        found = (self.row(library, key) for key in keys)
        return [row for row in found if row is not None]

    def count_lines(self, library: str, facet: tuple[str, str] | None = None) -> int:
        """How many `lines` would give in all."""
        if facet is None:
            select, values = _COUNT_CARDS, _values(library)
        else:
            select, values = _COUNT_FACET, _values(library, *facet)
        return int(self._db.execute(select, values).fetchone()[0])

    def entry(self, library: str, key: str) -> Entry:
        """A card that could be read, whole. Raises StoreError when there is none."""
        row = self._db.execute(
            "SELECT entry FROM whole WHERE library=? AND key=?", (library, key)
        ).fetchone()
        if row is None:
            raise StoreError(f"the index knows no card lib:{key} in {library}")
        return entryjson.load(row[0])

    def rows(self, library: str, *statuses: str) -> Iterator[Row]:
        """The cards of a library in these states (all, when none is named), oldest first."""
        marks = ",".join("?" * len(statuses))
        where = f"library=? AND status IN ({marks})" if statuses else "library=?"
        return self._rows(f"{where} ORDER BY added, key", (library, *statuses))

    def facets(self, library: str, kind: str) -> list[tuple[str, int]]:
        """The values of a facet with the number of published cards, by value."""
        return self._db.execute(
            "SELECT value, count(*) FROM facet WHERE library=? AND kind=? GROUP BY value"
            " ORDER BY value", (library, kind),
        ).fetchall()  # fmt: skip

    def facets_of(self, library: str, key: str) -> list[tuple[str, str]]:
        """(kind, value) of a published card."""
        return self._db.execute(
            "SELECT kind, value FROM facet WHERE library=? AND key=? ORDER BY kind, value",
            (library, key),
        ).fetchall()

    def naming(self, library: str, key: str) -> list[tuple[str, str]]:
        """(relation, key) of the published cards that name this one: a newer version has
        `replaces`, a translation `translation_of`."""
        return self._db.execute(
            "SELECT r.kind, r.source FROM relation r JOIN card c"
            " ON c.library=r.library AND c.key=r.source"
            " WHERE r.library=? AND r.target=? AND c.status='published' ORDER BY r.kind, r.source",
            (library, key),
        ).fetchall()

    def holding(self, library: str, sha256: str) -> list[str]:
        """The keys of the cards with this file, whatever their status."""
        rows = self._db.execute(
            "SELECT key FROM file WHERE library=? AND sha256=? ORDER BY key", (library, sha256)
        )
        return [key for (key,) in rows]

    def changed(
        self, libraries: Iterable[str], *, since: int = 0, until: int | None = None,
        after: tuple[int, str, str] | None = None, type: str = "", limit: int = -1,
    ) -> Iterator[Row]:  # fmt: skip
        """The published, withdrawn and gone cards of these libraries by date of change, library
        and key; those after a place in that order, of a type, at most `limit` (-1: all)."""
        where, values = _changed_where(libraries, since, until, type)
        if after is not None:
            where += " AND (stamp, library, key) > (?, ?, ?)"
            values += after
        return self._rows(f"{where} ORDER BY stamp, library, key LIMIT ?", (*values, limit))

    def count_changed(
        self, libraries: Iterable[str], *, since: int = 0, until: int | None = None, type: str = ""
    ) -> int:
        """How many `changed` would give."""
        where, values = _changed_where(libraries, since, until, type)
        count = f"SELECT count(*) FROM card WHERE {where}"  # noqa: S608 - texts of this module
        return int(self._db.execute(count, values).fetchone()[0])

    def earliest(self) -> int | None:
        """The first date of change of all cards."""
        found = self._db.execute("SELECT min(stamp) FROM card").fetchone()
        return found[0] if found else None

    def _rows(self, where: str, values: tuple[object, ...]) -> Iterator[Row]:
        select = f"SELECT {_COLUMNS} FROM card WHERE {where}"  # noqa: S608 - texts of this module
        for row in self._db.execute(select, values).fetchall():
            library, key, added, stamp, status, kind, blob, files, title, issued, line, fault = row
            yield Row(
                library, key, added, stamp, status, kind, Oid(blob), json.loads(files), title,
                issued, _line(line), fault,
            )  # fmt: skip

    def _reflected(self, library: str) -> Oid | None:
        row = self._db.execute(
            "SELECT commit_id FROM reflects WHERE library=?", (library,)
        ).fetchone()
        return Oid(row[0]) if row else None

    def _forget(self, library: str) -> None:
        for table in ("card", "facet", "whole", "relation", "file", "reflects"):
            self._db.execute(f"DELETE FROM {table} WHERE library=?", (library,))  # noqa: S608

    def _apply(
        self, library: str, reader: Reader, old: Oid | None, tip: Oid, touched: Touched
    ) -> None:
        histories: dict[str, _History] = {}
        for commit in log.commits(reader.repo, old, tip):
            at = int(commit.committed.timestamp())
            for change in commit.changes:
                if key := _key(change.path):
                    histories.setdefault(key, _History(at, at)).see(change, at)
        folders = _folders(reader, tip, set(histories) if old is not None else None)
        for key, history in histories.items():
            history.files = folders.get(key, {})
        cards = [history.card for history in histories.values() if history.card]
        blobs = dict(zip(cards, reader.blobs(cards), strict=True))
        for key, history in sorted(histories.items()):
            touched.facets |= set(self.facets_of(library, key))
            self._card(library, key, history, blobs.get(history.card, b""), reader)
            touched.facets |= set(self.facets_of(library, key))
        touched.keys |= set(histories)

    def _card(self, library: str, key: str, history: _History, blob: bytes, reader: Reader) -> None:
        before = self.row(library, key)
        added, stamp = history.first, history.last
        if before is not None:
            added, stamp = min(added, before.added), max(stamp, before.stamp)
        entry, fault = _read(blob, key) if history.card else (None, "")
        kind = _public_type(entry)
        status = entry.status if entry and kind else "draft"
        if not kind:
            kind = history.public_type(reader, key) or (before.type if before else "")
            status = GONE if kind else "draft"
        if fault:
            status = BROKEN
        others = {name: oid for name, oid in history.files.items() if name != _CARD}
        self._db.execute(
            "INSERT OR REPLACE INTO card VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                library, key, added, stamp, status, kind, history.card,
                json.dumps(others, sort_keys=True), entry.title_in("") if entry else "",
                entry.date.issued if entry else "", _said(entry) if entry else "", fault,
            ),
        )  # fmt: skip
        self._hold(library, key, entry)
        self._relate(library, key, entry if status == "published" else None, added)

    def _hold(self, library: str, key: str, entry: Entry | None) -> None:
        self._db.execute("DELETE FROM whole WHERE library=? AND key=?", (library, key))
        if entry is not None:
            whole = (library, key, entryjson.dump(entry))
            self._db.execute("INSERT INTO whole VALUES (?, ?, ?)", whole)
        self._db.execute("DELETE FROM file WHERE library=? AND key=?", (library, key))
        self._db.executemany(
            "INSERT OR IGNORE INTO file VALUES (?, ?, ?)",
            ((library, file.sha256, key) for file in (entry.files if entry else ())),
        )

    def _relate(self, library: str, key: str, entry: Entry | None, added: int) -> None:
        self._db.execute("DELETE FROM facet WHERE library=? AND key=?", (library, key))
        self._db.execute("DELETE FROM relation WHERE library=? AND source=?", (library, key))
        if entry is None:
            return
        self._db.executemany(
            "INSERT OR IGNORE INTO facet VALUES (?, ?, ?, ?, ?)",
            ((library, kind, value, added, key) for kind, value in facets(entry)),
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO relation VALUES (?, ?, ?, ?)",
            (
                (library, target.removeprefix("lib:"), kind, key)
                for kind in _RELATIONS
                for target in getattr(entry.relations, kind)
            ),
        )


def facets(entry: Entry) -> Iterator[tuple[str, str]]:
    """(kind, value) under which a reader may look for a card; kinds as in FACETS."""
    yield from (("subject", subject) for subject in entry.subjects)
    yield from (("country", country) for country in entry.countries)
    yield from (("language", lang) for lang in entry.languages)
    if entry.date.issued:
        yield "year", entry.date.issued[:4]
    names = [creator.name for creator in entry.creators if creator.kind == "org"]
    yield from (("organisation", name) for name in dict.fromkeys((*names, entry.publisher)) if name)
    yield "type", entry.type


def _values(*values: object) -> tuple[object, ...]:
    return values


def _said(entry: Entry) -> str:
    """A card's Line as the index keeps it."""
    lang = entry.languages[0] if entry.languages else ""
    creators = [creator.name for creator in entry.creators]
    summary = _shortened(entry.abstract_in(lang))
    is_open = entry.status == "published" and entry.rights.access == "open"
    files = [(file.name, file.sha256) for file in entry.files] if is_open else []
    main = entry.main_file
    text = main.name if is_open and main is not None and main.type == "text/markdown" else ""
    said = [lang, creators, entry.languages, entry.subjects, summary, files, text]
    return json.dumps(said, ensure_ascii=False)


def _line(said: str) -> Line:
    if not said:
        return Line()
    lang, creators, languages, subjects, summary, files, text = json.loads(said)
    opened = tuple((name, sha256) for name, sha256 in files)
    return Line(lang, tuple(creators), tuple(languages), tuple(subjects), summary, opened, text)


def _shortened(text: str, limit: int = 240) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + " …"


def _changed_where(
    libraries: Iterable[str], since: int, until: int | None, type: str
) -> tuple[str, tuple[object, ...]]:
    names = sorted(libraries)
    where = f"library IN ({','.join('?' * len(names))}) AND status NOT IN ('draft', 'broken')"
    where += " AND stamp >= ?"
    values: tuple[object, ...] = (*names, since)
    if until is not None:
        where, values = f"{where} AND stamp <= ?", (*values, until)
    if type:
        where, values = f"{where} AND type = ?", (*values, type)
    return where, values


def _key(path: str) -> str | None:
    top, _, rest = path.partition("/")
    key, slash, _ = rest.partition("/")
    return key if top == "entries" and slash and key else None


def _folders(reader: Reader, tip: Oid, keys: set[str] | None) -> dict[str, dict[str, Oid]]:
    """The files of these entries' folders (of all, when None) by name."""
    found: dict[str, dict[str, Oid]] = defaultdict(dict)
    if keys is None or len(keys) > 50:
        for item in reader.tree(tip, "entries", recursive=True):
            key, _, name = item.path.partition("/")
            if name and "/" not in name:
                found[key][name] = item.oid
        return found
    for key in keys:
        for item in reader.tree(tip, f"entries/{key}"):
            if item.type == "blob":
                found[key][item.path] = item.oid
    return found


def _public_type(entry: Entry | None) -> str:
    return entry.type if entry is not None and entry.status in ("published", "withdrawn") else ""


def _read(blob: bytes, key: str) -> tuple[Entry | None, str]:
    try:
        return entries.decode(blob, entries.path(key)), ""
    except SoliCommError as fault:
        return None, fault.public


def _goes_on(reader: Reader, old: Oid, tip: Oid) -> bool:
    """Whether the history up to `old` is still part of it; `old` may be gone altogether."""
    try:
        return log.is_ancestor(reader.repo, old, tip)
    except StoreError:
        return False


def _connect(path: Path) -> sqlite3.Connection:
    """Opens the index, making it anew when it is missing, damaged or of another version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _opened(path)
    except sqlite3.DatabaseError:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _opened(path)


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("BEGIN IMMEDIATE")
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    if not tables:
        for statement in _SCHEMA.split(";\n"):
            db.execute(statement)
        db.execute("INSERT INTO meta VALUES ('version', ?)", (VERSION,))
    row = db.execute("SELECT value FROM meta WHERE key='version'").fetchone()
    db.execute("COMMIT")
    if row is None or row[0] != VERSION:
        db.close()
        raise sqlite3.DatabaseError("another version")
    return db


def datetime_of(seconds: int) -> datetime:
    """Whole seconds since 1970 as a UTC-aware datetime."""
    return datetime.fromtimestamp(seconds, UTC)
