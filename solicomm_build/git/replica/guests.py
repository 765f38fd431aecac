"""Repositories in a cell of another machine: how this one follows them, and moves a ref there.

    owner   own place first → all others → its own refs
    guest   the owner's place first → all others → its own refs       (visit)
    any     its own place, once a step is where it counts → its own refs      (follow)

Git at the owner's place puts the steps of the owner and of its guests in one order: each names the
fence it builds on, and who comes second is refused there before anybody else was asked
(pushing.py). A step counts, and may be shown, when so many places have it that no take-over can
miss it; who takes a next one sees to it first, so all but the last of a chain always do.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence

from solicomm_build.foundation.errors import DeposedError, NotKeptError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub.cluster.lease import Owner
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.replica import fence as fences
from solicomm_build.git.replica import pushing, takeover
from solicomm_build.git.replica.fence import FENCE, Fence
from solicomm_build.git.replica.places import Place, Places
from solicomm_build.git.replica.pushing import SEEN
from solicomm_build.git.repo import Repo

_LONG = 600.0  # seconds for what this machine may lack


def at_own(places: Places, repo: Repo) -> Oid | None:
    """The fence at this machine's place, read as a file; None when there is none."""
    path = places.mine[1] / places.path(repo)
    return refs.read(path, FENCE) if path.is_dir() else None


def meet(repo: Repo, places: Places, fence: Fence) -> Fence:
    """For the owner, whose place has another fence than its repository: what a guest did counts and
    is here on return, or a step of our own that was not out is. Hold the lock (moving.py). Raises
    DeposedError, NotKeptError."""
    own = places.mine[0]
    newest, there = _look(repo, places, own)
    if newest is None or fences.leads_to(repo, newest.oid, fence.oid):
        pushing.push(repo, places, fence, fence.moved, first=own)
        stand(repo, {**pushing.kept_refs(repo), **_there(fence.moved)}, fence)
        return fence
    if newest.epoch > fence.epoch:
        raise DeposedError(f"{repo.path.name}: {newest.node} has the cell now")
    _count(repo, places, newest, there, own)
    stand(repo, there, newest)
    return newest


def visit(repo: Repo, places: Places, owner: Owner, place: Place, node: str) -> Fence:
    """For a guest, before it moves something: the fence at the owner's place, and everything up to
    it here. Begins the repository where it is nowhere. Hold the lock. Raises NotKeptError."""
    newest, there = _look(repo, places, place)
    mine = fences.here(repo)
    if newest is None:
        return _begin(repo, places, owner, place, node, mine)
    if newest.epoch != owner.token:
        raise NotKeptError(f"{repo.path.name}: {owner.node} is taking it over; again in a moment")
    if mine is None or mine.oid != newest.oid or not has_moved(repo, newest):
        _count(repo, places, newest, there, place)
        stand(repo, there, newest)
    return newest


def follow(repo: Repo, places: Places) -> bool:
    """Has a repository stand where its owner left it, as far as that counts and this machine's own
    place has it; whether anything moved. Hold the lock. Blocking."""
    newest, there = _look(repo, places, places.mine[0])
    mine = fences.here(repo)
    if newest is None or (mine is not None and newest.oid == mine.oid and has_moved(repo, mine)):
        return False
    if mine is not None and mine.oid != newest.oid and fences.leads_to(repo, newest.oid, mine.oid):
        return False  # our own place is behind
    return _enough(repo, places, newest) and stand(repo, there, newest)


def has_moved(repo: Repo, fence: Fence) -> bool:
    """Whether the refs are where a step put them."""
    return all(refs.read(repo.path, name) == oid for name, oid in fence.moved.items())


def stand(repo: Repo, there: Mapping[str, Oid], fence: Fence) -> bool:
    """Has the refs of a repository be these, and its fence this one; True."""
    takeover.adopt(repo, there, fence)
    point("replica.after-adopted")
    here = refs.read(repo.path, FENCE)
    if here != fence.oid:
        refs.swap(repo.path, FENCE, fence.oid, here)
    return True


def _begin(
    repo: Repo, places: Places, owner: Owner, place: Place, node: str, mine: Fence | None
) -> Fence:
    """The first fence of a repository in a cell of another machine."""
    if not places.create(repo, place):
        raise NotKeptError(f"{repo.path.name}: it could not be begun at {place.address}")
    seq = mine.seq + 1 if mine is not None and mine.epoch == owner.token else 0
    fence = fences.make(repo, mine.oid if mine else None, owner.token, seq, node, {})
    pushing.push(repo, places, fence, pushing.kept_refs(repo), first=place)
    refs.swap(repo.path, FENCE, fence.oid, refs.read(repo.path, FENCE))
    return fence


def _look(repo: Repo, places: Places, place: Place) -> tuple[Fence | None, dict[str, Oid]]:
    """The fence at one place, and the refs there; None when there is no repository. Raises
    NotKeptError when it does not answer."""
    if (known := _known(repo, places, place)) is not None:
        return _fence_of(repo, known), known
    words = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--prune", "{}"]
    wanted = [(place, [*words, f"+refs/*:{SEEN}/at/*"])]
    answer = places.ask(repo, wanted, patience=_LONG)[place]
    try:
        if answer.kind == "missing":
            return None, {}
        if answer.kind != "ok":
            said = f"{place.address} does not answer ({answer.said})"
            raise NotKeptError(f"{repo.path.name}: {said}")
        names = refs.everything(repo.path, f"{SEEN}/at/")
        found = {f"refs/{name}": oid for name, oid in names.items()}
        return _fence_of(repo, found), found
    finally:
        shutil.rmtree(repo.path / SEEN, ignore_errors=True)


def _known(repo: Repo, places: Places, place: Place) -> dict[str, Oid] | None:
    """The refs at this machine's own place, read as files, when our refs lead to all of it; None
    where git has to be asked, and to bring what is not here."""
    if not place.is_own or place.folder is None or not place.folder.is_dir():
        return None
    there = refs.everything(place.folder / places.path(repo), "refs/")
    here = refs.everything(repo.path, "refs/")
    if not {*there.values()} <= {*here.values()}:
        return None
    return {f"refs/{name}": oid for name, oid in there.items()}


def _fence_of(repo: Repo, there: Mapping[str, Oid]) -> Fence | None:
    return fences.read(repo, there[FENCE]) if FENCE in there else None


def _count(
    repo: Repo, places: Places, fence: Fence, there: Mapping[str, Oid], first: Place
) -> None:
    """Sees to it that a step which `first` has counts. Raises NotKeptError."""
    if not _enough(repo, places, fence):
        kept = {name: oid for name, oid in there.items() if pushing.is_kept(name)}
        pushing.push(repo, places, fence, fence.moved, first=first, state=kept)


def _enough(repo: Repo, places: Places, fence: Fence) -> bool:
    """Whether so many places have a step that no take-over can miss it. No more are asked than have
    to be: that of the machine which made it first, since it has it."""
    own = at_own(places, repo)
    had = int(own is not None and fences.leads_to(repo, fence.oid, own))
    by = places.of(fence.node)
    left = sorted(places.others, key=lambda place: (place is not by, place.is_down))
    while had <= places.ack and left:
        some, left = left[: places.ack + 1 - had], left[places.ack + 1 - had :]
        had += _having(repo, places, fence, some)
    return had > places.ack


def _having(repo: Repo, places: Places, fence: Fence, some: Sequence[Place]) -> int:
    """How many of these places have a step."""
    words = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "{}"]
    wanted = [
        (place, [*words, f"+{FENCE}:{SEEN}/fence/{number}"]) for number, place in enumerate(some)
    ]
    answers, had = places.ask(repo, wanted), 0
    try:
        for number, place in enumerate(some):
            if answers[place].kind == "ok":
                oid = refs.read(repo.path, f"{SEEN}/fence/{number}")
                had += oid is not None and fences.leads_to(repo, fence.oid, oid)
    finally:
        shutil.rmtree(repo.path / SEEN, ignore_errors=True)
    return had


def _there(moved: Mapping[str, Oid | None]) -> dict[str, Oid]:
    return {name: oid for name, oid in moved.items() if oid is not None}
