"""What `solicomm remove` would do, as a second operator is shown it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from solicomm_build.cli.asking import masked
from solicomm_build.features.removing import persons, places
from solicomm_build.features.removing.places import Place
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.people.operators.second import Wanted
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import post


def place_gone(config: Config, place: Place) -> Wanted:
    """A conference, list, library or union goes. Raises HubError when it cannot."""
    words, repo = ("remove", place.word, place.name), place.path(config)
    kind, there = f"remove-{place.word}", repo.is_dir()

    def is_done(since: datetime) -> bool:
        kept = removed.find(config, place.kind, place.name)
        return kept is not None and kept.at >= since and not repo.exists()

    if not there and removed.find(config, place.kind, place.name) is not None:
        return Wanted(kind, place.name, words, words, is_done=is_done)
    places.consequences(config, place)
    counts = {}
    if place.kind == "conferences":
        counts = {"members": _members(config, place.name), "messages": _messages(repo)}
    holds = {"repository": _identity(repo)}
    more = (*words, "--yes")
    return Wanted(kind, place.name, more, words, counts=counts, holds=holds, is_done=is_done)


def place_back(config: Config, place: Place) -> Wanted:
    """It comes back. Raises HubError when it was not removed."""
    kept, here = removed.repository(config, place.kind, place.name), place.path(config)
    words = ("remove", place.word, place.name, "--undo")
    if not kept.is_dir() and not here.is_dir():
        raise HubError(f"no {place.word} {place.name} was removed lately")
    return Wanted(
        f"restore-{place.word}",
        place.name,
        words,
        words,
        holds={"repository": _identity(kept if kept.is_dir() else here)},
        is_done=lambda since: here.is_dir() and not kept.is_dir(),
    )


def person_gone(config: Config, address: str) -> Wanted:
    """Somebody is taken off every list. Raises HubError when nobody has this address."""
    number, lists, roles = persons.had(config, address)

    def is_done(since: datetime) -> bool:
        kept = removed.find(config, "people", str(number))
        return kept is not None and kept.at >= since and not (lists or roles)

    return Wanted(
        "remove-person",
        address,
        ("remove", "person", address, "--yes"),
        ("remove", "person", masked(address)),
        names=_shown(lists, roles),
        holds={"number": number, "lists": lists, "roles": [list(one) for one in roles]},
        person=address,
        is_done=is_done,
    )


def person_back(config: Config, address: str) -> Wanted:
    """Somebody comes back. Raises HubError when nobody has this address."""
    number, _, _ = persons.had(config, address)
    kept = removed.find(config, "people", str(number))
    lists: list[str] = sorted(kept.more["lists"]) if kept else []
    roles = [(str(place), str(role)) for place, role in kept.more["roles"]] if kept else []
    return Wanted(
        "restore-person",
        address,
        ("remove", "person", address, "--undo"),
        ("remove", "person", masked(address), "--undo"),
        names=_shown(lists, roles),
        holds={"number": number, "lists": lists, "roles": [list(one) for one in roles]},
        person=address,
        is_done=lambda since: kept is None,
    )


def _shown(lists: list[str], roles: list[tuple[str, str]]) -> dict[str, str]:
    said = {"lists": ", ".join(lists)}
    return said | {"roles": ", ".join(f"{role} ({place})" for place, role in roles)}


def _identity(path: Path) -> str:
    """What a repository is, whatever is added to it: its first commits."""
    repo = open_repo(path)
    if repo.ref() is None:
        return "empty"
    return hashlib.sha256(repo.git("rev-list", "--max-parents=0", MAIN)).hexdigest()[:16]


def _messages(path: Path) -> int:
    with Reader(open_repo(path)) as reader:
        found = (f"topics/{one.path}" for one in reader.tree(MAIN, "topics", recursive=True))
        return sum(post.parse_path(one) is not None for one in found)


def _members(config: Config, name: str) -> int:
    store = RosterStore.of(config)
    try:
        return sum(1 for _ in store.roster().subscribers(name))
    finally:
        store.close()
