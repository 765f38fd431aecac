"""Questions to the index of cards (cardindex.py): one card, lists, facets, what names what.

Nothing here changes anything. A value of a facet may be written as any card writes it, of those
that have one address (builder/slug.py).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from solicomm_build.builder import slug
from solicomm_build.features.library.cards import cardrows, entryjson
from solicomm_build.features.library.cards.cardrows import Row
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid

_COLUMNS = "library, key, added, stamp, status, type, blob, files, title, issued, line, fault"
# both are answered by an index alone: what is before a run is passed over without being read
_CARDS = "SELECT key FROM card WHERE library=? AND status='published'"
_FACET = "SELECT key FROM facet WHERE library=? AND kind=? AND value=?"
_COUNT_CARDS = "SELECT count(*) FROM card WHERE library=? AND status='published'"
_COUNT_FACET = "SELECT count(*) FROM facet WHERE library=? AND kind=? AND value=?"


LINK = "link"
"""The kind of relation that a link in a card's text is."""


def _folded(facet: tuple[str, str]) -> tuple[str, str]:
    return facet[0], slug.one(facet[1])


def _run(
    library: str, facet: tuple[str, str] | None, start: int, count: int
) -> tuple[str, tuple[object, ...]]:
    select, values = (_CARDS, ()) if facet is None else (_FACET, _folded(facet))
    return f"{select} ORDER BY added, key LIMIT ? OFFSET ?", (library, *values, count, start)


class CardReading:
    """The index, for questions."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def row(self, library: str, key: str) -> Row | None:
        """One card, whatever its status, or None."""
        return next(self._rows("library=? AND key=?", (library, key)), None)

    def lines(
        self, library: str, facet: tuple[str, str] | None = None, *, start: int = 0, count: int = -1
    ) -> list[Row]:
        """The published cards of a library, oldest first, or those with a facet: `count` of them
        (-1: all) from number `start` on."""
        run, values = _run(library, facet, start, count)
        where = f"library=? AND key IN ({run}) ORDER BY added, key"
        return list(self._rows(where, (library, *values)))

    def keys(
        self, library: str, facet: tuple[str, str] | None = None, *, start: int = 0, count: int = -1
    ) -> list[str]:
        """The keys of these cards alone, which an index answers."""
        return [key for (key,) in self._db.execute(*_run(library, facet, start, count))]

    def arrivals(self, library: str) -> Iterator[tuple[int, str]]:
        """(added, key) of the published cards of a library, oldest first."""
        yield from self._db.execute(
            "SELECT added, key FROM card WHERE library=? AND status='published'"
            " ORDER BY added, key",
            (library,),
        ).fetchall()

    def matching(
        self,
        library: str,
        wanted: Sequence[tuple[str, str]],
        words: Sequence[str] = (),
        *,
        start: int = 0,
        count: int = -1,
    ) -> tuple[list[Row], int]:
        """The published cards that have all of these facets, and all of these words in what a list
        says of them; the newest first, `count` from number `start` on, and how many there are."""
        where, values = "library=? AND status='published'", _values(library)
        for kind, value in map(_folded, wanted):
            where += " AND key IN (SELECT key FROM facet WHERE library=? AND kind=? AND value=?)"
            values += (library, kind, value)
        for word in words:
            where += " AND (title LIKE ? ESCAPE '!' OR line LIKE ? ESCAPE '!')"
            like = "".join(f"!{char}" if char in "!%_" else char for char in word)
            values += (f"%{like}%",) * 2
        select = f"SELECT count(*) FROM card WHERE {where}"  # noqa: S608 - texts of this module
        found = int(self._db.execute(select, values).fetchone()[0])
        order = f"{where} ORDER BY added DESC, key DESC LIMIT ? OFFSET ?"
        return list(self._rows(order, (*values, count, start))), found

    def count_lines(self, library: str, facet: tuple[str, str] | None = None) -> int:
        """How many `lines` would give in all."""
        if facet is None:
            select, values = _COUNT_CARDS, _values(library)
        else:
            select, values = _COUNT_FACET, _values(library, *_folded(facet))
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
            "SELECT MIN(name), count(*) FROM facet WHERE library=? AND kind=? GROUP BY value"
            " ORDER BY 1",
            (library, kind),
        ).fetchall()

    def near(
        self, library: str, facet: tuple[str, str], place: tuple[int, str], count: int
    ) -> list[str]:
        """The keys of the `count` published cards with a facet that come next after a place (added,
        key), or with a negative count before it; the nearest first."""
        way, order = ("<", "DESC") if count < 0 else (">", "ASC")
        select = (
            f"SELECT key FROM facet WHERE library=? AND kind=? AND value=? AND (added, key) {way}"  # noqa: S608 - texts of this module
            f" (?, ?) ORDER BY added {order}, key {order} LIMIT ?"
        )
        values = (library, *_folded(facet), *place, abs(count))
        return [key for (key,) in self._db.execute(select, values)]

    def listed(self, library: str, kind: str) -> Iterator[tuple[str, str]]:
        """(value, key) of all published cards by a facet: value by value, oldest first. The value
        is what all that have one address are to a reader."""
        yield from self._db.execute(
            "SELECT value, key FROM facet WHERE library=? AND kind=? ORDER BY value, added, key",
            (library, kind),
        )

    def facets_within(
        self, library: str, kind: str, within: tuple[str, str]
    ) -> list[tuple[str, int]]:
        """The same among the cards that have the facet `within`."""
        return self._db.execute(
            "SELECT MIN(f.name), count(*) FROM facet f JOIN facet w ON w.library=f.library"
            " AND w.key=f.key AND w.kind=? AND w.value=?"
            " WHERE f.library=? AND f.kind=? GROUP BY f.value ORDER BY 1",
            (*_folded(within), library, kind),
        ).fetchall()

    def facets_of(self, library: str, key: str) -> list[tuple[str, str]]:
        """(kind, value) of a published card."""
        return self._db.execute(
            "SELECT kind, name FROM facet INDEXED BY facet_key"
            " WHERE library=? AND key=? ORDER BY kind, name",  # else all of the library are read
            (library, key),
        ).fetchall()

    def made_by(self, library: str, makers: Iterable[str]) -> list[str]:
        """The keys of the published cards that one of these made or published: names in any case,
        and `registry:` with an id in the registry."""
        wanted = {maker.casefold() for maker in makers}
        select = "SELECT key FROM maker WHERE library=? AND maker=?"
        rows = (row for one in wanted for row in self._db.execute(select, (library, one)))
        return sorted({key for (key,) in rows})

    def naming(self, library: str, key: str) -> list[tuple[str, str]]:
        """(relation, key) of the published cards that name this one: a newer version has
        `replaces`, a translation `translation_of`."""
        return self._db.execute(
            "SELECT r.kind, r.source FROM relation r JOIN card c"
            " ON c.library=r.library AND c.key=r.source"
            " WHERE r.library=? AND r.target=? AND c.status='published' AND r.kind<>?"
            " ORDER BY r.kind, r.source",
            (library, key, LINK),
        ).fetchall()

    def linking(self, library: str, key: str) -> set[str]:
        """The keys of the published cards whose texts name this one."""
        rows = self._db.execute(
            "SELECT source FROM relation WHERE library=? AND target=? AND kind=?",
            (library, key, LINK),
        )
        return {source for (source,) in rows}

    def linked(self, library: str, key: str) -> list[str]:
        """The keys of the cards there are that the texts of a published one name."""
        rows = self._db.execute(
            "SELECT r.target FROM relation r JOIN card c ON c.library=r.library AND c.key=r.target"
            " WHERE r.library=? AND r.source=? AND r.kind=? ORDER BY 1",
            (library, key, LINK),
        )
        return [target for (target,) in rows]

    def over(self, library: str, today: str) -> list[str]:
        """The keys of the published cards whose embargo ends at an ISO date or before, oldest
        first."""
        until = "json_extract(w.entry, '$.rights.until')"
        select = (
            "SELECT c.key FROM card c JOIN whole w ON w.library=c.library AND w.key=c.key"  # noqa: S608 - texts of this module
            " WHERE c.library=? AND c.status='published'"
            " AND json_extract(w.entry, '$.rights.access')='embargo'"
            f" AND {until} <= substr(?, 1, length({until})) ORDER BY c.added, c.key"
        )
        return [key for (key,) in self._db.execute(select, (library, today))]

    def holding(self, library: str, sha256: str) -> list[str]:
        """The keys of the cards with this file, whatever their status."""
        rows = self._db.execute(
            "SELECT key FROM file WHERE library=? AND sha256=? ORDER BY key", (library, sha256)
        )
        return [key for (key,) in rows]

    def changed(
        self,
        libraries: Iterable[str],
        *,
        since: int = 0,
        until: int | None = None,
        after: tuple[int, str, str] | None = None,
        type: str = "",
        limit: int = -1,
    ) -> Iterator[Row]:
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
                library,
                key,
                added,
                stamp,
                status,
                kind,
                Oid(blob),
                json.loads(files),
                title,
                issued,
                cardrows.line(line),
                fault,
            )


def _values(*values: object) -> tuple[object, ...]:
    return values


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
