"""Takes a conference, library or union off the hub, and brings it back.

    content/conferences/<name>.git ─rename→ private/removed/conferences/<name>/<name>.git

One rename does it: every stage goes by what lies there. Its address refuses mail from then on, its
pages go with the next build. Its members stay in the roster until it ends (ending.py), so that all
is as before when it comes back; its name stays taken as long.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.foundation import clock, formernames, safeio
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.removed import Removed
from solicomm_build.git.repo import open_repo
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.cells.hubmail import HubMail

KINDS = {
    "conference": "conferences",
    "list": "conferences",
    "library": "libraries",
    "union": "unions",
}
"""The words of the command, and the folders."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place: the word for it, and its name."""

    word: str
    name: str

    @property
    def kind(self) -> str:
        """Its folder."""
        return KINDS[self.word]

    def path(self, config: Config) -> Path:
        """Its repository while it is there."""
        folders = {
            "conferences": config.conferences,
            "libraries": config.libraries,
            "unions": config.unions,
        }
        return folders[self.kind] / f"{self.name}.git"


def consequences(config: Config, place: Place) -> list[str]:
    """What happens, a sentence each. Raises HubError when it cannot go."""
    if not place.path(config).is_dir():
        raise HubError(f"there is no {place.word} {place.name}")
    _refuse(config, place)
    days = removed.KEPT.days
    said = {
        "conferences": [
            f"{place.name}@{config.domain} refuses mail from now on (550)",
            f"its pages, {config.url}/conferences/{place.name}/, its search and its git go",
            f"{_members(config, place.name)} more, and nobody is told",
        ],
        "libraries": [
            f"its pages, {config.url}/libraries/{place.name}/, and its search go",
            "what cites its cards shows the citation as text",
        ],
        "unions": [
            f"its site, {config.url}/unions/{place.name}/, goes, and so does its form for joining",
            f"who could edit it by a token or by mail cannot, for {days} days",
        ],
    }[place.kind]
    kept = f"all of it is kept for {days} days: `--undo` brings it back; then it is gone"
    if place.kind == "conferences":
        kept += ", but for its mail in the history of private/mail.git: `solicomm erase` takes"
        kept += " messages out of that, and people"
    return [*said, kept]


def remove(config: Config, place: Place) -> None:
    """Takes it off; durable on return. Raises HubError."""
    with formernames.alone(config.private):
        consequences(config, place)
        removed.note(config, Removed(place.kind, place.name, clock.now()))
        _move(place.path(config), removed.repository(config, place.kind, place.name))


def restore(config: Config, place: Place) -> None:
    """Brings it back, as it was; durable on return. Raises HubError."""
    with formernames.alone(config.private):
        _restore(config, place)


def _restore(config: Config, place: Place) -> None:
    kept = removed.repository(config, place.kind, place.name)
    noted = removed.find(config, place.kind, place.name)
    if noted is not None and is_here(config, noted):
        forget(kept.parent)  # a command was killed here
        return
    if not kept.is_dir():
        names = ", ".join(one.stem for one in removed.repositories(config, place.kind)) or "none"
        raise HubError(f"no {place.word} {place.name} was removed lately. There are: {names}")
    if place.path(config).exists():
        raise HubError(f"{place.name} is here. Nothing is to be brought back")
    _move(kept, place.path(config))
    forget(kept.parent)


def is_here(config: Config, one: Removed) -> bool:
    """Whether a place that is noted as removed lies where it always did, or under a name that it
    got in the same moment, and nowhere else."""
    word = next((word for word, kind in KINDS.items() if kind == one.kind), None)
    if word is None or removed.repository(config, one.kind, one.name).exists():
        return False
    name = formernames.now(config.private, one.kind).get(one.name, one.name)
    return Place(word, name).path(config).is_dir()


def forget(folder: Path) -> None:
    """Takes away what says that something was removed; durable on return."""
    for path in folder.glob("*.json"):
        path.unlink(missing_ok=True)
    folder.rmdir()
    safeio.fsync_dir(folder.parent)


def _refuse(config: Config, place: Place) -> None:
    domains = [
        one
        for one, union in config.mail_domains.items()
        if place.kind == "unions" and config.union_repo(union).stem == place.name
    ]
    if domains:
        raise HubError(
            f"hub.yaml has {', '.join(domains)} of this union under `mail_domains`. Take that out "
            "first, and tell the people with addresses there"
        )
    if place.kind == "conferences" and (count := sum(1 for _ in _held(config, place.name))):
        raise HubError(
            f"{count} mails wait for a moderator there. Decide on them first: solicomm moderate "
            f"{place.name}"
        )


def _held(config: Config, name: str) -> Iterator[object]:
    store = HubMail(config)
    try:
        yield from store.held(lambda conference: conference == name)
    finally:
        store.close()


def _members(config: Config, name: str) -> str:
    store = RosterStore.of(config)
    try:
        count = sum(1 for _ in store.roster().subscribers(name))
    finally:
        store.close()
    return f"{count:,} members get nothing" if count != 1 else "its one member gets nothing"


def _move(old: Path, new: Path) -> None:
    """Between two commits of whoever writes there."""
    new.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open_repo(old).lock():
        os.rename(old, new)
    safeio.fsync_dir(new.parent)
    safeio.fsync_dir(old.parent)
