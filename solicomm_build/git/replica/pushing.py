"""One push to all places of a repository: refs and the fence together, or nothing (`--atomic`).

the fence is where we think      → taken
its fence is an ancestor of ours → it was away: everything it lacks, and the fence
it has no repository, or an empty one → begun, everything
its fence is of an older epoch, and no ancestor → a deposed machine alone wrote there; what was
    there is kept here below refs/solicomm/dropped, and it gets what we have
its fence is of a newer epoch    → we are deposed
its fence is of our epoch, and ours is an ancestor → it has our step and more

Where cells have owners of their own, a machine may move what is another's (guests.py). Then a push
goes to the owner's place first, where git puts all steps in one order, and to the others when that
one took it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from solicomm_build.foundation.errors import (
    ConflictError,
    DeposedError,
    NotKeptError,
    StoreError,
)
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.cursor import of_this_disk
from solicomm_build.git.replica import fence as fences
from solicomm_build.git.replica.fence import FENCE, Fence
from solicomm_build.git.replica.places import PATIENCE, Answer, Place, Places
from solicomm_build.git.repo import MAIN, Repo

SEEN: Final = "refs/solicomm/seen"
DROPPED: Final = "refs/solicomm/dropped"
_CURSORS: Final = "refs/solicomm/cursors/"
_KEPT: Final = ("refs/heads/", "refs/peers/", _CURSORS, "refs/solicomm/taken")
"""What other machines need; other refs lead to what can be fetched again, or are for a moment."""

Moves = Mapping[str, Oid | None]


class OvertakenError(ConflictError):
    """Another machine moved the repository at the same moment: nothing of ours was made. Again."""


@dataclass(frozen=True, slots=True)
class _There:
    """A place that has to get more than the last step: its fence, and its refs that are kept."""

    fence: Oid | None
    refs: Mapping[str, Oid]


def is_kept(name: str) -> bool:
    """Whether a ref is one that other machines need."""
    if name.startswith(_CURSORS):
        return name.removeprefix(_CURSORS) not in of_this_disk()
    return name.startswith(_KEPT)


def kept_refs(repo: Repo) -> dict[str, Oid]:
    """Those of a repository. Blocking."""
    found = refs.everything(repo.path, "refs/")
    return {f"refs/{name}": oid for name, oid in found.items() if is_kept(f"refs/{name}")}


def push(
    repo: Repo,
    places: Places,
    fence: Fence,
    moves: Moves,
    *,
    most: bool = False,
    first: Place | None = None,
    state: Mapping[str, Oid] | None = None,
    seen: Mapping[Place, Fence | None] | None = None,
) -> None:
    """Has the places take the fence and what moves with it; returns when enough have it: our own,
    and `ack` of the others, with `most` as many as a take-over needs. With `first` that place has
    to take it before all others, and counts as our own. `state` is what a place gets that lacks
    more, if not the refs that are here. With `seen`, of a take-over, a place has to stand where it
    was looked at. Raises DeposedError, OvertakenError when `first` has had another step, or
    NotKeptError when too few took it. Blocking."""
    had: list[Place] = []
    words = _push(fence.oid, fence.parent, moves)
    if first is not None:
        _lead(repo, places, first, fence, moves, state)
        had.append(first)
    wanted = [(place, words) for place in places.all if place is not first]
    answers = places.ask(repo, wanted, patience=_LONG if most else PATIENCE)
    behind: list[Place] = []
    for place, answer in answers.items():
        if answer.kind == "ok":
            had.append(place)
        elif answer.kind in ("refused", "missing"):
            behind.append(place)
    said = {place: answer.said for place, answer in answers.items() if answer.kind != "ok"}
    for place in behind:
        try:
            answer = _bring(repo, places, place, fence, moves, state, seen)
        except OvertakenError as error:  # `first` took ours: this one has what nobody counts
            answer = Answer("refused", error.public)
        if answer.kind == "ok":
            had.append(place)
        said[place] = answer.said
    _enough(repo, places, fence, had, said, most, first or places.own)


def _lead(
    repo: Repo,
    places: Places,
    first: Place,
    fence: Fence,
    moves: Moves,
    state: Mapping[str, Oid] | None,
) -> None:
    """The place where all steps are put in order takes this one, or it was never made. Raises
    OvertakenError when another came before, NotKeptError when it does not answer."""
    if first.folder and refs.read(first.folder / places.path(repo), FENCE) == fence.oid:
        return
    words = _push(fence.oid, fence.parent, moves)
    answer = places.ask(repo, [(first, words)])[first]
    if answer.kind in ("refused", "missing"):
        if first.is_own:
            answer = _bring(repo, places, first, fence, moves, state)
        else:
            there = _there(repo, places, first)
            if isinstance(there, _There) and there.fence == fence.oid:
                return
            raise OvertakenError(f"{repo.path.name}: another machine moved it at the same moment")
    if answer.kind != "ok":
        raise NotKeptError(f"{repo.path.name}: {first.address} has to have it ({answer.said})")


def _enough(
    repo: Repo,
    places: Places,
    fence: Fence,
    had: list[Place],
    said: Mapping[Place, str],
    most: bool,
    first: Place | None,
) -> None:
    others = sum(place is not first for place in had)
    wanted = max(places.ack, places.needed) if most else places.ack
    places.note(repo, everywhere=len(had) == len(places.all), since=fence.parent)
    if (first is None or first in had) and others >= wanted:
        return
    if first is not None and first not in had:
        why = f" ({said[first]})" if said.get(first) else ""
        raise NotKeptError(f"{repo.path.name}: {first.address} has to have it, too{why}")
    missing = "; ".join(
        f"{place.address}: {said.get(place, '')}" for place in places.all if place not in had
    )
    raise NotKeptError(
        f"{repo.path.name}: {others} of {len(places.others)} followers have it, and {wanted} must"
        f" ({missing})"
    )


def _push(fence: Oid, old: Oid | None, moves: Moves) -> list[str]:
    specs = [f"+{oid or ''}:{name}" if oid else f":{name}" for name, oid in moves.items()]
    lease = f"--force-with-lease={FENCE}:{old or ''}"
    words = ["push", "--quiet", "--porcelain", "--no-verify", "--atomic", lease]
    return [*words, "{}", *specs, f"{fence}:{FENCE}"]


def _bring(
    repo: Repo,
    places: Places,
    place: Place,
    fence: Fence,
    moves: Moves,
    state: Mapping[str, Oid] | None = None,
    seen: Mapping[Place, Fence | None] | None = None,
) -> Answer:
    """Everything that a place lacks, when it may have it. Raises DeposedError."""
    places.unlock(repo, place)
    there = _there(repo, places, place)
    if isinstance(there, Answer):
        if there.kind != "missing":
            return there
        if not places.create(repo, place):
            return Answer("missing", "there is no repository, and none could be begun")
        there = _There(None, {})
    if there.fence == fence.oid:
        return Answer("ok", "")
    was = None
    if seen is not None:
        was = seen.get(place)
        if place not in seen or there.fence != (was.oid if was else None):
            return Answer("refused", "it was moved after the look")
    if _has_lost(repo, places.had(repo), there.fence, fence):
        places.suspect(is_so=True)
    is_known = there.fence is None or fences.leads_to(repo, there.fence, fence.oid)
    if was is not None and was.epoch == fence.epoch and was.covers is not None:
        is_known = True  # a take-over of ours that was not ended
    if not is_known and there.fence and _judge(repo, places, place, there.fence, fence):
        return Answer("ok", "")
    ours: dict[str, Oid] = {**(kept_refs(repo) if state is None else state)}
    whole: dict[str, Oid | None] = {**dict.fromkeys(there.refs, None), **ours, **moves}
    whole = {
        name: oid
        for name, oid in whole.items()
        if there.refs.get(name) != oid and not (oid is None and name not in there.refs)
    }
    words = _push(fence.oid, there.fence, whole)
    return places.ask(repo, [(place, words)], patience=_LONG)[place]


_LONG = 600.0
"""Seconds for a place that was away: it may lack a whole repository."""


def _there(repo: Repo, places: Places, place: Place) -> _There | Answer:
    """What a place has, as it says itself."""
    answer = places.ask(repo, [(place, ["ls-remote", "--quiet", "--refs", "{}"])])[place]
    if answer.kind != "ok":
        return answer
    pairs = [line.split("\t", 1) for line in answer.said.splitlines() if "\t" in line]
    found = {name: Oid(oid) for oid, name in pairs}
    return _There(found.get(FENCE), {name: oid for name, oid in found.items() if is_kept(name)})


def _has_lost(repo: Repo, had: str | None, there: Oid | None, fence: Fence) -> bool:
    """Whether a place has less than it said yes to once, as after its disk was lost. `had` as in
    Places; one that was away may lack what came since, and no more."""
    wanted = Oid(had) if had else fence.parent if had is None and fence.seq else None
    if not wanted or there == wanted:
        return False
    return there is None or fences.leads_to(repo, there, wanted)


def _judge(repo: Repo, places: Places, place: Place, old: Oid, fence: Fence) -> bool:
    """Whose fence stands at a place, if not one of ours: True when it goes on from ours. False when
    it is nobody's any more, with what was there kept. Raises DeposedError, StoreError."""
    name = f"{SEEN}/one"
    words = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "{}"]
    wanted = [(place, [*words, f"+{FENCE}:{name}/fence", f"+{MAIN}:{name}/main"])]
    answer = places.ask(repo, wanted, patience=_LONG)[place]
    if answer.kind != "ok":
        wanted = [(place, [*words, f"+{FENCE}:{name}/fence"])]
        answer = places.ask(repo, wanted, patience=_LONG)[place]
    try:
        theirs = fences.read(repo, refs.read(repo.path, f"{name}/fence") or old)
        if theirs.epoch > fence.epoch:
            raise DeposedError(
                f"{repo.path.name}: {theirs.node} has the hub now (at {place.address})"
            )
        if places.is_divided and theirs.epoch == fence.epoch:
            if fences.leads_to(repo, fence.oid, theirs.oid):
                return True
            raise OvertakenError(f"{repo.path.name}: {theirs.node} moved it at the same moment")
        if theirs.epoch == fence.epoch:
            raise StoreError(
                f"{repo.path.name}: at {place.address} is a fence of ours that is not known here. "
                "Was this folder brought back from a copy while the hub ran? Start it again"
            )
        if (main := refs.read(repo.path, f"{name}/main")) is not None:
            kept = f"{DROPPED}/{theirs.epoch}-{theirs.seq}"
            refs.swap(repo.path, kept, main, refs.read(repo.path, kept))
        return False
    finally:
        for one in ("fence", "main"):
            if (was := refs.read(repo.path, f"{name}/{one}")) is not None:
                refs.swap(repo.path, f"{name}/{one}", None, was)
