"""The libraries as the world may see them: which ones, their cards with addresses, for harvesters.

Reads the repositories and the index of cards (features/library/cards/cardindex.py). Unlisted
libraries can be read by whoever knows their address and are offered to nobody here.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from urllib.parse import quote

from solicomm_build.features.library import library as libraries
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardrows import Row, datetime_of
from solicomm_build.features.library.cards.entry import KINDS, Entry
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.library.exchange.oaipmh import Record, Wanted
from solicomm_build.features.library.exchange.published import Published
from solicomm_build.features.library.library import Library
from solicomm_build.foundation import formernames
from solicomm_build.foundation.errors import HubError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import Closing
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo

_BLOBS = 200


def open_files(entry: Entry, present: Iterable[str]) -> list[str]:
    """The names of the card's files that everyone may read, of those that are there."""
    there = set(present)
    if entry.status != "published" or entry.rights.access != "open":
        return []
    return [file.name for file in entry.files if file.name in there]


def present(entry: Entry, beside: Container[str], store: FileStore, *, is_copy: bool) -> list[str]:
    """The names of a card's files that are here, `beside` it or among the large ones. Those of a
    copy are fetched when somebody opens them (copies/fetched.py)."""
    return [
        file.name
        for file in entry.files
        if is_copy or file.name in beside or store.path(file.sha256) is not None
    ]


def published(
    config: Config,
    library: str,
    title: str,
    entry: Entry,
    present: Iterable[str],
    changed: datetime,
) -> Published:
    """A card with the addresses it has at this hub. `present` are the files that are there."""
    url = f"{config.url}/libraries/{library}/{entry.key}/"
    files = {name: f"{url}files/{quote(name)}" for name in open_files(entry, present)}
    return Published(entry, url, changed, config.name, title, files)


class Catalogue(Closing):
    """All public libraries of a hub, as they are now. Blocking; not for several threads. Use as a
    context manager, or `close` it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.index = CardIndex(config)
        self._readers: dict[str, Reader] = {}
        self._libraries: dict[str, tuple[str, Library | None]] = {}

    def close(self) -> None:
        """Ends what it holds open."""
        self.index.close()
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()

    def libraries(self) -> Mapping[str, Library]:
        """The public libraries by id, the index brought up to date with each. What cannot be read
        is left out: nobody is told what its settings do not say."""
        found: dict[str, Library] = {}
        folder = self._config.libraries
        for path in sorted(folder.glob("*.git")) if folder.is_dir() else ():
            library = self._library(path.stem)
            if library is not None and library.visibility == "public":
                self.index.follow(path.stem, self._readers[path.stem])
                found[path.stem] = library
        return found

    def cards(self, rows: Iterable[Row]) -> Iterator[tuple[Row, Published | None]]:
        """Each row with its card; None for what is gone or was withdrawn."""
        left = iter(rows)
        while some := list(islice(left, _BLOBS)):
            yield from self._some(some)

    def _some(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Published | None]]:
        for row in rows:
            if row.status != "published":
                yield row, None
                continue
            library = self._libraries[row.library][1]
            assert library is not None  # noqa: S101 - rows are of the libraries read before
            entry = self.index.entry(row.library, row.key)
            title = title_of(library)
            yield (
                row,
                published(
                    self._config, row.library, title, entry, row.files, datetime_of(row.stamp)
                ),
            )

    def _library(self, name: str) -> Library | None:
        """The settings of a library; None when they cannot be read."""
        try:
            reader = self._reader(name)
            blob = reader.oid_at(MAIN, libraries.FILE)
            known = self._libraries.get(name)
            if known is None or known[0] != blob:
                found = libraries.decode(reader.blob(blob)) if blob else None
                known = self._libraries[name] = blob or "", found
        except SoliCommError:
            return None
        return known[1]

    def _reader(self, name: str) -> Reader:
        if name not in self._readers:
            self._readers[name] = Reader(open_repo(self._config.library_repo(name)))
        return self._readers[name]


class HarvestedHub:
    """The hub as an OAI-PMH repository (features/library/exchange/oaipmh.py). As of when it was
    made."""

    def __init__(self, config: Config, catalogue: Catalogue, now: datetime) -> None:
        self.name = config.name
        self.email = config.operator or f"postmaster@{config.domain}"
        self.domain = config.domain
        self._catalogue = catalogue
        self._now = now
        self._libraries = catalogue.libraries()
        self._first = formernames.first(config.private, "libraries")
        self._called = formernames.now(config.private, "libraries")

    def earliest(self) -> datetime:
        """The date of the first change of all cards; now when there are none."""
        found = self._catalogue.index.earliest()
        return self._now if found is None else datetime_of(found)

    def sets(self) -> Sequence[tuple[str, str]]:
        """A set for each library and for each type of card."""
        of_libraries = [(f"library:{name}", title_of(s)) for name, s in self._libraries.items()]
        return [*of_libraries, *((f"type:{kind}", kind.replace("-", " ")) for kind in KINDS)]

    def record(self, library: str, key: str) -> Record | None:
        """One record, also by a name that its library had before."""
        library = self._called.get(library, library)
        row = self._catalogue.index.row(library, key) if library in self._libraries else None
        if row is None or row.status in ("draft", "broken"):
            return None
        return next(self._records([row]))

    def records(self, wanted: Wanted) -> Sequence[Record]:
        """The records wanted, by date."""
        where = self._where(wanted)
        if where is None:
            return []
        after = _place(wanted.after)
        rows = self._catalogue.index.changed(**where, after=after, limit=wanted.limit)  # type: ignore[arg-type]
        return list(self._records(rows))

    def count(self, wanted: Wanted) -> int:
        """How many there are."""
        where = self._where(wanted)
        return self._catalogue.index.count_changed(**where) if where is not None else 0  # type: ignore[arg-type]

    def _records(self, rows: Iterable[Row]) -> Iterator[Record]:
        for row, card in self._catalogue.cards(rows):
            named = self._first.get(row.library, "")
            yield Record(row.library, row.key, row.type, datetime_of(row.stamp), card, named)

    def _where(self, wanted: Wanted) -> dict[str, object] | None:
        kind, _, name = wanted.set.partition(":")
        chosen = [self._called.get(name, name)] if kind == "library" else list(self._libraries)
        if kind not in ("", "library", "type") or not set(chosen) <= set(self._libraries):
            return None
        return {
            "libraries": chosen,
            "since": int(wanted.since.timestamp()) if wanted.since else 0,
            "until": int(wanted.until.timestamp()) if wanted.until else None,
            "type": name if kind == "type" else "",
        }


def title_of(library: Library) -> str:
    """A library's title in its first language."""
    first = library.languages[0] if library.languages else ""
    return library.title.get(first) or next(iter(library.title.values()), library.id)


def _place(after: str) -> tuple[int, str, str] | None:
    """(stamp, library, key) of a `Record.order`; raises HubError when it is none."""
    if not after:
        return None
    try:
        stamp, _, name = after.partition(" ")
        library, _, key = name.partition("/")
        return int(datetime.fromisoformat(stamp).timestamp()), library, key
    except ValueError:
        raise HubError(f"{after!r} is no place in a list of records") from None
