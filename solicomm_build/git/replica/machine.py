"""A hub on this machine, of which others have copies: `join` has a process move refs and fill
spools so that they keep all of it, and `take_over` makes the hub this machine's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from solicomm_build.foundation import spool
from solicomm_build.foundation.errors import ConflictError, NotKeptError, StoreError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects.passing import Passing
from solicomm_build.foundation.spool import Item
from solicomm_build.git import receiving, refs
from solicomm_build.git.quarantine import QuarantinedRepo
from solicomm_build.git.replica import setaside
from solicomm_build.git.replica.carried import CARRIED, SPOOLS, Carried, repositories
from solicomm_build.git.replica.moving import Replicated
from solicomm_build.git.replica.pushing import Moves
from solicomm_build.git.repo import Repo, create

_AT_ONCE = 8  # repositories that are taken over side by side: most of it is waiting for followers
_GUARDED = ("content/conferences/", "content/libraries/", "unions/")


class Kept:
    """What has other machines keep the spools of a hub: one for all cells, or one for each."""

    def __init__(self, config: Config, mover: Replicated) -> None:
        self._config, self._mover = config, mover
        self._by_cell: dict[int, Carried] = {}
        self._passing = Passing(config) if config.cluster.divided else None
        self.has_followed = False
        """Whether the plain files of the hub are here as they were on the owner's machine."""

    def of(self, cell: int) -> Carried:
        """That of a cell, which is 0 where all go together."""
        if cell not in self._by_cell:
            self._by_cell[cell] = Carried(self._config.in_cell(cell), self._arrive)
        return self._by_cell[cell]

    def _arrive(self, git_dir: Path) -> None:
        """Others keep a new repository: from here, or from whoever takes its cell over."""
        cell = cells.of_repository(self._config, git_dir) if self._config.cluster.divided else 0
        owner = lease.owners(self._config).get(cell)
        is_elsewhere = owner is not None and owner.node != self._config.cluster.node
        if is_elsewhere or lease.is_held(self._config, cell):
            self._mover.arrive(git_dir)

    def keep(self, folder: Path) -> None:
        """See spool.Sharing."""
        kind, cell = cells.of_spool(folder)
        if self._passing is None:
            self.of(0).keep()
        elif kind in SPOOLS:
            is_so = False
            try:
                self.of(cell).keep()
                is_so = True
            finally:
                self._passing.shared(folder, is_so=is_so)

    def pass_on(self, folder: Path, items: Iterable[Item], key: str) -> Path | None:
        """See spool.Sharing."""
        return self._passing.put(folder, items, key) if self._passing is not None else None


def pair(config: Config) -> tuple[Replicated, Kept]:
    """What moves the refs of a hub, and what carries its plain files. Starts and writes nothing."""
    mover = Replicated(config)
    kept = Kept(config, mover)

    def known(repo: Repo) -> None:
        if repo.path.name == CARRIED:
            return
        if config.cluster.divided and not lease.is_held(config, 0):
            raise NotKeptError(f"{repo.path.name}: new ones begin on the machine that has cell 0")
        kept.of(0).keep(first=repo)

    mover.known = known
    return mover, kept


def join(config: Config) -> tuple[Replicated, Kept]:
    """Has this process and those forked from here do what they do on other machines, too."""
    mover, kept = pair(config)
    refs.use(mover)
    spool.share_by(kept)
    return mover, kept


def leave() -> None:
    """Has this process move refs and fill spools on this machine alone again."""
    refs.use(None)
    spool.share_by(None)


def offer(config: Config, repo: QuarantinedRepo, moves: Moves) -> None:
    """Has other machines keep what a push brought, before git takes it. Raises NotKeptError."""
    pair(config)[0].offer(repo, moves)


def begin(config: Config, numbers: Iterable[int]) -> None:
    """Has all places have the repositories of cells that are in force for nobody yet, empty, so
    that any machine may take one of them. For the machine with cell 0. Blocking; safe to call
    again. Raises NotKeptError, DeposedError."""
    mover, kept = pair(config)
    for cell in numbers:
        carried = kept.of(cell)
        carried.begin()
        for path in (config.in_cell(cell).mail_repo, carried.repo.path):
            mover.begin(path)


def take_over(
    config: Config, say: Callable[[str], None] = lambda _said: None, cell: int = 0
) -> int:
    """Makes the hub this machine's, whose lease it has, or a cell of it where each has its own;
    returns how many repositories it has. The plain files first: from then on a machine that was
    deposed cannot say 250 any more. Raises NotKeptError, DeposedError. Blocking; safe to call
    again."""
    mover, kept = join(config)
    carried = kept.of(cell)
    carried.begin()
    mover.take_over(carried.repo.path)
    listed = carried.restore()
    if cell:
        listed = kept.of(0).listed()
        if not listed:
            said = f"cell {cell}: this machine does not know yet what the hub has; again"
            raise NotKeptError(said)
    if listed is not None:
        listed = sorted(_fit(config, listed, say) if not cell else listed)
        mine = [name for name in listed if _is_of(config, name, cell)]
        _make(config, mine)
    elif config.cluster.divided and not config.roster_repo.is_dir():
        said = "this machine has no hub, nor has any follower. Start it where the hub is first"
        raise NotKeptError(said)
    else:
        mine = [name for name in repositories(config) if _is_of(config, name, cell)]
        carried.keep()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda name: mover.take_over(config.root / name), mine))
    carried.keep(whole=True)
    return len(mine)


def follow(config: Config, mover: Replicated, kept: Kept) -> tuple[int, bool]:
    """Has this machine's copy of a hub stand where the owners of its cells left it, as far as that
    is here: how many repositories moved, and whether it is known what there is. One that is damaged
    here holds no other. Blocking; safe to call again. Raises NotKeptError, DeposedError, and
    StoreError of a damaged one once no other moves."""
    carried = kept.of(0)
    is_home = lease.is_held(config, 0)
    carried.begin()
    moved = 0
    if not is_home and (mover.follow(carried.repo.path) or not kept.has_followed):
        if (listed := carried.follow()) is None:
            return 0, False
        _make(config, _fit(config, listed, lambda _said: None))
        kept.has_followed = True
        moved += 1
    names = repositories(config) if is_home else carried.listed()
    behind, damaged = 0, None
    for name in names:
        try:
            moved += mover.follow(config.root / name)
        except (NotKeptError, ConflictError):
            behind += 1
        except StoreError as error:
            behind, damaged = behind + 1, damaged or error
    if damaged is not None and not moved:
        raise damaged
    return moved, bool(carried.listed()) and not behind


def _is_of(config: Config, name: str, cell: int) -> bool:
    return not config.cluster.divided or cells.of_repository(config, config.root / name) == cell


def _fit(config: Config, listed: Iterable[str], say: Callable[[str], None]) -> list[str]:
    """Sets aside what the hub has no more; what it has."""
    there = set(listed)
    for name in sorted(set(repositories(config)) - there):
        say(
            f"{name} is no repository of the hub any more; it lies in private/{setaside.FOLDER} now"
        )
        setaside.put(config, name)
    return sorted(there)


def _make(config: Config, listed: Iterable[str]) -> None:
    """Makes what is not here yet."""
    receiving.install(config)
    for name in listed:
        if not (config.root / name).is_dir():
            made = create(config.root / name)
            if name.startswith(_GUARDED):
                receiving.guard(config, made)
