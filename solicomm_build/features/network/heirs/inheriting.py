"""When the home of a conference is gone for good: one of its heirs carries it on.

The home names heirs in conference.yaml, in their order. After 90 days in which nothing of the home
was heard, the operators of the hubs that have the conference agree by hand, each for their own hub:
`solicomm peer follow HEIR conferences/ID --moved`. Their signed cards then say whom they take for
its home, which is the vote. With more than half of those that are there, the heir may begin to
sign as the home (docs/adr/0042-heirs.md).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from solicomm_build.features.network import standing
from solicomm_build.features.network.carrying.knocking import wake
from solicomm_build.features.network.directory import book
from solicomm_build.features.network.heirs.silence import SILENCE
from solicomm_build.features.network.judging import homesettings, offers
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.card import Card
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import ID
from solicomm_build.git.repo import open_repo
from solicomm_build.post.conference import Conference

_AHEAD = timedelta(minutes=10)  # so much may the clock of a hub be fast


def heard(config: Config, known: Peers, repo: str, hub: str) -> datetime | None:
    """When the last sign of a hub was made, or came: its card, its offer of a conference, a look;
    None for one of which nothing is known. What a clock has made that was ahead says nothing."""
    found = [one.at for one in _cards(config, known) if one.id == hub]
    peer = known.peers.get(hub)
    if peer is not None:
        found += [_moment(standing.read(config, hub).met), peer.added]
        path = config.conference_repo(repo.partition("/")[2])
        offer = offers.held(open_repo(path), hub, peer.keys) if path.exists() else None
        found.append(_moment(offer.at) if offer else None)
    latest = clock.now() + _AHEAD
    return max((one for one in found if one is not None and one <= latest), default=None)


def is_silent(config: Config, known: Peers, repo: str, hub: str) -> bool:
    """Whether nothing was heard of a hub for so long that an heir may follow."""
    last = heard(config, known, repo, hub)
    return last is None or clock.now() - last > SILENCE


def votes(config: Config, known: Peers, repo: str, heir: str) -> tuple[set[str], set[str]]:
    """The hubs that take `heir` for the home of a conference, and all that have it and were heard
    of, this one and the heir among them. The home itself has no vote."""
    from solicomm_build.features.network.judging import agreed  # where a home is gone, alone

    own = identities.of(config).id
    follow = known.follows.get(repo)
    home = follow.home if follow else own
    path = config.conference_repo(repo.partition("/")[2])
    there = {*offers.refs(open_repo(path))} if path.exists() else set()
    signed = agreed.of(config, path.stem)  # of one for members, which no card names
    said = {hub: one.home for hub, one in signed.items()}
    said |= {one.id: one.offers[repo] for one in _cards(config, known) if repo in one.offers}
    there = {
        hub
        for hub in there | said.keys()
        if hub in known.peers and hub != home and not is_silent(config, known, repo, hub)
    }
    there |= {own, heir} - ({home} if home != heir else set())
    return {hub for hub in there if hub == heir or said.get(hub) == heir}, there


def inherit(config: Config, repo: str) -> str:
    """Makes this hub the home of a conference whose home is gone; a sentence about it. Safe to do
    again when it was killed. Raises UsageError: it is no heir, the home or an heir before it is
    there, or too few agree."""
    own, known = identities.of(config).id, peering.read(config)
    home, settings = _followed(config, known, repo)
    if own not in settings.heirs:
        named = ", ".join(settings.heirs) or "nobody"
        raise UsageError(f"{home}, the home of {repo}, has as heirs {named}, and not this hub")
    for hub in (home, *settings.heirs[: settings.heirs.index(own)]):
        if not is_silent(config, known, repo, hub):
            last = heard(config, known, repo, hub)
            when = f"{last:%Y-%m-%d}" if last else "lately"
            before = "the home" if hub == home else "which comes before this hub"
            raise UsageError(
                f"{hub}, {before}, was heard of on {when}. An heir may follow after"
                f" {SILENCE.days} days without a sign"
            )
    agreed, there = votes(config, known, repo, own)
    if 2 * len(agreed) <= len(there):
        others = ", ".join(sorted(there - agreed))
        raise UsageError(
            f"{len(agreed)} of {len(there)} hubs agree, and more than half have to. Ask the"
            f" operators of {others} to type: solicomm peer follow {own} {repo} --moved"
        )
    homesettings.move(config, repo.partition("/")[2], "", former=home)
    point("network.inheriting")
    with peering.changing(config) as changed:  # last, for only what is followed can be inherited
        changed.follows.pop(repo, None)
    wake(config)
    return (
        f"This hub is the home of {repo} now, after {home}, by the word of {len(agreed)} of"
        f" {len(there)} hubs. Give moderators their roles: solicomm member role"
    )


def name_heirs(config: Config, repo: str, hubs: Sequence[str]) -> str:
    """Has a conference of this hub say who may carry it on; a sentence about it. Raises
    UsageError."""
    known, name = peering.read(config), repo.partition("/")[2]
    settings = homesettings.of(config, name)
    if settings is None or settings.home or repo in known.follows:
        raise UsageError(f"{repo} is no conference of which this hub is the home")
    ids = tuple(known.peer(one).id for one in hubs)
    if len(ids) > 5 or len({*ids}) != len(ids):
        raise UsageError("name five hubs at most, each once")

    def made(before: Conference) -> Conference:
        return dataclasses.replace(before, heirs=ids)

    homesettings.change(config, name, made, "Name who may carry the conference on")
    wake(config)
    if not ids:
        return f"{repo} has no heirs."
    return f"Heirs of {repo}, in this order: {', '.join(ids)}"


def claimed(config: Config, known: Peers) -> dict[str, str]:
    """The conferences of this hub of which an heir says that it is the home now, with that heir."""
    found = {}
    for card in _cards(config, known):
        for repo, home in card.offers.items():
            name = repo.partition("/")[2]
            if home != card.id or repo in known.follows or not _is_here(config, repo):
                continue
            settings = homesettings.of(config, name)
            if settings and not settings.home and card.id in settings.heirs:
                found[repo] = card.id
    return found


def orphaned(config: Config, known: Peers) -> dict[str, tuple[str, ...]]:
    """The followed conferences whose home is silent, with the heirs that it named."""
    found = {}
    for repo, follow in known.follows.items():
        if is_silent(config, known, repo, follow.home):
            settings = homesettings.of(config, repo.partition("/")[2])
            if settings and settings.heirs:
                found[repo] = settings.heirs
    return found


def _is_here(config: Config, repo: str) -> bool:
    kind, _, name = repo.partition("/")
    return kind == "conferences" and config.conference_repo(name).exists()


def _followed(config: Config, known: Peers, repo: str) -> tuple[str, Conference]:
    follow = known.follows.get(repo)
    settings = homesettings.of(config, repo.partition("/")[2])
    if follow is None or settings is None:
        raise UsageError(f"{repo} is not followed here. `solicomm peer list` shows what is")
    return follow.home, settings


def _cards(config: Config, known: Peers) -> list[Card]:
    """The newest card of each hub: of the directory, and those that came from hubs themselves."""
    found = {one.card.id: one.card for one in book.of(config).entries}
    for peer in known.peers.values():
        card = peering.card_of(config, peer)
        if card is not None and (card.id not in found or found[card.id].seq < card.seq):
            found[card.id] = card
    return [one for one in found.values() if ID.fullmatch(one.id)]


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
