"""Search indexes in memory, for tests."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from solicomm_build.features.search.engine import files, inside, joined, segment, tiers
from solicomm_build.features.search.engine.document import GONE, Document, PlaceName, Row
from solicomm_build.features.search.engine.inverted import Inverted
from solicomm_build.features.search.engine.manifest import CHUNK, Listed, manifest
from solicomm_build.features.search.engine.reader import OpenIndex, open_index

PLACES: Mapping[str, PlaceName] = {
    "conferences/bar": PlaceName("conference", {"en": "Bar"}),
    "conferences/ice": PlaceName("list", {"en": "Ice"}),
}


def index_files(
    parts: Sequence[tuple[Inverted, Sequence[Row]]],
    dead: Mapping[int, Iterable[int]] = {},
    older: Sequence[int] = (),
) -> dict[str, bytes]:
    """The files of an index with these segments; `dead` are further tombstones by
    segment, counted as the documents were added. The first `older[0]` segments are the oldest tier,
    the next `older[1]` the one before, and so on; the others are the newest."""
    made: dict[str, bytes] = {}
    listed: list[Any] = []
    spans: list[tuple[int, int]] = []
    rows: list[Any] = []
    for number, (inverted, of_segment) in enumerate(parts):
        places = [row.place for row in of_segment]
        days = [row.time // 86_400 for row in of_segment]
        built = segment.build(inverted, places, days, tongues=[row.lang for row in of_segment])
        gone = sorted({*built.dead, *map(built.order.index, dead.get(number, ()))})
        lengths = tuple(
            total - sum(column[built.order[local]] for local in gone)
            for total, column in zip(built.lengths, inverted.field_lengths, strict=True)
        )
        entry = built.entry
        if older and len(set(places)) > 1:
            of_places = [entry["places"].index(places[old]) for old in built.order]
            cut = [*inside.cut(of_places, len(entry["places"]))]
            entry = entry | {"inside": [first for first, _ in cut]}
            for at, (_, octets) in enumerate(cut):
                path = f"{built.id}/i{at}.js"
                made[path] = files.wrap_binary(path, octets)
        listed.append(Listed(entry, "d", len(rows), tuple(gone), lengths, built.languages))
        spans.append((min(days, default=0), max(days, default=0)))
        rows += [of_segment[old] for old in built.order]
        made |= built.files
    for low in range(0, len(rows), CHUNK):
        path = f"d/{low // CHUNK}.js"
        made[path] = files.wrap(path, segment.columns(rows[low : low + CHUNK]))
    entries: list[Mapping[str, Any]] = []
    for count in older:
        lows, highs = zip(*spans[:count], strict=True)
        sealed = tiers.seal(listed[:count], (min(lows), max(highs)))
        listed, spans = listed[count:], spans[count:]
        made[sealed.path] = tiers.packed(sealed)
        entries.insert(0, sealed.entry)
    said = manifest(listed, PLACES, older=entries, elsewhere=PLACES if older else ())
    made["manifest.js"] = files.wrap("manifest.js", said)
    return made


def joined_files(made: Mapping[str, bytes], *groups: int) -> dict[str, bytes]:
    """The files of an index, its first `groups[0]` segments joined, then the next."""
    said, entries, low = files.unwrap(made["manifest.js"]), list[Mapping[str, Any]](), 0
    with_joined = dict(made)
    for number, count in enumerate(groups):
        some = said["segments"][low : low + count]
        low += count
        terms = joined.terms(made.get, some)
        rows, width = joined.rows(made.get, some, said["chunk"])
        name = f"{number:016x}"
        with_joined |= {f"{name}/{joined.TERMS}": terms.octets, f"{name}/{joined.ROWS}": rows}
        entry = {"id": name, "segments": [one["id"] for one in some], "bounds": terms.bounds}
        entries.append(entry | {"sizes": terms.sizes, "rows": name, "width": width})
    with_joined["manifest.js"] = files.wrap("manifest.js", said | {"joined": entries})
    return with_joined


def pieces(octets: bytes) -> list[bytes]:
    """What the pieces of an `x.bin` hold."""
    found, at = list[bytes](), 0
    while at < len(octets):
        size = int.from_bytes(octets[at : at + 4], "big")
        found.append(gzip.decompress(octets[at + 4 : at + 4 + size]))
        at += -(-(4 + size) // joined.UNIT) * joined.UNIT
    return found


def open_files(made: Mapping[str, bytes]) -> OpenIndex:
    """The index in these files."""
    return open_index(made.get)


def index_of(*segments: Sequence[Document | None]) -> OpenIndex:
    """An index of documents, cut into these segments."""
    return open_files(files_of(*segments))


def files_of(*segments: Sequence[Document | None], older: Sequence[int] = ()) -> dict[str, bytes]:
    """The files of an index of documents, cut into these segments, and they into tiers."""
    parts = []
    for documents in segments:
        inverted = Inverted()
        for document in documents:
            inverted.add(document)
        parts.append((inverted, [d.row if d else GONE for d in documents]))
    return index_files(parts, older=older)


def document(
    body: str,
    title: str = "",
    author: str = "",
    *,
    latin: str = "en",
    lang: str = "",
    place: str = "conferences/bar",
    time: int = 0,
    url: str = "x",
) -> Document:
    """A document in English unless said otherwise."""
    row = Row(title, author, time, url, place, lang or latin, body[:160])
    return Document(row, body, latin)
