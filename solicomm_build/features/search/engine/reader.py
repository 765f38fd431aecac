"""Reading an index, file by file as a query needs them (docs/formats/search.md, sections 3 to
7)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from solicomm_build.features.search.engine import files, inside, shard
from solicomm_build.features.search.engine.document import FIELDS, GONE, Row
from solicomm_build.features.search.engine.shard import Entry, sort_key
from solicomm_build.foundation.errors import ContentError

VERSION = 1
MANIFEST = "manifest.js"
COLUMNS = "tadupls"
"""Columns of a chunk of the table, in the order of Row."""
_FIRST, _LAST = -62_135_596_800, 253_402_300_799  # seconds: the years 1 and 9999

Read = Callable[[str], bytes | None]
"""Gives the file at a path below the root, or None when there is none."""


@dataclass
class Segment:
    """One segment of an open index; what cannot be read is noted in `faults` and holds nothing."""

    read: Read
    entry: Mapping[str, Any]
    chunk: int
    faults: list[str]
    base: str = ""
    _shards: dict[str, dict[str, Entry]] = field(default_factory=dict)
    _lengths: list[int] | None = None
    _pages: dict[int, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def documents(self) -> int:
        """How many local ids there are."""
        return int(self.entry["documents"])

    @property
    def dead(self) -> frozenset[int]:
        """Local ids that are not there any more."""
        return frozenset(self.entry["dead"])

    def term(self, term: str) -> Entry | None:
        """The postings of a term."""
        for bounds, big, first in self._directories(term, term):
            if term in big:
                return self._shard(f"b{big[term]}").get(term)
            number = bisect_right(bounds, sort_key(term), key=sort_key) - 1
            if number >= 0:
                return self._shard(str(first + number)).get(term)
        return None

    def prefix(self, start: str) -> Iterator[Entry]:
        """All terms that begin with `start`."""
        low = sort_key(start)
        for bounds, big, first in self._directories(start, start + "\uffff"):
            for term, number in big.items():
                if term.startswith(start) and (found := self._shard(f"b{number}").get(term)):
                    yield found
            begin = max(0, bisect_right(bounds, low, key=sort_key) - 1)
            for number in range(begin, len(bounds)):
                bound = bounds[number]
                if sort_key(bound) > low and not bound.startswith(start):
                    break
                for term, entry in self._shard(str(first + number)).items():
                    if term.startswith(start):
                        yield entry

    def _directories(
        self, low: str, high: str
    ) -> Iterator[tuple[Sequence[str], Mapping[str, int], int]]:
        """(bounds, big terms, number of the first shard) of what may hold terms from low to
        high."""
        if "pages" not in self.entry:
            yield self.entry["bounds"], self.entry["big"], 0
            return
        pages = self.entry["pages"]
        begin = max(0, bisect_right(pages, sort_key(low), key=sort_key) - 1)
        end = bisect_right(pages, sort_key(high), key=sort_key)
        for number in range(begin, max(end, begin + 1)):
            page = self._page(number)
            yield page["bounds"], page["big"], number * int(self.entry["page"])

    def _page(self, number: int) -> Mapping[str, Any]:
        if number not in self._pages:
            page = self._value(f"{self.entry['id']}/p{number}.js")
            self._pages[number] = page if isinstance(page, dict) else {"bounds": [], "big": {}}
        return self._pages[number]

    def _shard(self, name: str) -> dict[str, Entry]:
        if name not in self._shards:
            data = self._binary(f"{self.entry['id']}/{name}.js")
            try:
                entries = (
                    shard.decode(data, len(FIELDS), self.lengths()) if data is not None else []
                )
            except (ContentError, UnicodeDecodeError):
                self.faults.append(f"{self.entry['id']}/{name}.js")
                entries = []
            self._shards[name] = {entry[0]: entry for entry in entries}
        return self._shards[name]

    def places(self) -> list[str]:
        """The place of each document; nothing when they cannot be read."""
        names = self.entry["places"]
        if len(names) < 2:
            return list(names) * self.documents
        return [names[n] for n in self._column("a.js", shard.read_numbers) if n < len(names)]

    def inside(self, is_wanted: Callable[[str], bool]) -> set[int]:
        """The documents that are in a place that is wanted."""
        names = self.entry["places"]
        wanted = {number for number, name in enumerate(names) if is_wanted(name)}
        if len(wanted) in (0, len(names)):
            return set(range(self.documents)) if wanted else set()
        firsts = self.entry.get("inside", ())
        needed = inside.files_for(firsts, sorted(wanted)) if firsts else None
        if needed is None:
            kept = {names[number] for number in wanted}
            return {local for local, place in enumerate(self.places()) if place in kept}
        ends = [*firsts[1:], len(names)]
        return {
            local
            for number in needed
            for place, some in enumerate(
                self._lists(f"i{number}.js", ends[number] - firsts[number]), firsts[number]
            )
            if place in wanted
            for local in some
        }

    def _lists(self, name: str, count: int) -> list[list[int]]:
        path = f"{self.entry['id']}/{name}"
        try:
            return shard.read_lists(self._binary(path) or b"", count)
        except ContentError:
            self.faults.append(path)
            return []

    def tongues(self) -> list[str]:
        """The language of each document, "" where it is not known; nothing when they cannot be
        read."""
        names = self.entry.get("tongues", [""])
        if len(names) < 2:
            return list(names) * self.documents
        return [names[n] for n in self._column("g.js", shard.read_numbers) if n < len(names)]

    def days(self) -> list[int]:
        """The day of each document, since 1970; nothing when they cannot be read."""
        return self._column("t.js", shard.read_differences)

    def lengths(self) -> list[int]:
        """The length of each document's body; nothing when they cannot be read."""
        if self._lengths is None:
            self._lengths = self._column("l.js", shard.read_differences)
        return self._lengths

    def _column(self, name: str, decode: Callable[[bytes, int], list[int]]) -> list[int]:
        path = f"{self.entry['id']}/{name}"
        data = self._binary(path)
        try:
            return decode(data or b"", self.documents)
        except ContentError:
            self.faults.append(path)
            return []

    def row(self, local: int) -> Row:
        """What is shown of a document."""
        number, at = divmod(int(self.entry["first"]) + local, self.chunk)
        value = self._value(f"{self.entry['table']}/{number}.js")
        try:
            row = Row(*(value[name][at] for name in COLUMNS))
            if not _FIRST <= row.time <= _LAST:
                raise IndexError(row.time)
            return replace(row, place=placed(self.base, row.place)) if self.base else row
        except (KeyError, IndexError, TypeError):
            self.faults.append(f"{self.entry['table']}/{number}.js")
            return GONE

    def spellings(self, letter: str) -> dict[str, int]:
        """Words with this first letter, with how many documents have them."""
        if letter not in self.entry.get("letters", ""):
            return {}
        value = self._value(f"{self.entry['id']}/w{ord(letter):x}.js")
        return dict(zip(value["w"], value["n"], strict=True)) if value else {}

    def _value(self, path: str) -> Any:
        data = self.read(path)
        try:
            if data is not None:
                return files.unwrap(data)
        except ContentError:
            pass
        self.faults.append(path)
        return None

    def _binary(self, path: str) -> bytes | None:
        data = self.read(path)
        try:
            if data is not None:
                return files.unwrap_binary(data)
        except ContentError:
            pass
        self.faults.append(path)
        return None


@dataclass
class OpenIndex:
    """An index whose manifest was read: `said` is what stands there, `manifest` the same with
    places by their addresses. `faults` are the paths that could not be read."""

    manifest: Mapping[str, Any]
    segments: list[Segment]
    faults: list[str]
    read: Read
    said: Mapping[str, Any]


def open_index(read: Read) -> OpenIndex:
    """Opens an index. Raises ContentError when there is none, or when it is newer than this
    program."""
    data = read(MANIFEST)
    if data is None:
        raise ContentError("there is no search index", remedy="Make it with `solicomm build`")
    manifest = files.unwrap(data)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("version"), int):
        raise shard.damaged("is not of its form")
    if manifest["version"] > VERSION:
        raise ContentError(
            f"the search index is of version {manifest['version']}, this program reads {VERSION}",
            remedy="Use a newer program",
        )
    return opened(read, manifest, [])


def opened(read: Read, said: Mapping[str, Any], faults: list[str]) -> OpenIndex:
    """The index of which a manifest says this."""
    base = str(said.get("base", ""))
    manifest = _elsewhere(said, base) if base else said
    segments = [
        Segment(read, entry, manifest["chunk"], faults, base) for entry in manifest["segments"]
    ]
    return OpenIndex(manifest, segments, faults, read, said)


def placed(base: str, place: str) -> str:
    """The key of a place of another hub: its address there."""
    return f"{base}/{place}" if place else base


def _elsewhere(manifest: Mapping[str, Any], base: str) -> Mapping[str, Any]:
    """The manifest of a copy of another hub's index, its places by their addresses."""
    segments = [
        {**one, "places": [placed(base, place) for place in one["places"]]}
        for one in manifest["segments"]
    ]
    places = {placed(base, key): said for key, said in manifest["places"].items()}
    return {**manifest, "places": places, "segments": segments}
