"""Writes an update: what a stick has now and another one, of the same hub, has not.

    update.zip    update.json   what it leads from and to, the files with their sums, what goes
                  data/N.K      the pieces of the file N, in their order

Parts are zips of their own, since mail and messengers take nothing else: of each file in the first,
of the others the pieces alone.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.features.pocket.stick import about, sums
from solicomm_build.features.pocket.stick.about import About
from solicomm_build.features.pocket.updating import apply
from solicomm_build.foundation.errors import ContentError, UsageError

LEAST_PART = 100_000
"""Octets of a part, at least."""
_PIECES = 8
"""Pieces of a file that fill a part, at least: so much of one may be left empty."""
_ROOM = 2000  # octets that a zip needs beside its files
_LISTED = 80  # octets that a file more costs in the list at its end
_EPOCH = (1980, 1, 1, 0, 0, 0)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class State:
    """A stick as its list says it is: the list, its sum, and what it names."""

    blob: bytes
    files: Mapping[str, str]

    @property
    def sum(self) -> str:
        """The SHA-256 of the list in hex, by which updates know it."""
        return hashlib.sha256(self.blob).hexdigest()


@dataclass(frozen=True, slots=True)
class Made:
    """An update that was written: its files, how many files and octets it brings, what goes, the
    octets that the stick has as a whole, and those of the update."""

    paths: tuple[Path, ...]
    files: int
    gone: int
    octets: int
    whole: int


def state_of(blob: bytes, file: str = sums.SUMS) -> State:
    """What a list says. Raises ContentError."""
    return State(blob, sums.decode(blob, file))


def proved(folder: Path) -> tuple[State, About, str]:
    """A stick whose list its hub has signed: as it is, what it is, and the signature. Raises
    UsageError or ContentError."""
    if not (folder / sums.OWN).is_dir():
        raise UsageError(f"{folder} is no stick of a hub: it has no folder {sums.OWN}")
    if (folder / sums.WRITING).exists():
        raise UsageError(f"{folder} is half written. Run `solicomm stick` for it again: it goes on")
    key = sums.signer(folder)
    state = state_of((folder / sums.SUMS).read_bytes())
    if sums.hashed(folder / about.FILE) != state.files.get(about.FILE, "-"):
        raise not_as_written(about.FILE)
    said = about.decode((folder / about.FILE).read_bytes())
    if not said.is_by(key):
        raise ContentError(
            f"it says {said.hub}, and another hub has signed it",
            file=about.FILE,
            remedy="Do not hand it on: somebody has changed the stick",
        )
    return state, said, (folder / sums.SIGNATURE).read_text("ascii")


def changed(since: State, state: State) -> list[str]:
    """The names of files that another state has not, or not so."""
    return sorted(name for name, sha in state.files.items() if since.files.get(name) != sha)


def moment(said: About) -> str:
    """When something of a stick last changed, as its `stick.yaml` says it."""
    return said.at.strftime("%Y-%m-%dT%H:%M:%SZ")


def write(
    folder: Path, since: State, out: Path, *, part: int = 0, progress: Progress = lambda a, b: None
) -> Made:
    """Writes the update from `since` to the stick in `folder`; in parts of so many octets where
    `part` says how many. Raises UsageError, ContentError when a file of the stick was changed.
    Blocking."""
    if part and part < LEAST_PART:
        raise UsageError(f"parts have {LEAST_PART // 1000} KB at least")
    state, said, signature = proved(folder)
    names = changed(since, state)
    gone = sorted(since.files.keys() - state.files.keys())
    if not (names or gone):
        raise UsageError("there is nothing new: both are the same")
    files = [(name, state.files[name], (folder / name).stat().st_size) for name in names]
    head = {
        "schema": apply.SCHEMA,
        "hub": said.hub,
        "from": since.sum,
        "to": state.sum,
        "at": moment(said),
    }
    more = {"files": files, "gone": gone, "signature": signature}
    parts = _Parts(out, part, head, more)
    try:
        for number, (name, sha, _) in enumerate(files):
            _one(parts, folder, number, name, sha)
            progress(number + 1, len(files))
        paths = parts.finish()
    except BaseException:
        parts.drop()
        raise
    whole = sum((folder / name).stat().st_size for name in state.files)
    octets = sum(path.stat().st_size for path in paths)
    return Made(paths, len(files), len(gone), octets, whole)


def _one(parts: _Parts, folder: Path, number: int, name: str, sha: str) -> None:
    found = hashlib.sha256()
    for place, piece in enumerate(_pieces(folder / name, parts.piece)):
        found.update(piece)
        parts.add(f"data/{number}.{place}", piece)
    if found.hexdigest() != sha:
        raise not_as_written(name)


def _pieces(path: Path, size: int) -> Iterator[bytes]:
    """The octets of a file in pieces; an empty one has one, too."""
    with path.open("rb") as file:
        some = file.read(size)
        yield some
        while len(some) == size and (some := file.read(size)):
            yield some


class _Parts:
    """The zips of an update, one after the other. What a part is says its `update.json`, which is
    added when it is known how many there are."""

    def __init__(
        self, out: Path, most: int, head: Mapping[str, object], more: Mapping[str, object]
    ) -> None:
        self._out, self._most, self._head, self._more = out, most, head, more
        self.piece = max(most // _PIECES, 1) if most else 32 << 20
        self._begun: list[Path] = []
        self._mark = secrets.token_hex(4)  # what is begun lies upon nobody's file
        self._count = 0
        self._zip: zipfile.ZipFile
        first = zlib.compress(json.dumps(more, ensure_ascii=False).encode())
        self._room = most - _ROOM - len(first) if most else 0  # of the first part
        self._next()

    def add(self, name: str, octets: bytes) -> None:
        """Adds a piece; begins a part for it where this one has no room for it."""
        lies = (self._zip.fp.tell() if self._zip.fp is not None else 0) + _LISTED * self._count
        if self._most and lies and lies + len(octets) > self._room:
            self._zip.close()
            self._next()
            self._room = self._most - _ROOM
        self._write(name, octets)
        self._count += 1

    def finish(self) -> tuple[Path, ...]:
        """Says in each part which it is, and gives them their names."""
        self._zip.close()
        of, names = len(self._begun), []
        for number, path in enumerate(self._begun, 1):
            with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as self._zip:
                said = {**self._head, "part": number, "parts": of}
                said |= self._more if number == 1 else {}
                self._write(apply.ABOUT, json.dumps(said, ensure_ascii=False).encode())
            name = self._out if of == 1 else _numbered(self._out, number, of)
            path.replace(name)
            names.append(name)
        return tuple(names)

    def drop(self) -> None:
        """Takes away what was begun."""
        self._zip.close()
        for path in self._begun:
            path.unlink(missing_ok=True)

    def _next(self) -> None:
        number = len(self._begun) + 1
        path = self._out.with_name(f"{self._out.name}.{self._mark}.{number}.part")
        self._begun.append(path)
        self._count = 0
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9)

    def _write(self, name: str, octets: bytes) -> None:
        info = zipfile.ZipInfo(name, _EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        self._zip.writestr(info, octets, compresslevel=9)


def _numbered(out: Path, number: int, of: int) -> Path:
    return out.with_name(f"{out.stem}-{number}-of-{of}{out.suffix or '.zip'}")


def not_as_written(name: str) -> ContentError:
    """What is said of a file of a stick that was changed or is missing."""
    return ContentError(
        "the file is not as it was written",
        file=name,
        remedy="Nothing was written. Have the stick brought up to date first: solicomm stick DIR",
    )
