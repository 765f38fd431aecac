"""A machine that has got the lease makes a repository its own.

It looks at all places that answer, as many as it takes to see every commit that counts
(`Followers.needed`), goes on from the newest fence and what that covers, and puts a fence of its
own token on top, everywhere: from then on nobody else can move anything. What this machine had
beyond that counted never, and is dropped; its mail is still in a spool.

Who had the hub may have been stalled and move it after the look, before the fence is there. So a
place takes the fence only while it stands where it was looked at, and who finds another one moved
looks again. A fence that came to too few places by then stands for no more than what it was put on
(`Fence.reach`), so that nobody takes it for newer than what counts.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from solicomm_build.foundation.errors import (
    ConflictError,
    DeposedError,
    NotKeptError,
    OlderProgramError,
)
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.replica import fence as fences
from solicomm_build.git.replica import pushing
from solicomm_build.git.replica.fence import FENCE, Fence
from solicomm_build.git.replica.places import Answer, Place, Places
from solicomm_build.git.replica.pushing import DROPPED, SEEN
from solicomm_build.git.repo import MAIN, Repo

_TRIES = 5
_LONG = 600.0  # seconds for what a machine that was away may lack


def take(repo: Repo, places: Places, token: int, node: str, *, is_first: bool = True) -> Fence:
    """Makes the repository that of `token`; the fence that was put there. `is_first` says whether
    this machine may begin one that is nowhere and empty here. Hold its lock (moving.py). Raises
    DeposedError when a newer token has it, OlderProgramError when a newer program had it,
    NotKeptError when too few places answer. Durable on return; blocking."""
    failed = NotKeptError(f"{repo.path.name}: others move it all the time; again")
    look = _look(repo, places)
    for _ in range(_TRIES):
        newest, mine = look.newest, fences.here(repo)
        for fence in look.at.values():
            if fence is not None and fence.epoch > token:
                raise DeposedError(f"{repo.path.name}: {fence.node} has the hub now")
            if fence is not None and fence.program > fences.program():
                raise OlderProgramError(fence.node, ".".join(map(str, fence.program)))
        if newest is not None:
            adopt(repo, look.there, newest)
        elif not is_first and not pushing.kept_refs(repo):
            said = "no machine that answers has it yet; it comes from the one that has cell 0"
            raise NotKeptError(f"{repo.path.name}: {said}")
        after = newest or mine
        new = fences.make(
            repo,
            after.oid if after else None,
            token,
            _next([after, *look.at.values()], token),
            node,
            {},
            covers=after.reach if after else None,
        )
        try:
            moves = {} if newest is not None else pushing.kept_refs(repo)
            pushing.push(repo, places, new, moves, most=True, seen=look.at)
        except DeposedError:
            raise
        except NotKeptError as error:
            before, look = look, _look(repo, places)
            if not _has_moved(before, look, new):
                raise  # nobody moved it meanwhile: too few answer
            failed = error
            continue
        finally:
            shutil.rmtree(repo.path / SEEN, ignore_errors=True)
        point("replica.after-taken")
        refs.swap(repo.path, FENCE, new.oid, mine.oid if mine else None)
        return new
    raise failed


def _next(known: Iterable[Fence | None], token: int) -> int:
    return max((one.seq + 1 for one in known if one is not None and one.epoch == token), default=0)


@dataclass(slots=True)
class _Look:
    """What the places that answer have: the newest fence, the refs there, and each one's fence."""

    newest: Fence | None = None
    there: dict[str, Oid] = field(default_factory=dict)
    at: dict[Place, Fence | None] = field(default_factory=dict)


def _has_moved(before: _Look, now: _Look, tried: Fence) -> bool:
    """Whether another look may end otherwise: a place was moved by somebody else, or answers now
    that did not, or the other way round."""
    if before.at.keys() != now.at.keys():
        return True
    return any(now.at[place] not in (was, tried) for place, was in before.at.items())


def _look(repo: Repo, places: Places) -> _Look:
    """A look at all places. Raises NotKeptError when too few answer."""
    shutil.rmtree(repo.path / SEEN, ignore_errors=True)  # what somebody left who was killed
    words = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--prune", "{}"]
    wanted = [
        (place, [*words, f"+refs/*:{SEEN}/{number}/*"]) for number, place in enumerate(places.all)
    ]
    answers = places.ask(repo, wanted, patience=_LONG, enough=places.needed)
    _enough(repo, places, answers)
    found: dict[str, dict[str, Oid]] = {}
    for name, oid in refs.everything(repo.path, f"{SEEN}/").items():
        at, _, rest = name.partition("/")
        found.setdefault(at, {})[f"refs/{rest}"] = oid
    look = _Look()
    for number, place in enumerate(places.all):
        if answers[place].kind not in ("ok", "missing"):
            continue
        theirs = found.get(str(number), {}) if answers[place].kind == "ok" else {}
        fence = fences.read(repo, theirs[FENCE]) if FENCE in theirs else None
        look.at[place] = fence
        if fence is None:
            continue
        best = look.newest
        if best is None or (fence.reach, fence.age) > (best.reach, best.age):
            look.newest, look.there = fence, theirs
    return look


def _enough(repo: Repo, places: Places, answers: Mapping[Place, Answer]) -> None:
    """A place without the repository has answered, too."""
    if places.has_heard(answers, places.needed):
        return
    heard = [place for place, answer in answers.items() if answer.kind in ("ok", "missing")]
    others = sum(not place.is_own for place in heard)
    silent = "; ".join(
        f"{place.address}: {answer.said}" for place, answer in answers.items() if place not in heard
    )
    raise NotKeptError(
        f"{repo.path.name}: {others} followers answer, and {places.needed} must, so that nothing is"
        f" missed ({silent})"
    )


def adopt(repo: Repo, there: Mapping[str, Oid], newest: Fence) -> None:
    """Has this repository stand where the newest fence left it."""
    ours = pushing.kept_refs(repo)
    theirs = {name: oid for name, oid in there.items() if pushing.is_kept(name)}
    main = ours.get(MAIN)
    if main and theirs.get(MAIN) != main and not _goes_on(repo, main, theirs.get(MAIN)):
        kept = f"{DROPPED}/{newest.epoch}-{newest.seq}"
        refs.swap(repo.path, kept, main, refs.read(repo.path, kept))
    for name in ours.keys() | theirs.keys():
        if ours.get(name) != theirs.get(name):
            try:
                refs.swap(repo.path, name, theirs.get(name), ours.get(name))
            except ConflictError as error:  # a push by path that does not know of the lease
                raise NotKeptError(f"{repo.path.name}: {name} moves just now; again") from error


def _goes_on(repo: Repo, old: Oid, new: Oid | None) -> bool:
    return new is not None and repo.succeeds("merge-base", "--is-ancestor", old, new)
