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
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from solicomm_build.builder import slug
from solicomm_build.features.library.cards import cardrows, entryfile, entryjson
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards.cardreading import LINK, CardReading
from solicomm_build.features.library.cards.cardrows import Row
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import Closing
from solicomm_build.foundation.types import Oid
from solicomm_build.git import derived, log
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN

_RELATIONS = ("replaces", "translation_of", "part_of", "related")
_CARD = "entry.md"
_OF_A_CARD = {"whole": "key", "file": "key", "facet": "key", "maker": "key", "relation": "source"}
"""The tables that know something of a card besides its row, and where they name it."""


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


class CardIndex(CardReading, Closing):
    """The index, open for reading and following. Use as a context manager, or `close` it."""

    def __init__(self, config: Config) -> None:
        super().__init__(
            derived.connect(
                config.state / "cards.sqlite",
                cardrows.VERSION,
                cardrows.make,
                check_same_thread=False,
            )
        )

    def close(self) -> None:
        """Ends it."""
        self._db.close()

    def follow(self, library: str, reader: Reader, tip: Oid | None = None) -> Touched:
        """Brings a library's rows to `tip`, by default where its main branch is, in one
        transaction. Blocking; says what changed."""
        tip = tip or reader.repo.ref(MAIN)
        touched = Touched()
        if tip is None or self.reflected(library) == tip:
            return touched
        self._db.execute("BEGIN IMMEDIATE")
        try:
            old = self.reflected(library)
            goes_on = old is not None and log.goes_on(reader.repo, old, tip, reader=reader)
            if old is not None and not goes_on and log.goes_on(reader.repo, tip, old):
                self._db.execute("ROLLBACK")  # somebody followed further
                return touched
            if not goes_on:
                self._forget(library)
                old, touched.everything = None, True
            self._apply(library, reader, old, tip, touched)
            self._db.execute("INSERT OR REPLACE INTO reflects VALUES (?, ?)", (library, tip))
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        return touched

    def reflected(self, library: str) -> Oid | None:
        """The commit of a library that its rows are of."""
        row = self._db.execute(
            "SELECT commit_id FROM reflects WHERE library=?", (library,)
        ).fetchone()
        return Oid(row[0]) if row else None

    def _forget(self, library: str) -> None:
        for table in ("card", "facet", "maker", "whole", "relation", "file", "reflects"):
            self._db.execute(f"DELETE FROM {table} WHERE library=?", (library,))  # noqa: S608

    def _apply(
        self, library: str, reader: Reader, old: Oid | None, tip: Oid, touched: Touched
    ) -> None:
        histories: dict[str, _History] = {}
        for commit in log.commits(reader.repo, old, tip, reader=reader):
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
            before = self.row(library, key) if old is not None else None
            if before is not None:
                touched.facets |= set(self.facets_of(library, key))
                self._leave(library, key)
            self._card(library, key, history, blobs.get(history.card, b""), reader, before)
            touched.facets |= set(self.facets_of(library, key))
        touched.keys |= set(histories)

    def _leave(self, library: str, key: str) -> None:
        """Forgets what is known of a card but for its row."""
        for table, column in _OF_A_CARD.items():
            by = f"INDEXED BY {table}_key" if table == "facet" else ""  # else all are looked at
            forget = f"DELETE FROM {table} {by} WHERE library=? AND {column}=?"  # noqa: S608
            self._db.execute(forget, (library, key))

    def _card(
        self,
        library: str,
        key: str,
        history: _History,
        blob: bytes,
        reader: Reader,
        before: Row | None,
    ) -> None:
        added, stamp = history.first, history.last
        if before is not None:
            added, stamp = min(added, before.added), max(stamp, before.stamp)
        entry, fault = _read(blob, key) if history.card else (None, "")
        kind = _public_type(entry)
        status = entry.status if entry and kind else "draft"
        if not kind:
            kind = history.public_type(reader, key) or (before.type if before else "")
            status = cardrows.GONE if kind else "draft"
        if fault:
            status = cardrows.BROKEN
        others = {name: oid for name, oid in history.files.items() if name != _CARD}
        self._db.execute(
            "INSERT OR REPLACE INTO card VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                library,
                key,
                added,
                stamp,
                status,
                kind,
                history.card,
                json.dumps(others, sort_keys=True),
                entry.title_in("") if entry else "",
                entry.date.issued if entry else "",
                cardrows.said(entry) if entry else "",
                fault,
            ),
        )
        self._hold(library, key, entry)
        shown = entry if status == "published" else None
        self._relate(library, key, shown, added)
        self._link(library, key, *_texts(shown, history, reader))

    def _hold(self, library: str, key: str, entry: Entry | None) -> None:
        if entry is not None:
            whole = (library, key, entryjson.dump(entry))
            self._db.execute("INSERT INTO whole VALUES (?, ?, ?)", whole)
        self._db.executemany(
            "INSERT OR IGNORE INTO file VALUES (?, ?, ?)",
            ((library, file.sha256, key) for file in (entry.files if entry else ())),
        )

    def _link(self, library: str, key: str, *texts: str) -> None:
        """Keeps which cards are named in what a card says."""
        names = {name.lower() for text in texts for name in entries.ID.findall(text)}
        rows = ((library, name, LINK, key) for name in sorted(names))
        self._db.executemany("INSERT OR IGNORE INTO relation VALUES (?, ?, ?, ?)", rows)

    def _relate(self, library: str, key: str, entry: Entry | None, added: int) -> None:
        if entry is None:
            return
        self._db.executemany(
            "INSERT OR IGNORE INTO facet VALUES (?, ?, ?, ?, ?, ?)",
            (
                (library, kind, slug.one(value), added, key, value)
                for kind, value in cardrows.facets(entry)
            ),
        )
        self._db.executemany(
            "INSERT INTO maker VALUES (?, ?, ?)",
            ((library, maker, key) for maker in cardrows.makers(entry)),
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO relation VALUES (?, ?, ?, ?)",
            (
                (library, target.removeprefix("lib:"), kind, key)
                for kind in _RELATIONS
                for target in getattr(entry.relations, kind)
            ),
        )


def _texts(entry: Entry | None, history: _History, reader: Reader) -> Iterator[str]:
    """What a published card says in Markdown: in its own file, and in that of its document."""
    if entry is None:
        return
    yield entry.body
    if (name := cardrows.text_name(entry)) in history.files:
        yield reader.blob(history.files[name]).decode("utf-8", "replace")


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
        return entryfile.decode(blob, entries.path(key)), ""
    except SoliCommError as fault:
        return None, fault.public
