"""What an operator decides: a conference for members is offered to a hub, or no more."""

from __future__ import annotations

from collections.abc import Callable

from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.sealed import closed, sharedwith
from solicomm_build.features.network.sealed.closed import sharedwith_at
from solicomm_build.features.network.sealed.sharedwith import SharedWith
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.peers import Peer
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post import conference as conference_file
from solicomm_build.post.conference import Conference


def checked(config: Config, repo: str, hub: str) -> tuple[Peer, Conference]:
    """The hub, and the conference, when it may be offered. Raises UsageError with the reason."""
    identities.of(config)
    known = peering.read(config)
    peer, settings = known.peer(hub), _conference(config, repo)[1]
    if settings.home or repo in known.follows:
        raise UsageError(f"{repo} has its home at another hub. Its operator may offer it")
    why = closed.why_not(settings)
    if why:
        raise UsageError(f"{repo} cannot be offered: {why}")
    return peer, settings


def offer(config: Config, repo: str, hub: str) -> str:
    """Lets a hub have a conference for members from now on, durable on return; a sentence about it.
    Raises UsageError."""
    peer, _ = checked(config, repo, hub)
    _say(_conference(config, repo)[0], lambda said: said.with_(peer.id), f"Offer to {peer.id}")
    return (
        f"{repo} is offered to {peer.id}. Its operator: solicomm peer follow "
        f"{identities.of(config).id} {repo} --mode full"
    )


def unoffer(config: Config, repo: str, hub: str) -> str:
    """Lets a hub have nothing more of a conference; a sentence about it. Raises UsageError."""
    place, _ = _conference(config, repo)
    said = sharedwith_at(place, place.ref())
    found = [one for one in said.hubs if hub and one.startswith(hub)]
    if len(found) != 1:
        which = "is not offered to" if not found else "is offered to several hubs that begin with"
        raise UsageError(f"{repo} {which} {hub}. `solicomm peer status` shows to whom it is")
    _say(place, lambda said: said.without(found[0]), f"Offer to {found[0]} no more")
    return f"{repo} is not offered to {found[0]} any more. What that hub has, it keeps."


def forget(config: Config, hub: str) -> list[str]:
    """Offers a hub nothing any more; the names of what it was offered. Durable on return."""
    gone = []
    for path in sorted(config.conferences.glob("*.git")):
        place = open_repo(path)
        if hub in sharedwith_at(place, place.ref()).hubs and not _is_followed(config, path.stem):
            _say(place, lambda said: said.without(hub), f"Offer to {hub} no more")
            gone.append(f"{cards.CONFERENCES}/{path.stem}")
    return gone


def leave(config: Config, name: str, home: str) -> None:
    """A conference is this hub's own from now on: whom its home offered it gets nothing from here
    that this hub has not offered, and still hears of erasures. Durable on return."""
    path = config.conference_repo(name)
    ever = sharedwith_at(Repo(path), Repo(path).ref()).ever if path.exists() else frozenset[str]()
    if ever:
        left = SharedWith((), tuple(sorted(ever | {home})))
        _say(open_repo(path), lambda _: left, "Offer to nobody whom its home named")


def rejoin(config: Config, name: str, peer: Peer) -> None:
    """It has its home at a hub again, whose word about who has it counts as of its last offer that
    is here. Durable on return."""
    path = config.conference_repo(name)
    offer = offers.held(Repo(path), peer.id, peer.keys) if path.exists() else None
    said = sharedwith_at(Repo(path), offer.tip) if offer is not None else sharedwith.NOBODY
    if said.ever:
        _say(open_repo(path), lambda _: said, "Follow again")


def _is_followed(config: Config, name: str) -> bool:
    return f"{cards.CONFERENCES}/{name}" in peering.read(config).follows


def _conference(config: Config, repo: str) -> tuple[Repo, Conference]:
    name = repo.partition("/")[2]
    if not cards.is_repo(repo) or not config.conference_repo(name).exists():
        raise UsageError(f"there is no {repo} here. Write conferences/ID")
    place = open_repo(config.conference_repo(name))
    tip = place.ref()
    with Reader(place) as reader:
        blob = reader.at(tip, conference_file.FILE) if tip else None
    if blob is None:
        raise UsageError(f"{repo} has no settings")
    return place, conference_file.decode(blob)


def _say(place: Repo, change: Callable[[SharedWith], SharedWith], subject: str) -> None:
    said = sharedwith_at(place, place.ref())
    wanted = change(said)
    if wanted != said:
        made = Change(sharedwith.FILE, sharedwith.encode(wanted))
        write_once(place, [made], message=compose(subject, Source="cli"), when=clock.now())
