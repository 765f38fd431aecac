"""What the last build of the search left: `state/search/`.

Derived like all of state/: deleting it costs a full build of the index. One process writes it,
under `state/search.lock`. `index.json` names the segments in use and is written last;
`<segment>.bin` holds 8 octets of key and the field lengths (three 32-bit numbers) of each of its
documents; `order.bin` the ids of all posts (8 octets each) in the order of the table; `chunks.bin`
8 octets of key for each of the table's files.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from solicomm_build import safeio
from solicomm_build.search.document import FIELDS

_DOCUMENT = struct.Struct(f"<8s{len(FIELDS)}I")
_ID = 8


@dataclass(frozen=True, slots=True)
class Kept:
    """A segment as it lies in public/. `key` is a hash of its documents' keys, `latin` each one's
    language."""

    chain: str  # "posts" or "pages"
    key: str
    first: int
    entry: dict[str, Any]
    dead: tuple[int, ...]
    lengths: tuple[int, ...]
    languages: dict[str, int]

    @property
    def id(self) -> str:
        """Its folder."""
        return str(self.entry["id"])

    @property
    def documents(self) -> int:
        """How many local ids it has."""
        return int(self.entry["documents"])


@dataclass(slots=True)
class SearchState:
    """All of it; empty when there is nothing or it cannot be read."""

    segments: list[Kept] = field(default_factory=list)
    order: list[bytes] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)


def read(folder: Path, version: str) -> SearchState:
    """What is kept in `folder`, if it is of this version and whole."""
    try:
        noted = json.loads((folder / "index.json").read_bytes())
        if noted["version"] != version:
            return SearchState()
        segments = [
            Kept(
                item["chain"], item["key"], item["first"], item["entry"], tuple(item["dead"]),
                tuple(item["lengths"]), item["languages"],
            )
            for item in noted["segments"]
        ]  # fmt: skip
        order = _cut((folder / "order.bin").read_bytes())
        chunks = _cut((folder / "chunks.bin").read_bytes())
    except (OSError, ValueError, KeyError, TypeError):
        return SearchState()
    return SearchState(segments, order, chunks)


def write(folder: Path, version: str, kept: SearchState) -> None:
    """Notes what lies in public/ now, and forgets the documents of other segments."""
    folder.mkdir(parents=True, exist_ok=True)
    _put(folder / "order.bin", b"".join(kept.order))
    _put(folder / "chunks.bin", b"".join(kept.chunks))
    segments = [
        {
            "chain": s.chain, "key": s.key, "first": s.first, "entry": s.entry,
            "dead": s.dead, "lengths": s.lengths, "languages": s.languages,
        }
        for s in kept.segments
    ]  # fmt: skip
    text = json.dumps({"version": version, "segments": segments}, ensure_ascii=False)
    safeio.write_atomic(folder / "index.json", text.encode(), durable=False)
    used = {f"{segment.id}.bin" for segment in kept.segments}
    for file in folder.glob("*.bin"):
        if file.name not in used | {"order.bin", "chunks.bin"}:
            file.unlink()


def forget(folder: Path) -> None:
    """Drops what is known, so that everything is made anew."""
    (folder / "index.json").unlink(missing_ok=True)


def write_documents(
    folder: Path, segment: str, keys: Sequence[bytes], lengths: Sequence[Sequence[int]]
) -> None:
    """Keeps the documents of a segment; `lengths` are columns, one a field."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = zip(keys, *lengths, strict=True)
    data = b"".join(_DOCUMENT.pack(*row) for row in rows)
    _put(folder / f"{segment}.bin", data)


def read_documents(folder: Path, segment: str) -> list[tuple[bytes, tuple[int, ...]]]:
    """(key, field lengths) of each document of a segment. Raises OSError or struct.error."""
    data = (folder / f"{segment}.bin").read_bytes()
    return [(key, tuple(lengths)) for key, *lengths in _DOCUMENT.iter_unpack(data)]


def _put(path: Path, data: bytes) -> None:
    try:
        if path.read_bytes() == data:
            return
    except FileNotFoundError:
        pass
    safeio.write_atomic(path, data, durable=False)


def _cut(data: bytes) -> list[bytes]:
    return [data[i : i + _ID] for i in range(0, len(data), _ID)]
