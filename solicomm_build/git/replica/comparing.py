"""What other machines have of a hub, repository by repository. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.replica import pushing
from solicomm_build.git.replica.carried import NAME, repositories
from solicomm_build.git.replica.fence import FENCE
from solicomm_build.git.replica.places import Place, Places
from solicomm_build.git.repo import Repo

SAME: Final = "same"
BEHIND: Final = "behind"
MISSING: Final = "missing"
SILENT: Final = "silent"
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Row:
    """A repository at a place: `state` is `same`, `behind` (by `lag` steps of the fence),
    `missing`, `silent` (it does not answer), or `other`: its refs or its fence are not ours. `says`
    is a sentence."""

    repository: str
    place: str
    state: str
    lag: int
    says: str


def compare(config: Config) -> Iterator[Row]:
    """Every repository at every place, as it is now. Blocking: asks each of them."""
    places = Places(config)
    for name in (NAME, *repositories(config)):
        repo = Repo(config.root / name)
        if repo.path.is_dir():
            yield from look(repo, places, places.all)


def look(repo: Repo, places: Places, wanted: Sequence[Place]) -> Iterator[Row]:
    """One repository at some places. Blocking."""
    words, name = ["ls-remote", "--quiet", "--refs", "{}"], places.path(repo)
    for place, answer in places.ask(repo, [(place, words) for place in wanted]).items():
        if answer.kind == "ok":
            row = _row(repo, name, place, answer.said)
            if row.state == OTHER:  # it may have moved between two looks
                again = places.ask(repo, [(place, words)])[place]
                row = _row(repo, name, place, again.said) if again.kind == "ok" else row
            yield row
        elif answer.kind == "missing":
            says = "it is not there yet; the next commit brings it"
            yield Row(name, place.address, MISSING, 0, says)
        else:
            yield Row(name, place.address, SILENT, 0, f"no answer ({answer.said})")


def listed_refs(said: str) -> dict[str, Oid]:
    """What `git ls-remote` says."""
    pairs = [line.split("\t", 1) for line in said.splitlines() if "\t" in line]
    return {ref: Oid(oid) for oid, ref in pairs}


def _row(repo: Repo, name: str, place: Place, listed: str) -> Row:
    theirs = listed_refs(listed)
    fence, there = refs.read(repo.path, FENCE), theirs.get(FENCE)
    if fence == there and fence is not None:
        kept = {ref: oid for ref, oid in theirs.items() if pushing.is_kept(ref)}
        differs = sorted(
            ref for ref, oid in {**kept, **pushing.kept_refs(repo)}.items() if kept.get(ref) != oid
        )
        if not differs:
            return Row(name, place.address, SAME, 0, "the same")
        says = f"{differs[0]} is elsewhere, under the same fence. Did somebody push there?"
        return Row(name, place.address, OTHER, 0, says)
    if there is None:
        return Row(name, place.address, MISSING, 0, "no fence yet; the next commit brings it")
    if fence and repo.has_commit(there):
        lag = int(repo.git("rev-list", "--count", f"{there}..{fence}"))
        if repo.succeeds("merge-base", "--is-ancestor", there, fence):
            says = f"{lag} steps behind; the next commit brings them"
            return Row(name, place.address, BEHIND, lag, says)
    says = "its fence is of another machine: this one had the hub once, or does not know the newest"
    return Row(name, place.address, OTHER, 0, says)
