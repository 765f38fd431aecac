"""A folder that holds backups: pieces of files, and what each backup is made of.

    backup.json                      which hub, and whose key: for everybody to read
    pieces/ab/<64 hex digits>.age    a piece of a file, at most 16 MiB, packed (zstd), then sealed
    snapshots/<time>.age             one backup: its name, JSON; packed, then sealed
    .lock                            held by who writes

A piece is called by its content (`Key.name`), so what did not change is there already, and a piece
that is damaged or swapped is found when it is read. A snapshot is written last: what a cut leaves
behind is pieces that nobody counts, which the next backup uses or takes away. Nothing is ever
changed in place. Format: docs/formats/backup.md.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zstandard

from solicomm_build.features.backup.errors import BackupError
from solicomm_build.features.backup.key import Key
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub import ownership

SCHEMA = "solicomm/backup@1"
PIECE = 16 << 20
_ABOUT = "backup.json"
_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"\d{8}T\d{6}Z(-\d+)?")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One backup: its `name` and when it was made."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """The folder at `path`, read and written with `key`. Blocking; durable where it says so."""

    path: Path
    key: Key

    def has(self, piece: str) -> bool:
        """Whether a piece is there."""
        return self._piece(piece).exists()

    def put(self, content: bytes) -> str:
        """Keeps a piece, durable but for its name (`settle`), and says what it is called."""
        name = self.key.name(content)
        path = self._piece(name)
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            sealed = self.key.seal(zstandard.compress(content, 1))
            safeio.write_atomic(path, sealed, durable_name=False, mode=0o600)
        return name

    def get(self, piece: str) -> bytes:
        """The content of a piece. Raises BackupError when it is missing or damaged."""
        path = self._piece(piece)
        content = self._opened(path)
        if self.key.name(content) != piece:
            raise BackupError(f"{path} is not the piece that it is called. {_DAMAGED}")
        return content

    def settle(self) -> None:
        """Makes the names of all pieces durable."""
        for folder in (*self._pieces.iterdir(), self._pieces):
            safeio.fsync_dir(folder)

    def keep(self, snapshot: dict[str, Any], at: datetime) -> Snapshot:
        """Writes one backup down, durable on return: from now on it is there."""
        stamp = at.astimezone(UTC).strftime(_STAMP)
        taken = {one.name for one in self.snapshots()}
        names = (stamp, *(f"{stamp}-{number}" for number in range(2, 1000)))
        name = next(one for one in names if one not in taken)
        octets = _octets(snapshot)
        proof = self.key.name(octets).encode("ascii")
        sealed = self.key.seal(zstandard.compress(proof + b"\n" + octets, 3))
        safeio.write_atomic(self._snapshots / f"{name}.age", sealed, mode=0o600)
        return _snapshot(name)

    def read(self, snapshot: Snapshot) -> dict[str, Any]:
        """What a backup is made of. Raises BackupError."""
        path = self._snapshots / f"{snapshot.name}.age"
        proof, _, octets = self._opened(path).partition(b"\n")
        try:
            found = json.loads(octets)
            at = datetime.fromisoformat(found["at"]).astimezone(UTC).strftime(_STAMP)
        except (ValueError, KeyError, TypeError) as error:
            raise BackupError(f"{path} is damaged. {_DAMAGED}") from error
        if proof != self.key.name(octets).encode("ascii") or not snapshot.name.startswith(at):
            raise BackupError(f"{path} was not written by this hub as it is called. {_DAMAGED}")
        if found.get("schema") != SCHEMA:
            raise BackupError(
                f"{path} is {found.get('schema')}, which this version of SoliComm does not know. "
                f"Use the version that made it ({found.get('program', 'a newer one')})"
            )
        result: dict[str, Any] = found
        return result

    def files(self, snapshot: Snapshot, folder: str) -> dict[str, bytes]:
        """The small files of a backup below a folder, by path. Raises BackupError."""
        rows = [one for one in self.read(snapshot)["files"] if one[0].startswith(folder)]
        return {name: b"".join(map(self.get, pieces)) for name, *_, pieces in rows}

    def snapshots(self) -> list[Snapshot]:
        """All backups, the oldest first."""
        names = (path.name.removesuffix(".age") for path in self._snapshots.glob("*.age"))
        return [_snapshot(name) for name in sorted(names, key=_order) if _NAME.fullmatch(name)]

    def aged(self, now: datetime) -> list[Snapshot]:
        """All backups, the oldest first, each with the time from which its age counts. One that is
        dated into the future, by a clock that was ahead, counts from when it is seen so: its file's
        time says that from then on."""
        found = [replace(one, at=self._since(one, now)) for one in self.snapshots()]
        return sorted(found, key=lambda one: one.at)

    def _since(self, one: Snapshot, now: datetime) -> datetime:
        if one.at <= now:
            return one.at
        path = self._snapshots / f"{one.name}.age"
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if written <= now:
            return written
        os.utime(path, (now.timestamp(), now.timestamp()))
        return now

    def drop(self, snapshots: list[Snapshot]) -> None:
        """Takes backups away, and the pieces that none of the others needs."""
        for one in snapshots:
            (self._snapshots / f"{one.name}.age").unlink(missing_ok=True)
        needed = {
            piece
            for one in self.snapshots()
            for *_, pieces in self.read(one)["files"]
            for piece in pieces
        }
        for path in self._pieces.glob("*/*"):
            if path.name.removesuffix(".age") not in needed:
                path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the folder for one writer. Raises BackupError while another is at it."""
        with safeio.locked(self.path / ".lock", blocking=False) as mine:
            if not mine:
                raise BackupError(f"another backup into {self.path} is at work. Wait for its end")
            yield

    @property
    def _pieces(self) -> Path:
        return self.path / "pieces"

    @property
    def _snapshots(self) -> Path:
        return self.path / "snapshots"

    def _piece(self, name: str) -> Path:
        return self._pieces / name[:2] / f"{name}.age"

    def _opened(self, path: Path) -> bytes:
        try:
            return (
                zstandard.ZstdDecompressor()
                .decompressobj()
                .decompress(self.key.open(path.read_bytes()))
            )
        except FileNotFoundError as error:
            raise BackupError(f"{path} is missing. {_DAMAGED}") from error
        except (ValueError, zstandard.ZstdError) as error:
            raise BackupError(f"{path} is damaged. {_DAMAGED}") from error
        except OSError as error:
            why = os.strerror(error.errno or 0)
            raise BackupError(f"{path} cannot be read: {why}. {_DAMAGED}") from error


_DAMAGED = (
    "Take it away: the next `solicomm backup` puts what the hub still has there anew; or restore "
    "an older one (--as-of)"
)


def is_begun(path: Path) -> bool:
    """Whether a folder says that it holds backups; so it is where nobody may look."""
    try:
        return (path / _ABOUT).exists()
    except PermissionError:
        return True


def begun(path: Path, key: Key, domain: str) -> Place:
    """The folder to write backups of the hub `domain` into; made when it is not there or is empty.
    Raises BackupError when it is something else, another hub's, or for another key."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        inside = {one.name for one in path.iterdir()} - {".lock", "lost+found"}
        if not (path / _ABOUT).exists():
            if {name for name in inside if not name.startswith(f".{_ABOUT}")}:
                raise BackupError(f"{path} is not empty, and holds no backup. Name an empty folder")
            about = {"schema": SCHEMA, "hub": domain, "key": key.recipient}
            octets = json.dumps(about, indent=1).encode() + b"\n"
            safeio.write_atomic(path / _ABOUT, octets, mode=0o600)
        place = opened(path, key)
        if (other := about_of(path)["hub"]) != domain:
            raise BackupError(f"{path} holds backups of {other}. Name a folder of its own")
        for name in ("pieces", "snapshots"):
            (path / name).mkdir(mode=0o700, exist_ok=True)
    except PermissionError as error:
        raise BackupError(ownership.not_allowed(path)) from error
    except OSError as error:
        words = os.strerror(error.errno or 0)
        raise BackupError(
            f"{path}: {words}. Name a folder that the hub's user may write"
        ) from error
    return place


def opened(path: Path, key: Key) -> Place:
    """The folder to read backups from. Raises BackupError when it holds none, or the key is
    another's."""
    about = about_of(path)
    if about["key"] != key.recipient:
        raise BackupError(
            f"{path} is sealed for the key {about['key']}, and the one given is {key.recipient}. "
            f"Name the key of {about['hub']}: --key FILE"
        )
    return Place(path, key)


def about_of(path: Path) -> dict[str, str]:
    """What a folder says of itself: `schema`, `hub`, `key`. Raises BackupError."""
    try:
        found = json.loads((path / _ABOUT).read_bytes())
        about = {name: str(found[name]) for name in ("schema", "hub", "key")}
    except FileNotFoundError as error:
        raise BackupError(
            f"{path} holds no backup: it has no {_ABOUT}. Name the folder that `solicomm backup` "
            "was given"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(
            f"{path / _ABOUT} is damaged. Write it anew: schema, hub and key, as "
            "`solicomm docs formats/backup` says"
        ) from error
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise BackupError(
            f"{path / _ABOUT}: {why}. Let the user that this runs as read it"
        ) from error
    if about["schema"] != SCHEMA:
        raise BackupError(
            f"{path} is {about['schema']}, which this version of SoliComm does not know. Use the "
            "version that made it"
        )
    return about


def _octets(snapshot: dict[str, Any]) -> bytes:
    try:
        return json.dumps(snapshot, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # a name that is no UTF-8: escaped, as Python has it (PEP 383)
        return json.dumps(snapshot, separators=(",", ":")).encode("ascii")


def _snapshot(name: str) -> Snapshot:
    return Snapshot(name, datetime.strptime(name[:16], _STAMP).replace(tzinfo=UTC))


def _order(name: str) -> tuple[str, int]:
    stamp, _, number = name.partition("-")
    return stamp, int(number) if number.isdigit() else 0
