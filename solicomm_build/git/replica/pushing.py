"""One push to all places of a repository: refs and the fence together, or nothing (`--atomic`).

the fence is where we think      → taken
its fence is an ancestor of ours → it was away: everything it lacks, and the fence
it has no repository, or an empty one → begun, everything
its fence is of an older epoch, and no ancestor → a deposed machine alone wrote there; what was
    there is kept here below refs/solicomm/dropped, and it gets what we have
its fence is of a newer epoch    → we are deposed
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from solicomm_build.foundation import hooks
from solicomm_build.foundation.errors import DeposedError, NotKeptError, StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.cursor import PAGES
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


@dataclass(frozen=True, slots=True)
class _There:
    """A place that has to get more than the last step: its fence, and its refs that are kept."""

    fence: Oid | None
    refs: Mapping[str, Oid]


def is_kept(name: str) -> bool:
    """Whether a ref is one that other machines need. A consumer whose results lie on the disk of
    one machine, such as pages, is at its own place on each."""
    if name.startswith(_CURSORS):
        return name.removeprefix(_CURSORS) not in _of_this_disk()
    return name.startswith(_KEPT)


@cache
def _of_this_disk() -> frozenset[str]:
    return frozenset(
        (PAGES, *(one for some in hooks.each("stages", "OF_THIS_DISK") for one in some))
    )


def kept_refs(repo: Repo) -> dict[str, Oid]:
    """Those of a repository. Blocking."""
    lines = repo.git("for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()
    found = dict(line.split(" ", 1) for line in lines)
    return {name: Oid(oid) for name, oid in found.items() if is_kept(name)}


def push(repo: Repo, places: Places, fence: Fence, moves: Moves, *, most: bool = False) -> None:
    """Has the places take the fence and what moves with it; returns when enough have it: our own,
    and `ack` of the others, with `most` as many as a take-over needs. Raises DeposedError, or
    NotKeptError when too few did. Blocking."""
    had: list[Place] = []
    words = _push(fence.oid, fence.parent, moves)
    wanted = [(place, words) for place in places.all]
    answers = places.ask(repo, wanted, patience=_LONG if most else PATIENCE)
    behind: list[Place] = []
    for place, answer in answers.items():
        if answer.kind == "ok":
            had.append(place)
        elif answer.kind in ("refused", "missing"):
            behind.append(place)
    said = {place: answer.said for place, answer in answers.items() if answer.kind != "ok"}
    for place in behind:
        answer = _bring(repo, places, place, fence, moves)
        if answer.kind == "ok":
            had.append(place)
        said[place] = answer.said
    _enough(repo, places, had, said, most)


def _enough(
    repo: Repo, places: Places, had: list[Place], said: Mapping[Place, str], most: bool
) -> None:
    others = sum(not place.is_own for place in had)
    wanted = max(places.ack, places.needed) if most else places.ack
    places.note(repo, everywhere=len(had) == len(places.all))
    if (places.own is None or places.own in had) and others >= wanted:
        return
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


def _bring(repo: Repo, places: Places, place: Place, fence: Fence, moves: Moves) -> Answer:
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
    if there.fence is not None and not _is_behind(repo, there.fence, fence):
        _judge(repo, places, place, there.fence, fence)
    ours: dict[str, Oid] = {**kept_refs(repo)}
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


def _is_behind(repo: Repo, old: Oid, fence: Fence) -> bool:
    return repo.has_commit(old) and repo.succeeds("merge-base", "--is-ancestor", old, fence.oid)


def _judge(repo: Repo, places: Places, place: Place, old: Oid, fence: Fence) -> None:
    """Whose fence stands at a place, if not one of ours. Raises DeposedError, StoreError; returns
    when it is nobody's any more, with what was there kept."""
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
        if theirs.epoch == fence.epoch:
            raise StoreError(
                f"{repo.path.name}: at {place.address} is a fence of ours that is not known here. "
                "Was this folder brought back from a copy while the hub ran? Start it again"
            )
        if (main := refs.read(repo.path, f"{name}/main")) is not None:
            kept = f"{DROPPED}/{theirs.epoch}-{theirs.seq}"
            refs.swap(repo.path, kept, main, refs.read(repo.path, kept))
    finally:
        for one in ("fence", "main"):
            if (was := refs.read(repo.path, f"{name}/{one}")) is not None:
                refs.swap(repo.path, f"{name}/{one}", None, was)
