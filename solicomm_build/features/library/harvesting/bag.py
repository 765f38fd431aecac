"""A library as a bag for keeping (BagIt, RFC 8493): every card with every file, and their sums."""

from __future__ import annotations

import contextlib
import io
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bagit  # type: ignore[import-untyped]

from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.cardrows import BROKEN, Row
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader


@dataclass(frozen=True, slots=True)
class Packed:
    """What is in a bag: how many cards, the faults of those of them that cannot be read, and the
    files that were not there to be packed."""

    cards: int
    faulty: tuple[str, ...]
    missing: tuple[str, ...]


def pack(config: Config, library: str, folder: Path) -> Packed:
    """Makes `folder`, which must not be there, a bag that nobody else may enter. Drafts and what
    only members may read are in it, too; a card that cannot be read is in it as it is, with the
    files beside it."""
    if folder.exists():
        raise UsageError(f"{folder} is there already. Name a new folder")
    store = CardStore(config, library)
    rows = [row for row in store.rows() if row.status != "gone"]
    half = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.part")  # nobody's but ours
    half.mkdir(mode=0o700, parents=True)
    try:
        missing = _filled(store, rows, half)
        with contextlib.redirect_stdout(io.StringIO()):
            bagit.make_bag(
                str(half),
                {"Source-Organization": config.name, "External-Identifier": store.id},
                checksums=["sha256"],
            )
        half.rename(folder)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    faulty = tuple(row.fault for row in rows if row.status == BROKEN)
    return Packed(len(rows), faulty, tuple(missing))


def _filled(store: CardStore, rows: Sequence[Row], folder: Path) -> list[str]:
    """Writes the cards with their files; returns those that the hub lacks."""
    missing: list[str] = []
    with Reader(store.repo) as reader:
        (folder / "library.yaml").write_bytes(reader.at("HEAD", "library.yaml") or b"")
        for row in rows:
            missing += _card(store, reader, row, folder)
    return missing


def _card(store: CardStore, reader: Reader, row: Row, folder: Path) -> list[str]:
    """Writes one card and its files; returns those that the hub lacks."""
    path = entries.path(row.key)
    blob = reader.blob(row.blob)
    place = (folder / path).parent
    place.mkdir(parents=True)
    (place / "entry.md").write_bytes(blob)
    missing = []
    if row.status == BROKEN:
        for name, oid in row.files.items():
            (place / name).write_bytes(reader.blob(oid))
        return []
    for file in entryfile.decode(blob, path).files:
        large = store.files.path(file.sha256)
        if file.name in row.files:
            (place / file.name).write_bytes(reader.blob(row.files[file.name]))
        elif large is not None:
            shutil.copyfile(large, place / file.name)
        else:
            missing.append(f"{row.key}/{file.name}")
    return missing
