"""Snapshots of repositories in a store of objects, for the place of a machine that has nothing yet:
it begins with these, and whoever has the hub pushes what came since.

    repository → git bundle → pieces, each sealed → snapshots/<cell>/<stamp>/<number>
    what there is → snapshots/<cell>.json, sealed, put last

A place that begins so stands where the repository stood then, fence and refs, as one that was
brought back from a copy of its disk: an ancestor of the newest, which pushing.py brings up to date.
A snapshot that is old, damaged or away costs time, no more. Pieces lie in the bucket for mail, and
only who has the hub's key can open them.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from solicomm_build.foundation import clock, keys, safeio
from solicomm_build.foundation.errors import HubError, SoliCommError, StoreError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import client, sealing
from solicomm_build.foundation.objects.client import Objects, ObjectsError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.replica import fence as fences
from solicomm_build.git.replica import guests, places, pushing
from solicomm_build.git.replica.carried import repositories
from solicomm_build.git.replica.fence import FENCE
from solicomm_build.git.replica.moving import LOCK
from solicomm_build.git.repo import Repo

_BELOW: Final = "snapshots"
_AS_THEY_WERE: Final = "refs/solicomm/snapshot/"
_PIECE = 8 << 20  # octets: one piece is in memory at a time


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One repository: when it was made (ISO 8601), where its pieces are, and the fence that the
    repository had then."""

    made: str
    stamp: str
    pieces: int
    octets: int
    fence: str


class Snapshots:
    """Those of one hub. Each raises ObjectsError when the store does not answer. Blocking."""

    def __init__(self, config: Config) -> None:
        """Raises HubError when the hub has no store for it, or its account cannot be read."""
        s3 = config.cluster.s3
        if s3 is None or not s3.spool:
            raise HubError(
                "hub.yaml names no `s3: spool` below `cluster`, where snapshots would lie. "
                "`solicomm docs s3` says how"
            )
        self._config = config
        self._key = keys.spool_key(config.keys)
        self._store: Objects = client.bucket(s3, "spool", config.keys)

    def make(self, cell: int, say: Callable[[str], None] = lambda _said: None) -> int:
        """Has a snapshot of each repository of a cell, of which it makes those anew that have moved
        since, and all where their list is damaged; how many. Killed, it is done again. Raises
        StoreError at the end where some are damaged: what there was of these stays."""
        before, now, made = self._known(cell, say), dict[str, Snapshot](), 0
        stale: dict[str, StoreError] = {}
        looked = clock.now().isoformat(timespec="seconds")
        for name in _of_cell(self._config, cell):
            repo = Repo(self._config.root / name)
            known = before.get(name)
            try:
                fence = refs.read(repo.path, FENCE) or ""
                is_same = known is not None and known.fence == fence
                new = known if is_same else self._put(repo, cell)
            except StoreError as error:
                stale[name], new, is_same = error, known, True
            if new is not None:
                now[name] = new if name in stale else replace(new, made=looked)
            if new is not None and not is_same:
                made += 1
                say(f"{name}: {new.octets >> 10} KiB")
        point("snapshots.before-list")
        self._keep_list(cell, now)
        self._sweep(cell, {one.stamp for one in now.values()})
        if stale:
            names, why = ", ".join(Path(name).name for name in stale), next(iter(stale.values()))
            said = f"no new snapshots of {names}, as they are damaged: {why.public}"
            raise StoreError(f"{said}. `solicomm fsck` looks closer")
        return made

    def listed(self, cell: int) -> dict[str, Snapshot]:
        """What there is of a cell, by path in the hub. Raises StoreError when it is damaged."""
        try:
            octets = sealing.opened(self._key, self._store.get(_list(cell)), _list(cell))
        except FileNotFoundError:
            return {}
        try:
            found = json.loads(octets)
            return {str(name): Snapshot(**one) for name, one in found.items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise StoreError(f"{_list(cell)}: no list of snapshots that this one knows") from error

    def _known(self, cell: int, say: Callable[[str], None]) -> dict[str, Snapshot]:
        """The same; none, which is said, when the list is damaged."""
        try:
            return self.listed(cell)
        except StoreError as error:
            say(error.public)
            return {}

    def seed(self, folder: Path, say: Callable[[str], None] = lambda _said: None) -> int:
        """Has a place, a folder of this machine, begin with what snapshots have of repositories
        that are not there; how many. Each comes whole or not at all. What cannot be had is said."""
        count = 0
        for cell in range(_count(self._config)):
            for name, one in self._known(cell, say).items():
                if (folder / name).exists():
                    continue
                try:
                    self._bring(folder / name, cell, one)
                    count += 1
                except StoreError as error:
                    say(f"{name}: its snapshot is of no use: {error.public}")
        return count

    def _bring(self, path: Path, cell: int, one: Snapshot) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".snapshot-") as folder:
            bundle, made = Path(folder) / "bundle", Path(folder) / "new.git"
            with open(bundle, "wb") as file:
                for number in range(one.pieces):
                    where = _piece(cell, one.stamp, number)
                    try:
                        octets = self._store.get(where)
                    except FileNotFoundError as error:
                        raise StoreError(f"{where} is not there any more") from error
                    file.write(sealing.opened(self._key, octets, where))
            places.begin(made)
            words = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(bundle)]
            Repo(made).git(*words, f"+{_AS_THEY_WERE}*:refs/*")
            if (path / "HEAD").exists():
                return  # whoever has the hub was quicker
            os.rename(made, path)
            safeio.fsync_dir(path.parent)

    def forget_all(self) -> int:
        """Takes all away, as an erasure needs it; how many repositories that were."""
        count = 0
        for cell in range(_count(self._config)):
            with contextlib.suppress(StoreError):
                count += len(self.listed(cell))
            self._store.delete(_list(cell))
            self._sweep(cell, set())
        return count

    def _put(self, repo: Repo, cell: int) -> Snapshot | None:
        """None for a repository that has nothing yet, or is in the middle of a step."""
        stamp = f"{int(clock.timestamp() * 1_000_000):016d}-{self._config.cluster.node}"
        number, octets = 0, 0
        with _still(repo) as fence:
            if fence is None:
                return None
            with tempfile.TemporaryDirectory(dir=repo.path, prefix="snapshot-") as folder:
                bundle = Path(folder) / "bundle"
                repo.git("bundle", "create", "--quiet", str(bundle), f"--glob={_AS_THEY_WERE}*")
                with open(bundle, "rb") as file:
                    while piece := file.read(_PIECE):
                        where = _piece(cell, stamp, number)
                        self._store.put(where, sealing.sealed(self._key, piece, where))
                        number, octets = number + 1, octets + len(piece)
        point("snapshots.after-pieces")
        return Snapshot("", stamp, number, octets, fence)

    def _keep_list(self, cell: int, now: Mapping[str, Snapshot]) -> None:
        octets = json.dumps({name: asdict(one) for name, one in now.items()}).encode()
        self._store.put(_list(cell), sealing.sealed(self._key, octets, _list(cell)))

    def _sweep(self, cell: int, kept: set[str]) -> None:
        for name in self._store.names(f"{_BELOW}/{cell}"):
            if name.split("/")[2] not in kept:
                self._store.delete(name)


@contextlib.contextmanager
def _still(repo: Repo) -> Iterator[Oid | None]:
    """The fence of a repository, with refs that stand, until the block ends, where those that are
    kept stood with it; None when it has none, or its step is not done."""
    _drop(repo)  # of one that was killed
    with safeio.locked(repo.path / LOCK):
        fence = fences.here(repo)
        if fence is not None and guests.has_moved(repo, fence):
            for name, oid in {**pushing.kept_refs(repo), FENCE: fence.oid}.items():
                refs.swap(repo.path, f"{_AS_THEY_WERE}{name.removeprefix('refs/')}", oid, None)
        else:
            fence = None
    try:
        yield fence.oid if fence is not None else None
    finally:
        _drop(repo)


def _drop(repo: Repo) -> None:
    lines = repo.git("for-each-ref", "--format=%(refname) %(objectname)", _AS_THEY_WERE)
    for line in lines.decode().splitlines():
        name, _, oid = line.partition(" ")
        refs.swap(repo.path, name, None, Oid(oid))


def seed_new(config: Config, say: Callable[[str], None]) -> None:
    """Has the own place of a machine that has nothing begin with snapshots, where the hub has some.
    Says what came of it; never fails. Blocking."""
    s3, own = config.cluster.s3, config.cluster.git.own
    if s3 is None or not s3.spool or not own or not Path(own).is_dir():
        return
    if any(Path(own).glob("*/*.git")) or any(Path(own).glob("*/*/*.git")):
        return
    try:
        count = Snapshots(config).seed(Path(own), say)
    except (ObjectsError, HubError, StoreError, OSError) as error:
        said = error.public if isinstance(error, SoliCommError) else str(error)
        say(f"no snapshots ({said}); all comes from other machines")
        return
    if count:
        say(f"{count} repositories begin with their snapshots; the rest comes from other machines")


def oldest(config: Config) -> Iterator[tuple[int, str]]:
    """Of each cell that has snapshots when the oldest of these was made. Raises ObjectsError,
    HubError."""
    snapshots = Snapshots(config)
    for cell in range(_count(config)):
        if found := snapshots.listed(cell):
            yield cell, min(one.made for one in found.values())


def told(config: Config) -> str:
    """A sentence about how old they are."""
    try:
        ages = dict(oldest(config))
    except (ObjectsError, HubError, StoreError) as error:
        return f"snapshots in S3: {error.public}"
    lacking = [str(cell) for cell in range(_count(config)) if cell not in ages]
    if lacking:
        which = f" of cell {', '.join(lacking)}" if config.cluster.divided else ""
        return f"snapshots in S3: none{which} yet. `solicomm cells snapshot` makes them"
    first = datetime.fromisoformat(min(ages.values()))
    hours = int((clock.now() - first).total_seconds()) // 3600
    return f"snapshots in S3: the oldest of {first:%Y-%m-%d %H:%M} UTC, {hours} hours ago"


def mine(config: Config) -> list[int]:
    """The cells of which this machine makes snapshots: those that it has just now."""
    return [cell for cell in range(_count(config)) if lease.is_held(config, cell)]


def _count(config: Config) -> int:
    return cells.division(config).cells if config.cluster.divided else 1


def _of_cell(config: Config, cell: int) -> list[str]:
    is_divided = config.cluster.divided
    return [
        name
        for name in repositories(config)
        if not is_divided or cells.of_repository(config, config.root / name) == cell
    ]


def _list(cell: int) -> str:
    return f"{_BELOW}/{cell}.json"


def _piece(cell: int, stamp: str, number: int) -> str:
    return f"{_BELOW}/{cell}/{stamp}/{number:06d}"
