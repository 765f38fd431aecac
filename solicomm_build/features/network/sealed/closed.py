"""Conferences for members that this hub shares, and with which hubs each.

At the home those that its operator offered it to; at a hub that follows, its home, and the others
that the home names. Nobody else is told that there is such a conference: it is in no card, in no
list of offers, and `refs/peers` of it are seen with a token of its own alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from solicomm_build.features.network.judging import shared
from solicomm_build.features.network.judging.shared import Shared
from solicomm_build.features.network.sealed import sharedwith
from solicomm_build.features.network.trust.card import CONFERENCES
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation.errors import SoliCommError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.post import conference as conference_file
from solicomm_build.post.conference import Conference

MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class Closed:
    """A conference for members, the hubs that get it from here, and those that hear of what is
    erased in it, too, since they once got it."""

    shared: Shared
    hubs: frozenset[str]
    heard_by: frozenset[str]


def closed(config: Config, identity: Identity, known: Peers) -> Iterator[Closed]:
    """All of them. What cannot be read is passed over; `solicomm check` names it."""
    for path in sorted(config.conferences.glob("*.git")):
        name = f"{CONFERENCES}/{path.stem}"
        try:
            repo = open_repo(path)
            tip = repo.ref()
            settings = shared.settings_at(path, tip) if tip else None
        except SoliCommError:
            continue
        if tip is None or settings is None or why_not(settings):
            continue
        follow = known.follows.get(name)
        if follow is None and settings.home:
            continue  # followed once: it is handed on by nobody here
        said = sharedwith.at(path, tip)
        home = follow.home if follow else identity.id
        there, ever = {*said.hubs, home}, {*said.ever, home}
        hubs, ever = there & known.peers.keys(), ever & known.peers.keys()
        if ever:
            one = Shared(name, home, repo, tip)
            yield Closed(one, frozenset(hubs - {identity.id}), frozenset(ever - {identity.id}))


def for_hub(config: Config, identity: Identity, known: Peers, hub: str) -> list[Shared]:
    """Those that a hub gets from here."""
    return [one.shared for one in closed(config, identity, known) if hub in one.hubs]


def of_names(config: Config, identity: Identity, known: Peers, names: Iterable[str]) -> set[str]:
    """The hubs that get some of these conferences (`conferences/<id>`)."""
    wanted = set(names)
    all_ = closed(config, identity, known) if wanted else ()
    return {hub for one in all_ if one.shared.name in wanted for hub in one.hubs}


def why_not(settings: Conference) -> str:
    """What in a conference's settings forbids that it is offered to single hubs; empty for
    nothing."""
    if settings.visibility == "public" and settings.has_pages:
        return "it is public, so every hub may follow it without being offered anything"
    if settings.visibility != MEMBERS:
        return f"its `visibility` is {settings.visibility}, and only `members` can be offered"
    if not settings.has_pages:
        return "its `archive` is none: what is written there shall be kept by nobody"
    if settings.pseudonyms == "required":
        return "its `pseudonyms` are required, and pseudonyms are named with a key of this hub"
    return ""


def check_taken(place: Repo, tip: Oid, ours: Repo, identity: Identity, hub: str, home: str) -> None:
    """Whether what a hub signed may come into a conference of ours. Raises StoreError:
    it is for members and not offered to this hub, or that hub has no part in it. Whoever guesses
    the name of a conference so writes nothing into it."""
    theirs, here = _settings(place, tip), _settings(ours, ours.ref())
    if hub == home:
        closed_ = theirs is not None and theirs.visibility == MEMBERS
        if closed_ and identity.id not in sharedwith_at(place, tip).hubs:
            raise StoreError("it is for members, and its home does not offer it to this hub")
        return
    if here is None or shared.may_travel(here):
        return
    said = sharedwith_at(ours, ours.ref())
    if here.visibility != MEMBERS or hub not in said.hubs:
        raise StoreError("that hub has no part in this conference")


def sharedwith_at(repo: Repo, tip: Oid | None) -> sharedwith.SharedWith:
    """What a repository says that is not kept in mind."""
    if tip is None:
        return sharedwith.NOBODY
    with Reader(repo) as reader:
        return sharedwith.of(reader, tip)


def _settings(repo: Repo, tip: Oid | None) -> Conference | None:
    if tip is None:
        return None
    with Reader(repo) as reader:
        blob = reader.at(tip, conference_file.FILE)
    try:
        return conference_file.decode(blob) if blob else None
    except SoliCommError:
        return None
