"""Search indexes in memory, for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from solicomm_build.features.search.engine import files, segment
from solicomm_build.features.search.engine.document import GONE, Document, PlaceName, Row
from solicomm_build.features.search.engine.inverted import Inverted
from solicomm_build.features.search.engine.manifest import CHUNK, Listed, manifest
from solicomm_build.features.search.engine.reader import OpenIndex, open_index

PLACES: Mapping[str, PlaceName] = {
    "conferences/bar": PlaceName("conference", {"en": "Bar"}),
    "conferences/ice": PlaceName("list", {"en": "Ice"}),
}


def index_files(
    parts: Sequence[tuple[Inverted, Sequence[Row]]], dead: Mapping[int, Iterable[int]] = {}
) -> dict[str, bytes]:
    """The files of an index with these segments; `dead` are further tombstones by
    segment, counted as the documents were added."""
    made: dict[str, bytes] = {}
    listed: list[Any] = []
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
        listed.append(Listed(built.entry, "d", len(rows), tuple(gone), lengths, built.languages))
        rows += [of_segment[old] for old in built.order]
        made |= built.files
    for low in range(0, len(rows), CHUNK):
        path = f"d/{low // CHUNK}.js"
        made[path] = files.wrap(path, segment.columns(rows[low : low + CHUNK]))
    made["manifest.js"] = files.wrap("manifest.js", manifest(listed, PLACES))
    return made


def open_files(made: Mapping[str, bytes]) -> OpenIndex:
    """The index in these files."""
    return open_index(made.get)


def index_of(*segments: Sequence[Document | None]) -> OpenIndex:
    """An index of documents, cut into these segments."""
    return open_files(files_of(*segments))


def files_of(*segments: Sequence[Document | None]) -> dict[str, bytes]:
    """The files of an index of documents, cut into these segments."""
    parts = []
    for documents in segments:
        inverted = Inverted()
        for document in documents:
            inverted.add(document)
        parts.append((inverted, [d.row if d else GONE for d in documents]))
    return index_files(parts)


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
