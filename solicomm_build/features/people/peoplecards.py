"""`content/people.git`: the cards that people show, and their photos.

    people/<id>.yaml       the card (features/people/personcard.py)
    photos/<id>.webp       its photo, made anew, at most 10 KB

The repository is made with the first card and served to nobody: who withdraws a card takes it out
of every commit (git/history.py), and no clone keeps it. Nothing here says whose card is whose;
commits name nobody. Done twice, put and withdraw change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from solicomm_build.features.people import personcard
from solicomm_build.features.people.personcard import Card
from solicomm_build.foundation import faults
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import history, log
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.history import Cut
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, create, open_repo
from solicomm_build.git.writer import Change, write_once


class Kept(NamedTuple):
    """A card as it lies there; `photo` is the blob of its photo, or None. Of another hub's card,
    `hub` is what that is called, and `url` where the card is there."""

    card: Card
    blob: Oid
    photo: Oid | None
    hub: str = ""
    url: str = ""


def put(config: Config, identifier: str, text: bytes, photo: bytes, when: datetime) -> None:
    """Shows a card, with its photo or without one; durable on return. Blocking."""
    repo = _repo(config)
    wanted = {
        personcard.path(identifier): text,
        personcard.photo_path(identifier): photo or None,
    }
    with Reader(repo) as reader:
        changes = [
            Change(path, data) for path, data in wanted.items() if reader.at(MAIN, path) != data
        ]
    if changes:
        write_once(repo, changes, message=compose("Show a card", Source="desk"), when=when)


def withdraw(config: Config, identifiers: Iterable[str]) -> int:
    """Takes cards and photos out of the tip and of all history, for good; how many files' versions
    went. Durable on return; safe to call again after a kill. Blocking."""
    if not config.people_repo.exists():
        return 0
    repo = open_repo(config.people_repo)
    paths, objects = gone(repo, identifiers)
    if paths:
        history.rewrite(repo, Cut(paths=paths, message=lambda _: b"Withdrawn\n\nSource: desk\n"))
        faults.point("people.after-rewrite")
    history.scrub(repo)
    return len(objects)


def gone(repo: Repo, identifiers: Iterable[str]) -> tuple[frozenset[str], list[Oid]]:
    """The paths of cards that a history ever had, and all their blobs."""
    mine = {
        path for one in identifiers for path in (personcard.path(one), personcard.photo_path(one))
    }
    tip = repo.ref()
    found = [
        (change.path, change.oid)
        for commit in (log.commits(repo, None, tip) if tip else ())
        for change in commit.changes
        if change.path in mine and change.oid
    ]
    return frozenset(path for path, _ in found), [oid for _, oid in found]


def read(reader: Reader, rev: str = MAIN) -> Iterator[Kept | tuple[str, str]]:
    """Every card by id, or (file, fault) of one that cannot be read."""
    listed = {entry.path: entry.oid for entry in reader.tree(rev, recursive=True)}
    for path, oid in sorted(listed.items()):
        identifier = personcard.id_of(path)
        if not identifier:
            continue
        try:
            card = personcard.decode(reader.blob(oid), path)
        except SoliCommError as error:
            yield path, error.public
            continue
        yield Kept(card, oid, listed.get(personcard.photo_path(identifier)))


def one(config: Config, identifier: str) -> tuple[Card, bytes] | None:
    """A card and its photo (or nothing), as everybody sees them; None when there is none."""
    if not config.people_repo.exists():
        return None
    with Reader(open_repo(config.people_repo)) as reader:
        blob = reader.at(MAIN, personcard.path(identifier))
        if blob is None:
            return None
        try:
            card = personcard.decode(blob, personcard.path(identifier))
        except SoliCommError:
            return None
        return card, reader.at(MAIN, personcard.photo_path(identifier)) or b""


def _repo(config: Config) -> Repo:
    path = config.people_repo
    return open_repo(path) if path.exists() else create(path, description="Cards of people")
