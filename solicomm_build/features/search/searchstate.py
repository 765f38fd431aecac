"""What the last build of the search left: `state/search/`.

Derived like all of state/: deleting it costs a full build of the index. One process writes it,
under `state/search.lock`. `index.json` names the segments in use and is written last;
`<segment>.bin` holds of each of its documents in local order 8 octets of key, its place in the
order of arrival, and its field lengths (32-bit numbers); `<segment>.rows` and `recent.rows` 8
octets of key for each file of a table; `order.bin` the ids of all posts (8 octets each) in the
order of arrival, to which new ones are added; `listing.sqlite` is posts/shelf.py's.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from solicomm_build.features.search.engine.document import FIELDS
from solicomm_build.features.search.searchlisting import KEY
from solicomm_build.foundation import safeio

_DOCUMENT = struct.Struct(f"<8sI{len(FIELDS)}I")
_ORDER = "order.bin"
Ids = Callable[[], Iterable[bytes]]
RECENT = "recent"
"""The table of the recent posts."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A segment as it lies in public/. `key` is a hash of what is indexed of its documents, `shown`
    of what results show of them; `small` is the recent one. `days` are the first and the last of
    its documents, if they were asked for."""

    chain: str  # "posts" or "pages"
    key: str
    shown: str
    small: bool
    first: int
    entry: dict[str, Any]
    dead: tuple[int, ...]
    lengths: tuple[int, ...]
    languages: dict[str, int]
    days: tuple[int, int] | None = None

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
    """The segments; none when there is nothing or it cannot be read."""

    segments: list[Kept] = field(default_factory=list)


def read(folder: Path, version: str) -> SearchState:
    """What is kept in `folder`, if it is of this version and whole."""
    try:
        noted = json.loads((folder / "index.json").read_bytes())
        if noted["version"] != version:
            return SearchState()
        segments = [
            Kept(
                **item
                | {"dead": tuple(item["dead"]), "lengths": tuple(item["lengths"])}
                | ({"days": tuple(item["days"])} if item.get("days") else {})
            )
            for item in noted["segments"]
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return SearchState()
    return SearchState(segments)


def write(folder: Path, version: str, kept: SearchState, ids: Ids) -> None:
    """Notes what lies in public/ now, and forgets the documents of other segments. `ids` are those
    of all posts, in the order of their arrival."""
    folder.mkdir(parents=True, exist_ok=True)
    _put_order(folder / _ORDER, ids)
    segments = [asdict(segment) for segment in kept.segments]
    text = json.dumps({"version": version, "segments": segments}, ensure_ascii=False)
    safeio.write_atomic(folder / "index.json", text.encode(), durable=False)
    used = {segment.id for segment in kept.segments} | {"order", RECENT}
    for file in (*folder.glob("*.bin"), *folder.glob("*.rows")):
        if file.stem not in used:
            file.unlink()


def order(folder: Path) -> bytes:
    """The ids of the posts in the order in which the segments have them, 8 octets each."""
    try:
        data = (folder / _ORDER).read_bytes()
    except OSError:
        return b""
    return data[: len(data) // KEY * KEY]


def goes_on(folder: Path, ids: Ids) -> bool:
    """Whether these ids are in the order that is kept, with new ones at the end alone."""
    return _there_of(folder / _ORDER, ids) is not None


def forget(folder: Path) -> None:
    """Drops what is known, so that everything is made anew."""
    for file in (folder / "index.json", *folder.glob("*.rows"), *folder.glob("listing.sqlite*")):
        file.unlink(missing_ok=True)


def write_documents(
    folder: Path,
    segment: str,
    keys: bytes | bytearray,
    order: Sequence[int],
    lengths: Sequence[Sequence[int]],
) -> None:
    """Keeps the documents of a segment in its local `order`; `keys` (8 octets each) and `lengths`
    (columns, one a field) come in the order of arrival."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = (
        _DOCUMENT.pack(keys[old * KEY : (old + 1) * KEY], old, *(of[old] for of in lengths))
        for old in order
    )
    _put(folder / f"{segment}.bin", b"".join(rows))


def read_documents(folder: Path, segment: str) -> list[tuple[bytes, int, tuple[int, ...]]]:
    """(key, place in the order of arrival, field lengths) of each document of a segment, by local
    id. Raises OSError or struct.error."""
    data = (folder / f"{segment}.bin").read_bytes()
    return [(key, old, tuple(lengths)) for key, old, *lengths in _DOCUMENT.iter_unpack(data)]


def read_rows(folder: Path, name: str) -> list[bytes]:
    """The keys of a table's files; none when they are not known."""
    try:
        return _cut((folder / f"{name}.rows").read_bytes())
    except OSError:
        return []


def write_rows(folder: Path, name: str, keys: Sequence[bytes]) -> None:
    """Keeps the keys of a table's files."""
    folder.mkdir(parents=True, exist_ok=True)
    _put(folder / f"{name}.rows", b"".join(keys))


def taken(folder: Path) -> list[tuple[str, bytes]]:
    """What is kept of segments that were made for another machine; it is gone from here then."""
    files = sorted((*folder.glob("*.bin"), *folder.glob("*.rows")))
    found = [(file.name, file.read_bytes()) for file in files]
    for file in files:
        file.unlink()
    return found


def bring(folder: Path, files: Sequence[tuple[str, bytes]]) -> None:
    """Keeps what was `taken` elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files:
        _put(folder / name, data)


def _put_order(path: Path, ids: Ids) -> None:
    """Writes what is new at the end; all, when the order is another one."""
    there = _there_of(path, ids)
    if there is None:
        safeio.write_atomic(path, b"".join(ids()), durable=False)
        return
    with path.open("ab") as file:
        file.truncate(there)
        passed = 0
        for some in ids():
            file.write(some[max(there - passed, 0) :])
            passed += len(some)


def _there_of(path: Path, ids: Ids) -> int | None:
    """How many octets are there already of these ids; None when others are there."""
    there = 0
    try:
        with path.open("rb") as file:
            for some in ids():
                found = file.read(len(some))
                found = found[: len(found) // KEY * KEY]
                if not some.startswith(found):
                    return None
                there += len(found)
            return None if file.read(KEY)[KEY - 1 :] else there
    except OSError:
        return None


def _put(path: Path, data: bytes) -> None:
    try:
        if path.read_bytes() == data:
            return
    except FileNotFoundError:
        pass
    safeio.write_atomic(path, data, durable=False)


def _cut(data: bytes) -> list[bytes]:
    return [data[i : i + KEY] for i in range(0, len(data), KEY)]
