"""The file itself that travels on a stick or in a mail: a zip with a signed manifest.

A file that was damaged is refused whole, before anything of it is looked at. Format:
docs/formats/network.md.
"""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import signed
from solicomm_build.foundation import clock, safeio, scratch
from solicomm_build.foundation.errors import ContentError, SoliCommError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import ID, Identity
from solicomm_build.foundation.schema import Section
from solicomm_build.foundation.yamlsafe import Node

SCHEMA = "solicomm/packet@1"
MANIFEST = "manifest.yaml"
MOST = 8 << 30
"""Octets of all files in one."""

_NAME = re.compile(r"[a-z]{2,20}/(?!\.)[a-z0-9.-]{1,80}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_FILES = 2000
"""In one, beside its manifest."""
_MANIFEST_OCTETS = 1 << 20  # 2000 files of 170 octets each are a third of it
_CHUNK = 1 << 20
_SLACK = 1 << 20  # octets
_FOLDS = 20
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write(aside: Path, out: Path, identity: Identity, for_: str) -> None:
    """Writes all files of a folder into a packet for a hub. Durable on return."""
    files = sorted(path for path in aside.rglob("*") if path.is_file())
    listed: list[Node] = [
        {
            "name": path.relative_to(aside).as_posix(),
            "bytes": str(path.stat().st_size),
            "sha256": _hashed(path),
        }
        for path in files
    ]
    values: dict[str, Node] = {
        "schema": SCHEMA,
        "hub": identity.id,
        "for": for_,
        "at": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "files": listed,
    }
    manifest = signed.write(values, identity)
    if not _written(out, manifest, aside, files, folding=True):
        _written(out, manifest, aside, files, folding=False)


def _written(
    out: Path, manifest: bytes, aside: Path, files: Sequence[Path], *, folding: bool
) -> bool:
    """Writes the zip, bundles compressed where it is `folding`; whether none of them unfolds so far
    that it would be taken for a bomb. Durable on return."""
    with out.open("wb") as file, zipfile.ZipFile(file, "w", compresslevel=5) as made:
        made.writestr(zipfile.ZipInfo(MANIFEST, _EPOCH), manifest)
        for path in files:
            info = zipfile.ZipInfo(path.relative_to(aside).as_posix(), _EPOCH)
            info.file_size = path.stat().st_size
            if folding and path.suffix == ".bundle":
                info.compress_type = zipfile.ZIP_DEFLATED
            with path.open("rb") as source, made.open(info, "w", force_zip64=True) as target:
                while chunk := source.read(_CHUNK):
                    target.write(chunk)
        made.close()
        file.flush()
        os.fsync(file.fileno())
        return all(_unfolds(one.file_size, one.compress_size) for one in made.infolist())


def _unfolds(size: int, folded: int) -> bool:
    """Whether a file of so many octets may come of so few: text and trees become a fourth."""
    return size <= _SLACK + _FOLDS * folded


def _hashed(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Packet:
    """A file that is whole: who made it and signed it, where its files lie now, and when it was
    made, where it says so."""

    hub: str
    key: str
    for_: str
    files: dict[str, Path]
    at: datetime | None = None


@contextmanager
def opened(config: Config, path: Path) -> Iterator[Packet]:
    """The file, unpacked aside and compared with its manifest. Raises ContentError."""
    config.state.mkdir(parents=True, exist_ok=True)
    with scratch.folder(config.state, scratch.PACKET) as folder:
        try:
            with safeio.reading_zip():
                found = _read(path, folder)
        except zipfile.BadZipFile as error:
            raise _damaged(path, "it is no file of `solicomm peer bundle`, or cut off") from error
        yield found


def _read(path: Path, folder: Path) -> Packet:
    with zipfile.ZipFile(path) as read:
        manifest = read.getinfo(MANIFEST)
        if manifest.file_size > _MANIFEST_OCTETS or manifest.compress_type != zipfile.ZIP_STORED:
            raise _damaged(path, "its manifest is too long")
        top, key = signed.read(read.read(manifest), file=MANIFEST, most=_MANIFEST_OCTETS)
        hub, for_, at, files = _listed(top, path)
        if {one.filename for one in read.infolist()} != {MANIFEST, *files}:
            raise _damaged(path, "it does not hold what its manifest names")
        found = Packet(hub, key, for_, _unpacked(read, files, folder, path), at)
    if not (identities.fits(hub, key) or _is_of(found)):
        raise _damaged(path, "another hub has signed it than it says")
    return found


def _is_of(packet: Packet) -> bool:
    """Whether the card within says that the hub has this key now."""
    card = packet.files.get(f"hubs/{packet.hub}.yaml")
    try:
        return card is not None and cards.read(card.read_bytes()).key == packet.key
    except SoliCommError:
        return False


def _listed(
    top: Section, path: Path
) -> tuple[str, str, datetime | None, dict[str, tuple[int, str]]]:
    top.schema(SCHEMA)
    hub = top.text("hub", required=True, example="water-3fk2q7ab", pattern=ID)
    for_ = top.text("for", example="water-3fk2q7ab", pattern=ID)
    at = top.moment("at")
    files = {}
    for one in top.sections("files", most=MOST_FILES):
        name = one.text("name", required=True, example="hubs/x.yaml", pattern=_NAME)
        size = one.integer("bytes", required=True, high=MOST)
        files[name] = size, one.text("sha256", required=True, example="0" * 64, pattern=_SHA256)
        one.close()
    top.close()
    top.raise_faults()
    if sum(size for size, _ in files.values()) > MOST:
        raise _damaged(path, f"it holds more than {MOST:,} bytes")
    return hub, for_, at, files


def _unpacked(
    read: zipfile.ZipFile, files: dict[str, tuple[int, str]], folder: Path, path: Path
) -> dict[str, Path]:
    found = {}
    for name, (size, sha256) in files.items():
        info = read.getinfo(name)
        if info.file_size != size or not _unfolds(size, info.compress_size):
            raise _damaged(path, f"{name} has not the size that it should have")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _damaged(path, f"{name} is compressed otherwise than by deflate")
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        with read.open(info) as source, target.open("wb") as out:
            if _copied(source, out) != sha256:
                raise _damaged(path, f"{name} was changed")
        found[name] = target
    return found


def _copied(source: IO[bytes], out: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        out.write(chunk)
    return digest.hexdigest()


def _damaged(path: Path, what: str) -> ContentError:
    remedy = "Nothing of it was taken. Have it written again: solicomm peer bundle"
    return ContentError(f"the file cannot be trusted: {what}", file=path.name, remedy=remedy)
