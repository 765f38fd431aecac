"""How refs move in a hub on several machines: the second implementation of refs.py's `Mover`.

    lock → fence commit, ours (the intent) → push to all places → enough said yes → the ref moves

A kill anywhere leaves an intent: a fence here whose refs have not moved here. It may have arrived
elsewhere or not, so the next who moves anything in the repository pushes it again, and then moves
those refs first: whoever was killed finds what it wanted done, or does it again. So nobody here
acts on what this machine alone has.

Where each cell has an owner of its own a repository of another's cell is moved by way of that one's
place (guests.py); if somebody else was there first it is done again.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import (
    ConflictError,
    DeposedError,
    NotKeptError,
    StoreError,
)
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.cluster import cutting, lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.replica import fence as fences
from solicomm_build.git.replica import guests, pushing, takeover
from solicomm_build.git.replica.carried import CARRIED, name_of, repositories
from solicomm_build.git.replica.fence import FENCE, Fence
from solicomm_build.git.replica.places import Place, Places
from solicomm_build.git.replica.pushing import Moves, OvertakenError
from solicomm_build.git.repo import Repo

_LOOSE = re.compile(r"[0-9a-f]{2}")
_TRIES = 5
_SHORT = 2.0  # seconds for a place that is only asked
LOCK = "solicomm.replica"
MAIL = "mail.git"
"""Where the mail of a cell lies: who may write of a conference there is told by how the hub is cut,
not by a ref."""
FOLDERS = ("content", "unions", "private")
"""Where in a hub the repositories lie that other machines need; what is below `state` and the like
is made of them."""


class Replicated:
    """Moves the refs of a hub whose lease this machine has. For all threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.known: Callable[[Repo], None] | None = None
        """Is told of a repository before its first fence."""
        self._lasting: dict[Path, Fence] = {}
        self._followed: dict[Path, Oid] = {}
        self.places = Places(config)

    def swap(self, git_dir: Path, name: str, new: Oid | None, old: Oid | None) -> None:
        """As refs.py says. Raises NotKeptError, DeposedError, too."""
        if not (self.has(git_dir) and pushing.is_kept(name)):
            refs.swap(git_dir, name, new, old)
            return

        def step(repo: Repo, fence: Fence, first: Place | None) -> None:
            if (found := refs.read(git_dir, name)) != old:
                raise ConflictError(f"{git_dir.name}: {name} is at {found}, not at {old}")
            self._intend(repo, fence, {name: new}, first)
            self._move(repo, {name: new})

        self._step(Repo(git_dir), step)

    def settle(self, git_dir: Path) -> None:
        """As refs.py says. What nobody has begun yet is not begun here."""
        if self.has(git_dir) and refs.read(git_dir, FENCE) is not None:
            with safeio.locked(git_dir / LOCK):
                self._ready(Repo(git_dir))

    def offer(self, repo: Repo, moves: Moves) -> None:
        """Has other machines keep what a push brought, before git moves the refs: its objects are
        in a quarantine, and are taken out of there (gitprotocol-pack; git-receive-pack)."""
        kept = {name: oid for name, oid in moves.items() if pushing.is_kept(name)}
        if not (kept and self.has(repo.path)):
            return

        def step(plain: Repo, fence: Fence, first: Place | None) -> None:
            _let_in(repo)
            self._intend(plain, fence, kept, first)

        self._step(Repo(repo.path), step)

    def _step(self, repo: Repo, step: Callable[[Repo, Fence, Place | None], None]) -> None:
        """One step, done again when another machine was quicker."""
        for left in reversed(range(_TRIES)):
            with safeio.locked(repo.path / LOCK):
                fence, first = self._ready(repo)
                try:
                    step(repo, fence, first)
                    return
                except OvertakenError:
                    self._lasting.pop(repo.path, None)
                    if (here := refs.read(repo.path, FENCE)) != fence.oid:
                        refs.swap(repo.path, FENCE, fence.oid, here)  # it was never made
                    if not left:
                        raise

    def take_over(self, git_dir: Path) -> None:
        """Makes a repository this machine's, as `takeover.take` does; what was begun under this
        lease goes on."""
        with safeio.locked(git_dir / LOCK):
            self._ready(Repo(git_dir), is_listed=True)

    def begin(self, git_dir: Path) -> None:
        """Has other machines have a repository of a cell that nobody has had, under the token of
        cell 0, which is older than any that an owner of it gets."""
        token, repo = lease.token(self._config, 0), Repo(git_dir)
        with safeio.locked(git_dir / LOCK):
            if refs.read(git_dir, FENCE) is None:
                takeover.take(repo, self.places, token, self._config.cluster.node)

    def arrive(self, git_dir: Path) -> None:
        """Has other machines keep a repository that was made aside, or under another name."""
        repo = Repo(git_dir)
        with safeio.locked(git_dir / LOCK):
            fence, first = self._ready(repo, is_listed=True)
            pushing.push(repo, self.places, fence, fence.moved, first=first)

    def follow(self, git_dir: Path) -> bool:
        """Has a repository stand where other machines left it, as far as that counts; whether it
        moved. Looks at a file while nothing happens. Raises NotKeptError, DeposedError."""
        repo = Repo(git_dir)
        there = guests.at_own(self.places, repo)
        if there is None or self._followed.get(git_dir) == there:
            return False
        with safeio.locked(git_dir / LOCK):
            before = refs.read(git_dir, FENCE)
            if lease.is_held(self._config, cells.of_repository(self._config, git_dir)):
                self._ready(repo, is_listed=True)
            else:
                guests.follow(repo, self.places)
            here = refs.read(git_dir, FENCE)
        if here == there:
            self._followed[git_dir] = there
        return here != before

    def catch_up(self) -> int:
        """Has places that were away get what they lack; returns how many repositories they still
        lack something of. Raises DeposedError, and at the end StoreError of a damaged one, which
        holds no other. Blocking."""
        if self.places.is_suspect:
            count = cells.division(self._config).cells if self.places.is_divided else 1
            for name in [*map(name_of, range(count)), *repositories(self._config)]:
                cell = cells.of_repository(self._config, self._config.root / name)
                if lease.is_held(self._config, cell):
                    self.places.note(Repo(self._config.root / name), everywhere=False)
            self.places.suspect(is_so=False)
        damaged: StoreError | None = None
        for name in self.places.behind():
            path = self._config.root / name
            if path.is_dir() and not self._is_owners_alone(path):
                try:
                    self.arrive(path)
                except (NotKeptError, ConflictError):
                    pass  # again at the next look
                except StoreError as error:
                    damaged = damaged or error
            else:  # it was removed, or its owner sees to it
                self.places.note(Repo(path), everywhere=True)
        if damaged is not None:
            raise damaged
        return len(self.places.behind())

    def look(self, git_dir: Path) -> None:
        """Asks all places for one repository. One that has not what it was given lost its disk, or
        was brought back from a copy, and nothing was written since that would have told it."""
        repo, places = Repo(git_dir), self.places
        is_quiet = refs.read(git_dir, FENCE) is not None and places.had(repo) is None
        for place in places.all if is_quiet else []:
            if self._lacks(repo, place):
                with safeio.locked(git_dir / LOCK):  # nothing is on its way to it now
                    if self._lacks(repo, place):
                        places.note(repo, everywhere=False)
                        places.suspect(is_so=True)
                        return

    def _lacks(self, repo: Repo, place: Place) -> bool:
        words = ["ls-remote", "--quiet", "--refs", "{}", FENCE]
        answer = self.places.ask(repo, [(place, words)], _SHORT)[place]
        here = refs.read(repo.path, FENCE) or ""
        return answer.kind == "missing" or (answer.kind == "ok" and here not in answer.said)

    def _is_owners_alone(self, path: Path) -> bool:
        """Whether a repository has the plain files of a cell of another machine. What they are, and
        what waits in that cell's spools, its owner alone knows: what others have is of before."""
        if path.name != CARRIED or not self.places.is_divided:
            return False
        return not lease.is_held(self._config, cells.of_repository(self._config, path))

    def has(self, git_dir: Path) -> bool:
        """Whether a repository is one that other machines need."""
        try:
            return git_dir.relative_to(self._config.root).parts[0] in FOLDERS
        except ValueError:
            return False

    def _ready(self, repo: Repo, *, is_listed: bool = False) -> tuple[Fence, Place | None]:
        """The fence to go on from, with nothing left to do, of our token or of the owner's; and the
        place that has to take the next step before all others."""
        config, places = self._config, self.places
        is_between = not is_listed and repo.path.name != CARRIED and cells.is_announced(config)
        if is_between and lease.is_held(config, 0):
            raise NotKeptError(f"{repo.path.name}: conferences go to other cells just now; again")
        cell = cells.of_repository(config, repo.path) if places.is_divided else 0
        if places.is_divided and not lease.is_held(config, cell):
            return self._visit(repo, cell, is_listed=is_listed)
        token, first = lease.token(config, cell), places.own if places.is_divided else None
        fence = self._lasting.get(repo.path)
        if fence is None or refs.read(repo.path, FENCE) != fence.oid:
            fence = fences.here(repo)
        if fence is None or fence.epoch != token:
            if fence is None and self.known is not None and not is_listed:
                self.known(repo)
            is_first = not places.is_divided or lease.is_held(config, 0)
            fence = takeover.take(repo, places, token, config.cluster.node, is_first=is_first)
        elif first is not None and guests.at_own(places, repo) != fence.oid:
            fence = guests.meet(repo, places, fence)
        elif not guests.has_moved(repo, fence):
            pushing.push(repo, places, fence, fence.moved, first=first)
            self._move(repo, fence.moved)
        self._lasting[repo.path] = fence
        return fence, first

    def _visit(self, repo: Repo, cell: int, *, is_listed: bool) -> tuple[Fence, Place]:
        """The same in a cell of another machine."""
        if repo.path.name == CARRIED:  # as `_is_owners_alone` says
            raise DeposedError(f"{repo.path.name}: another machine has cell {cell} now; again")
        owner = lease.owners(self._config).get(cell)
        place = self.places.of(owner.node) if owner is not None else None
        if owner is None or place is None:
            whose = f"{owner.node}'s, of which no follower is named" if owner else "nobody's"
            raise NotKeptError(f"{repo.path.name}: cell {cell} is {whose} just now; again")
        is_home = lease.is_held(self._config, 0)  # it says itself how the hub is cut
        is_mail = repo.path.name == MAIL and not is_home
        if is_mail and not cutting.is_known(self._config, cell, owner.cut):
            said = f"conferences go to or from cell {cell}, or did so just now; again"
            raise NotKeptError(f"{repo.path.name}: {said}")
        if refs.read(repo.path, FENCE) is None and self.known is not None and not is_listed:
            self.known(repo)
        return guests.visit(repo, self.places, owner, place, self._config.cluster.node), place

    def _intend(
        self, repo: Repo, fence: Fence, moves: Mapping[str, Oid | None], first: Place | None
    ) -> None:
        """One step of the chain, from which there is no way back: here, then at the places."""
        node = self._config.cluster.node
        new = fences.make(repo, fence.oid, fence.epoch, fence.seq + 1, node, moves)
        point("replica.after-fence")
        refs.swap(repo.path, FENCE, new.oid, fence.oid)
        self._lasting[repo.path] = new
        point("replica.after-intent")
        pushing.push(repo, self.places, new, moves, first=first)
        point("replica.after-push")

    def _move(self, repo: Repo, moves: Moves) -> None:
        for name, oid in moves.items():
            if (found := refs.read(repo.path, name)) != oid:
                refs.swap(repo.path, name, oid, found)
        point("replica.after-move")


def _let_in(repo: Repo) -> None:
    """Gives the objects of a quarantine their names in the repository, durable on return. Without a
    ref to them they mean nothing, and maintenance takes them away one day."""
    held = Path(repo.environment().get("GIT_OBJECT_DIRECTORY") or repo.path / "objects")
    target = repo.path / "objects"
    if held == target:
        return
    for folder in sorted(held.iterdir()):
        if folder.name != "pack" and not _LOOSE.fullmatch(folder.name):
            continue
        there = target / folder.name
        there.mkdir(exist_ok=True)
        for one in sorted(folder.iterdir(), key=lambda one: one.suffix == ".idx"):  # that last
            if not one.name.startswith("tmp_"):
                with contextlib.suppress(FileExistsError):
                    os.link(one, there / one.name)
        safeio.fsync_dir(there)
    safeio.fsync_dir(target)
