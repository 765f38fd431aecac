"""From one machine of a hub to another: what a stage puts into a spool whose cell is elsewhere.

    Spool.put ─PUT→ <kind>/<cell>/…  ─→ spool/come[-<cell>]/<kind>~… ─carried→ DELETE ─→ the spool

Where each cell has an owner of its own, commands (`desk`), reports (`bounces`), copies (`out`) and
mail (`in`) go through the store of objects. Their owner takes them once, wherever it is killed: a
file is on other machines before its object goes, and stands in the spool after that. What may be
put twice, because a machine took over that did not know it was done, is put under a key. The last
keys are remembered beside what comes, and so go where the cell goes: those that were `taken`, and
those that the machine with cell 0 has `put` into a spool of a cell that it had itself.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from solicomm_build.foundation import keys
from solicomm_build.foundation.errors import HubError, StoreError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import client
from solicomm_build.foundation.objects.objectspool import ObjectSpool, Place, key_name
from solicomm_build.foundation.safeio import fsync_dir, write_atomic
from solicomm_build.foundation.spool import SUFFIX, Item, Spool, decode, encode, next_name

KINDS: Final = ("desk", "bounces", "out", "in")
COME: Final = "come"
_TAKEN, _PUT = "taken", "put"
_MARK, _REMEMBERED = "~", 2_000


class Passing:
    """What this machine has for others, for all threads of a process: `put` is for
    spool.share_by."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._there: dict[Path, ObjectSpool] = {}
        self._unsure: dict[Path, list[str]] = {}

    def put(self, folder: Path, items: Iterable[Item], key: str) -> Path | None:
        """Keeps items in the store when they are for a spool of another machine; with a key, in a
        spool of this one's beside cell 0, unless they were there. Else None. Raises ObjectsError,
        OSError."""
        kind, cell = cells.of_spool(folder)
        if folder.parent != self._config.root / "spool" or kind not in KINDS:
            return None
        if lease.is_held(self._config, cell):
            return self._put_here(folder, items, key) if key and cell else None
        if folder not in self._there:
            self._there[folder] = of(self._config, kind, cell)
        return self._there[folder].put(items, key=key)

    def _put_here(self, folder: Path, items: Iterable[Item], key: str) -> Path:
        """That cell's courier sends at once, and the cell may go to another machine before it is
        noted that these are done."""
        cell = cells.of_spool(folder)[1]
        come, name = _folder(self._config, COME, cell), key_name(key)
        noted = _names(come / _PUT)
        if name in noted or name in _names(come / _TAKEN):
            return folder / name
        path = folder / next_name()
        write_atomic(path, encode(items), mode=0o600)
        point("passing.after-put")
        _write_names(come / _PUT, [*noted, name])
        self._unsure.setdefault(folder, []).append(name)
        return path

    def shared(self, folder: Path, *, is_so: bool) -> None:
        """Notes whether other machines have what was put into a spool; else it was not put."""
        unsure = self._unsure.pop(folder, [])
        if unsure and not is_so:
            path = _folder(self._config, COME, cells.of_spool(folder)[1]) / _PUT
            _write_names(path, [name for name in _names(path) if name not in unsure])


def of(config: Config, kind: str, cell: int) -> ObjectSpool:
    """What waits in the store for one spool of one cell. Raises HubError without a store."""
    s3 = config.cluster.s3
    if s3 is None or not s3.spool:
        raise HubError("`cluster.s3.spool` of hub.yaml names no bucket")
    place = Place(
        f"{kind}/{cell}",
        partial(client.bucket, s3, "spool", config.keys),
        config.cluster.node or "one",
        keys.spool_key(config.keys),
        config.state,
    )
    return ObjectSpool(Spool(_folder(config, kind, cell)), place)


def coming(config: Config, kind: str) -> Iterator[list[Item]]:
    """What other machines have for a spool of cell 0 and what is not in it yet, file by file; what
    is damaged is left out. Who looks into the spool after that has missed nothing. Raises
    ObjectsError, and FileNotFoundError when one went on meanwhile. Blocking."""
    if not config.cluster.divided:
        return
    spool = of(config, kind, 0)
    for name in spool.objects():
        with contextlib.suppress(StoreError):
            yield _items(spool.octets(name), name)
    for path in sorted(_folder(config, COME, 0).glob(f"{kind}{_MARK}*{SUFFIX}")):
        with contextlib.suppress(StoreError):
            yield _items(path.read_bytes(), path.name)


def _items(octets: bytes, name: str) -> list[Item]:
    return [one for one in decode(octets, name) if one is not None]


class Coming:
    """What comes to one cell, on the machine that has it. For one process; its spools are those
    that are no ingest's, which takes its objects itself."""

    def __init__(self, config: Config, keep: Callable[[], None]) -> None:
        """`keep` returns when other machines have what lies in `spool/come`."""
        self._keep, cell = keep, config.cell
        kinds = KINDS[:3] if cell == 0 else ("out",)
        self._spools = {kind: of(config, kind, cell) for kind in kinds}
        self._folder = _folder(config, COME, cell)

    def take(self) -> int:
        """Brings what waits in the store; how many files. Raises ObjectsError, NotKeptError: then
        it is done again. Blocking."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        taken = _names(self._folder / _TAKEN)
        put = _names(self._folder / _PUT)
        new: list[str] = []
        for kind, spool in self._spools.items():
            for name in spool.objects():
                path = self._folder / f"{kind}{_MARK}{name}"
                if (name in taken or name in put) and not path.exists():
                    spool.remove(name)  # it came before
                elif not path.exists() and self._write(spool, name, path):
                    new.append(name)
        if new:
            keyed = [name for name in new if name.startswith("key-")]
            _write_names(self._folder / _TAKEN, [*taken, *keyed])
            point("passing.after-come")
            self._keep()
            point("passing.after-kept")
        return self._let_in()

    def _write(self, spool: ObjectSpool, name: str, path: Path) -> bool:
        try:
            octets = spool.octets(name)
        except FileNotFoundError:
            return False
        except StoreError as error:
            spool.quarantine(spool.folder / name, error.public)
            return False
        write_atomic(path, octets, mode=0o600)
        return True

    def _let_in(self) -> int:
        """Puts what is kept elsewhere into the spools, once the store has it no more."""
        count = 0
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            kind, _, name = path.name.partition(_MARK)
            spool = self._spools[kind]
            spool.remove(name)
            point("passing.after-removed")
            os.replace(path, spool.folder / name)
            fsync_dir(spool.folder)
            spool.ring()
            count += 1
        return count


def let_in(config: Config) -> None:
    """Puts into the spools what came from other machines and is kept elsewhere no more: for a hub
    that is on one machine alone, where nobody takes it. Durable on return; safe to call again."""
    for come in sorted((config.root / "spool").glob(f"{COME}*")):
        cell = cells.of_spool(come)[1]
        for path in sorted(come.glob(f"*{SUFFIX}")):
            kind, _, name = path.name.partition(_MARK)
            spool = Spool(_folder(config, kind, cell))
            os.replace(path, spool.folder / name)
            fsync_dir(spool.folder)


def _names(path: Path) -> list[str]:
    try:
        return path.read_text("ascii").split("\n")
    except FileNotFoundError:
        return []


def _write_names(path: Path, names: list[str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomic(path, "\n".join(names[-_REMEMBERED:]).encode("ascii"), mode=0o600)


def _folder(config: Config, kind: str, cell: int) -> Path:
    return config.root / "spool" / (f"{kind}-{cell}" if cell else kind)
