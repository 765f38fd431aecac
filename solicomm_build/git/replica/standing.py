"""How far the places of a hub are, as any of its machines can tell: the one that has the hub by its
own repositories, each other one by its own place. Quick however many repositories there are:
`private/carried.git`, which moves with each mail, is asked for, and what the machine with the hub
has noted as behind. `fsck --replicas` asks for everything. Reads only.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.replica import fence as fences
from solicomm_build.git.replica.carried import LIST, NAME
from solicomm_build.git.replica.comparing import (
    BEHIND,
    MISSING,
    OTHER,
    SAME,
    SILENT,
    Row,
    listed_refs,
)
from solicomm_build.git.replica.fence import FENCE
from solicomm_build.git.replica.places import Answer, Places
from solicomm_build.git.repo import MAIN, Repo

AHEAD: Final = "ahead"
"""It has steps that are not known here."""
_AGAIN = 1.0  # seconds after which who was a step behind is asked again


def known(config: Config) -> Path | None:
    """Where this machine has the newest that it knows: its hub when it has it, else its own place;
    None when it has neither."""
    own = config.cluster.git.own
    found = config.root if lease.is_held(config, 0) or not own else Path(own)
    return found if (found / NAME).is_dir() else None


def followers(config: Config) -> list[Row]:
    """Each place but the own one. Blocking: asks each, twice where one is behind."""
    rows = _followers(config)
    if any(row.state in (BEHIND, AHEAD) for row in rows):
        time.sleep(_AGAIN)
        rows = _followers(config)
    return rows


def noted(config: Config) -> list[str]:
    """The repositories that some place lacks a step of, as this machine has noted who moved
    them."""
    return Places(config).behind()


def lacking(config: Config, tokens: Collection[int]) -> list[str] | None:
    """The repositories that this machine's own place has not got from one of these owners; None
    when it knows of no repository at all. Blocking."""
    place = Path(config.cluster.git.own)
    carried = Repo(place / NAME)
    if not carried.path.is_dir() or refs.read(carried.path, MAIN) is None:
        return None
    listed = carried.git("cat-file", "blob", f"{MAIN}:{LIST}").decode("utf-8").split("\n")
    return [
        name for name in (NAME, *filter(None, listed)) if not _is_of(Repo(place / name), tokens)
    ]


def _is_of(repo: Repo, tokens: Collection[int]) -> bool:
    try:
        found = fences.here(repo) if repo.path.is_dir() else None
    except StoreError:
        return False
    return found is not None and found.epoch in tokens


def _followers(config: Config) -> list[Row]:
    places, root = Places(config), known(config)
    repo = Repo(root / NAME) if root is not None else None
    here = refs.read(repo.path, FENCE) if repo is not None else None  # first: it moves meanwhile
    answers = places.listing(NAME)
    return [
        Row(NAME, place.address, *_state(repo, here, answers[place]))
        for place in places.all
        if not place.is_own
    ]


def _state(repo: Repo | None, here: Oid | None, answer: Answer) -> tuple[str, int, str]:
    """Its state, by how many steps, and a sentence."""
    if answer.kind == "missing":
        return MISSING, 0, "it has nothing yet"
    if answer.kind != "ok":
        return SILENT, 0, f"no answer ({answer.said})"
    there = listed_refs(answer.said).get(FENCE)
    if there is None:
        return MISSING, 0, "it has nothing yet"
    if repo is None or here is None or not repo.has_commit(there):
        return AHEAD, 0, "it has steps that this machine does not know"
    if repo.succeeds("merge-base", "--is-ancestor", here, there):
        return SAME, 0, "it has everything"
    if not repo.succeeds("merge-base", "--is-ancestor", there, here):
        return OTHER, 0, "it was written by a machine that had lost the hub"
    lag = int(repo.git("rev-list", "--count", f"{there}..{here}"))
    return BEHIND, lag, f"{lag} steps behind"
