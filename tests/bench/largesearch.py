"""What a cold query of two words loads from the index of a very large hub.

    python -m tests.bench.largesearch 10000000 --places 10000
    python -m tests.bench.largesearch 1000000 --places 1000 --whole

The documents are made up, straight into segments: words by Zipf's law, texts of some 70 of them,
lists with shares by Zipf's law. A segment is made when it is first read, by the code that makes a
hub's, so that of 10,000,000 posts only those are made that somebody looks for: what the first
manifest says of the others has its full length. `--whole` makes all of it and reads it as one
index, too, as it was before there were tiers. Octets are those of the answers, compressed as the
hub compresses; tables are made as they are read. Two runs are equal.

The first line is what the page's script asks for, in node, where a server answers ranges: segments
are joined there. The others are files of each segment, as where none does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import brotli

from solicomm_build.builder.publish import BROTLI_QUALITY
from solicomm_build.features.search import layout
from solicomm_build.features.search.engine import files, inside, joined, segment, tiers
from solicomm_build.features.search.engine.document import Document, PlaceName, Row, snippet
from solicomm_build.features.search.engine.finding import Found, find
from solicomm_build.features.search.engine.inverted import Inverted
from solicomm_build.features.search.engine.manifest import CHUNK, Listed, manifest
from solicomm_build.features.search.engine.reader import open_index
from solicomm_build.features.search.layout import Slot
from solicomm_build.features.search.sealing import searchtiers
from solicomm_build.testing.browsersearch import client

_compress: Callable[..., bytes] = brotli.compress
_QUERIES = 60
_WORDS = 300_000
_AUTHORS = 40_000
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
_GOAL, _PAGE = 12, 6
"""Requests of a first search; the page's are its text, style, icon, two scripts and a stemmer."""
_EVERY = 60
"""Seconds between two posts: 1,440 a day."""


def _weights(count: int, power: float) -> list[float]:
    return list(accumulate(1 / (rank + 2.7) ** power for rank in range(count)))


@cache
def _word(number: int) -> str:
    """Frequent ones are short."""
    said, number = "", number + len(_SYLLABLES)
    while number:
        number, rest = divmod(number, len(_SYLLABLES))
        said += _SYLLABLES[rest]
    return said


@dataclass
class Hub:
    """A made-up hub of so many posts in so many lists."""

    posts: int
    places: int
    loaded: dict[str, int] = field(default_factory=dict)
    """Octets of each file that was read since it was emptied."""
    _made: dict[str, bytes] = field(default_factory=dict)
    _tables: dict[str, list[Row]] = field(default_factory=dict)
    _listed: dict[Slot, Listed] = field(default_factory=dict)
    _tiers: dict[str, Sequence[Slot]] = field(default_factory=dict)

    @cached_property
    def _words(self) -> list[float]:
        return _weights(_WORDS, 1.07)

    @cached_property
    def _authors(self) -> list[float]:
        return _weights(_AUTHORS, 1.0)

    @cached_property
    def _shares(self) -> list[float]:
        return _weights(self.places, 1.1)

    def documents(self, slot: Slot) -> Iterator[Document]:
        """The posts of a segment."""
        chance = random.Random(slot.first)
        for number in range(slot.first, slot.first + slot.count):
            length = max(4, int(chance.lognormvariate(3.9, 0.9)))
            drawn = chance.choices(range(_WORDS), cum_weights=self._words, k=length + 4)
            title = " ".join(map(_word, drawn[:4]))
            body = " ".join(map(_word, drawn[4:]))
            (author,) = chance.choices(range(_AUTHORS), cum_weights=self._authors)
            (place,) = chance.choices(range(self.places), cum_weights=self._shares)
            name = f"{_word(author % 3_000).title()} {_word(author + 5_000).title()}"
            identity = hashlib.sha1(b"%d" % number).hexdigest()[:32]
            when = 1_000_000_000 + _EVERY * number
            row = Row(title, name, when, f"t/{identity}/#", _place(place), "en", snippet(body))
            yield Document(row, body, "en")

    def made(self, slot: Slot) -> Listed:
        """A segment, with its files."""
        if slot not in self._listed:
            inverted, rows = Inverted(), list[Row]()
            for document in self.documents(slot):
                inverted.add(document, with_words=not slot.small)
                rows.append(document.row)
            days = [row.time // 86_400 for row in rows]
            places = [row.place for row in rows]
            built = segment.build(
                inverted, places, days, small=slot.small, tongues=[row.lang for row in rows]
            )
            self._made |= built.files
            entry = built.entry
            names: list[str] = entry["places"]
            if len(names) > 1 and not slot.small:
                numbers = {name: number for number, name in enumerate(names)}
                cut = inside.cut([numbers[places[old]] for old in built.order], len(names))
                firsts = []
                for number, (low, octets) in enumerate(cut):
                    firsts.append(low)
                    path = f"{built.id}/i{number}.js"
                    self._made[path] = files.wrap_binary(path, octets)
                entry = entry | {"inside": firsts}
            table, first = ("d", slot.first) if slot.small else (f"{built.id}/d", 0)
            padding = [rows[0]] * (first % CHUNK)
            self._tables[table] = padding + [rows[old] for old in built.order]
            self._listed[slot] = Listed(
                entry, table, first, built.dead, built.lengths, built.languages
            )
        return self._listed[slot]

    @cached_property
    def slots(self) -> list[Slot]:
        """The segments, oldest first."""
        return layout.layout(self.posts)

    def seal(self) -> None:
        """The manifest of the newest tier, and of older ones their names and sizes."""
        full = [slot for slot in self.slots if slot.count == layout.LARGEST]
        old = full[: -searchtiers.NEWEST]
        older = list[Mapping[str, Any]]()
        for low in range(0, len(old), searchtiers.NEWEST):
            group = old[low : low + searchtiers.NEWEST]
            name = hashlib.sha256(b"%d" % low).hexdigest()[:16]
            self._tiers[f"{name}/{tiers.NAME}"] = group
            ends = (group[0].first, group[-1].first + group[-1].count - 1)
            days = [(1_000_000_000 + _EVERY * at) // 86_400 for at in ends]
            count = sum(slot.count for slot in group)
            older.insert(0, {"id": name, "documents": count, "days": days})
        self._manifest([slot for slot in self.slots if slot not in old], older)

    @property
    def sealed(self) -> Sequence[Sequence[Slot]]:
        """The segments of each older tier."""
        return [*self._tiers.values()]

    def join_some(self, name: str, slots: Sequence[Slot]) -> dict[str, Any]:
        """Joins these segments."""
        entries = [
            {**listed.entry, "table": listed.table, "first": listed.first}
            for listed in map(self.made, slots)
        ]
        terms = joined.terms(self._read, entries)
        rows, width = joined.rows(self._read, entries, CHUNK)
        folder = hashlib.sha256(name.encode()).hexdigest()[:16]
        self._made[f"{folder}/{joined.TERMS}"] = terms.octets
        self._made[f"{folder}/{joined.ROWS}"] = rows
        said = {"id": folder, "segments": [one["id"] for one in entries], "bounds": terms.bounds}
        return said | {"sizes": terms.sizes, "rows": folder, "width": width}

    def on_disk(self) -> dict[str, bytes]:
        """What is there but tables; of these the files with a row that has no slot."""
        found = dict(self._made)
        for table, rows in self._tables.items():
            first = self.slots[-1].first // CHUNK if table == "d" else 0
            longest = max(len(row.title + row.author + row.snippet) for row in rows) - 40
            for number, row in enumerate(rows):
                if len(row.title + row.author + row.snippet) >= longest:
                    path = f"{table}/{first + number // CHUNK}.js"
                    found[path] = self.made_at(path)
        return found

    def made_at(self, path: str) -> bytes:
        """A file that is there."""
        data = self._read(path)
        assert data is not None, path
        return data

    def join(self) -> None:
        """One manifest for all segments, as it was before there were tiers."""
        self._manifest(self.slots, [])

    def _manifest(self, slots: Sequence[Slot], older: Sequence[Mapping[str, Any]]) -> None:
        names = {
            _place(number): PlaceName("list", {"en": f"The list of {_word(number + 900)}"})
            for number in range(self.places)
        }
        together = _joined(self) if older or len(slots) == len(self.slots) else ()
        said = manifest(
            [*map(self.made, slots)], names, older=older, elsewhere=names, joined=together
        )
        self._made["manifest.js"] = files.wrap("manifest.js", said)
        _sent.cache_clear()

    def read(self, path: str) -> bytes | None:
        """A file, counted."""
        data = self._read(path)
        if data is not None:
            self.loaded[path] = _sent(data)
        return data

    def _read(self, path: str) -> bytes | None:
        if path in self._tiers and path not in self._made:
            sealed = tiers.seal([*map(self.made, self._tiers[path])], None)
            self._made[path] = files.wrap_binary(path, sealed.octets)
        table, _, name = path.rpartition("/")
        if table in self._tables:
            rows = self._tables[table]
            first = 0 if table != "d" else self.slots[-1].first // CHUNK
            low = (int(name.removesuffix(".js")) - first) * CHUNK
            return files.wrap(path, segment.columns(rows[low : low + CHUNK]))
        return self._made.get(path)


def _place(number: int) -> str:
    return f"conferences/{_word(number + 900)}-{number % 97}"


@cache
def _sent(data: bytes) -> int:
    return min(len(data), len(_compress(data, quality=BROTLI_QUALITY)))


def _queries(hub: Hub) -> list[str]:
    """Two words of random subjects of the newest posts."""
    chance = random.Random(3)
    largest = max(slot.count for slot in hub.slots)
    slot = [slot for slot in hub.slots if slot.count == largest][-1]
    titles = [document.row.title.split() for document in hub.documents(slot)]
    return [" ".join(chance.choice(titles)[:2]) for _ in range(_QUERIES)]


def _said(name: str, seen: Sequence[Mapping[str, int]]) -> dict[str, Any]:
    """Medians over the queries, in octets; of the parts the means."""
    sums = sorted(sum(one.values()) for one in seen)
    parts: dict[str, list[int]] = {}
    for one in seen:
        for path, octets in one.items():
            parts.setdefault(_part(path), []).append(octets)
    return {
        "what": name,
        "median": statistics.median(sums),
        "p95": sums[int(len(sums) * 0.95)],
        "max": sums[-1],
        "files": statistics.median(len(one) for one in seen),
        "parts": {part: round(sum(some) / len(seen)) for part, some in sorted(parts.items())},
    }


def _part(path: str) -> str:
    folder, _, name = path.partition(" ")[0].rpartition("/")
    if name in (joined.TERMS, joined.ROWS):
        return "shards" if name == joined.TERMS else "tables"
    if f"/{folder}".endswith("/d"):
        return "tables"
    named = {"m": "manifest", "p": "directory", "b": "big", "l": "lengths", "w": "words"}
    named |= {"a": "places", "i": "places", "t": "days"}
    return named.get(name[0], "shards") if name != tiers.NAME else "older manifest"


def _joined(hub: Hub) -> list[dict[str, Any]]:
    """What the manifest says of the newest tier's segments joined, as a hub joins them."""
    groups: dict[str, list[Slot]] = {}
    for slot in hub.slots:
        if slot not in {one for tier in hub.sealed for one in tier}:
            size = "large" if slot.count >= layout.BASE else "middle"
            groups.setdefault("recent" if slot.small else size, []).append(slot)
    return [hub.join_some(name, some) for name, some in groups.items()]


_PART = 110
"""Octets that stand before each part of an answer of several."""


def _asked_by_script(hub: Hub, queries: Sequence[str]) -> list[dict[str, int]]:
    """The requests of each question, with the octets of each answer. Served are the manifest, what
    is joined, and the files that are read besides."""
    found = []
    with tempfile.TemporaryDirectory() as folder, client(Path(folder)) as node:
        root = node.publish(hub.on_disk())
        for text in queries:
            told = node.search(text, root)
            assert not told["partial"], text
            found.append({one: _octets(hub, one.removeprefix(root)) for one in told["requests"]})
    return found


def _octets(hub: Hub, request: str) -> int:
    path, _, ranges = request.partition(" bytes=")
    if not ranges:
        return _sent(hub.made_at(path))
    ends = [part.split("-") for part in ranges.split(",")]
    return sum(int(last) - int(first) + 1 + _PART for first, last in ends)


def _asked(hub: Hub, text: str, start: int) -> tuple[Found, dict[str, int]]:
    hub.loaded.clear()
    index = open_index(hub.read)
    found = tiers.find_from([index], text, start, lambda some: find(some, text, "en"))
    return found, dict(hub.loaded)


def main() -> None:
    """Prints a line of JSON for each thing that is measured."""
    asking = argparse.ArgumentParser(prog="python -m tests.bench.largesearch")
    asking.add_argument("posts", type=int)
    asking.add_argument("--places", type=int, default=1_000)
    asking.add_argument("--whole", action="store_true", help="also as one manifest; makes it all")
    wanted = asking.parse_args()
    hub = Hub(wanted.posts, wanted.places)
    started = time.perf_counter()
    hub.seal()
    queries = _queries(hub)
    script = _said("cold, the script where a server answers ranges", _asked_by_script(hub, queries))
    requests = {"requests": script.pop("files"), "goal": f"<= {_GOAL} with the page's {_PAGE}"}
    print(json.dumps(script | requests), flush=True)
    first = [_asked(hub, text, 0)[1] for text in queries]
    print(json.dumps(_said("cold, the newest tier", first)), flush=True)
    inside = f" in:{_place(0)}"
    print(
        json.dumps(_said("in the largest list", [_asked(hub, t + inside, 0)[1] for t in queries]))
    )
    if tiers.depth([open_index(hub.read)]):
        more = []
        for text in queries:
            known = _asked(hub, text, 0)[1]
            more.append({k: v for k, v in _asked(hub, text, 1)[1].items() if k not in known})
        print(json.dumps(_said("one press more", more)), flush=True)
    if wanted.whole:
        index = tiers.whole(open_index(hub.read))
        before = time.perf_counter()
        for text in queries[:10]:
            find([index], text, "en")
        taken = (time.perf_counter() - before) / 10
        hub.join()
        seen = [_asked(hub, text, 0)[1] for text in queries]
        print(json.dumps(_said("cold, all in one manifest", seen) | {"by mail, s": taken}))
    print(json.dumps({"seconds": round(time.perf_counter() - started)}))


if __name__ == "__main__":
    main()
