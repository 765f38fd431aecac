"""How an operator hears that something is wrong with a hub that is known."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from solicomm_build.cli.asking import counted
from solicomm_build.features.network import standing
from solicomm_build.features.network.erasures import notices
from solicomm_build.features.network.heirs import inheriting
from solicomm_build.features.network.judging import homesettings
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fine, warning
from solicomm_build.git import elsewhere

QUIET = timedelta(days=7)
"""How long a hub may not be met before it is told."""
REKEYED = timedelta(days=2)
"""How long it is told that a hub's key changed."""
_FAULT = "fault"


def look(config: Config) -> Iterator[Finding]:
    """What is wrong with each known hub, and what was followed and has not come. Raises
    ContentErrors when the file of known hubs has a fault."""
    known = peering.read(config)
    if not known.peers:
        yield fine("no other hub is known")
        return
    found = [one for peer in known.peers.values() for one in _of_peer(config, peer)]
    for follow in known.follows.values():
        if not config.conference_repo(follow.repo.partition("/")[2]).exists():
            found.append(
                warning(
                    f"{follow.repo} of {follow.home} is followed and has not come yet",
                    f"solicomm peer sync {follow.home}, or read a stick of it",
                )
            )
    for copy in known.copies.values():
        home = elsewhere.of(config, copy.kind, copy.name)
        if home is None or not home.at:
            found.append(
                warning(
                    f"{copy.repo} of {copy.home} is to be kept here and has not come yet",
                    f"solicomm peer sync {copy.home}, or read a stick of it",
                )
            )
    found += [*_of_heirs(config, known), *_of_homes(config, known)]
    found += [*_of_erasures(config, known), *_of_card(config, known)]
    yield from found or [fine(f"hubs that are known: {len(known.peers)}, all well")]


def lasting(config: Config) -> Iterator[Finding]:
    """What of that the operator is told by mail: not that a hub is away for some hours. Raises
    ContentErrors."""
    known = peering.read(config)
    yield from _of_heirs(config, known)
    yield from _of_homes(config, known)
    yield from _of_erasures(config, known)
    yield from _of_card(config, known)
    for peer in known.peers.values():
        is_away = standing.read(config, peer.id).is_unreached
        for one in _of_peer(config, peer):
            if not (is_away and one.about.startswith(_FAULT)):
                yield one


def _of_heirs(config: Config, known: Peers) -> Iterator[Finding]:
    """Homes that are gone, for those who may decide who carries a conference on; and heirs that
    did while this hub was away."""
    if not known.peers:
        return
    own = identities.if_any(config)
    for repo, heirs in inheriting.orphaned(config, known).items():
        home = known.follows[repo].home
        remedy = f"To have an heir carry it on: solicomm peer follow HEIR {repo} --moved"
        if own is not None and own.id in heirs:
            remedy = f"This hub is an heir: solicomm peer inherit {repo}"
        said = f"nothing was heard of {home}, the home of {repo}, for 90 days"
        yield warning(f"{said}; its heirs: {', '.join(heirs)}", remedy, f"orphan {repo}")
    for repo, heir in inheriting.claimed(config, known).items():
        yield warning(
            f"{heir} has become the home of {repo} while this hub was away",
            f"To follow it there: solicomm peer follow {heir} {repo} --moved. Else there are two"
            " conferences of that name; speak with the operators",
            f"claimed {repo}",
        )


def _of_homes(config: Config, known: Peers) -> Iterator[Finding]:
    """Conferences that are here and of which nothing comes, since the hub that is followed offers
    them no more, or says that another is their home: an heir that has not become it yet, or a home
    that is it no more. And copies that are shown of what may be for members there by now."""
    for follow in known.follows.values():
        peer, repo, settings = known.peers.get(follow.home), follow.repo, None
        card = peering.card_of(config, peer) if peer is not None else None
        said = card.offers.get(repo, "") if card is not None else follow.home
        if said == follow.home:
            continue
        with contextlib.suppress(SoliCommError):
            settings = homesettings.of(config, repo.partition("/")[2])
        if settings is None or not (said or settings.visibility == "public"):
            continue  # not here yet, or offered to this hub alone
        moved = f"solicomm peer follow {said} {repo} --moved"
        what = f"says that its home is {said}"
        remedy = f"If its operator says so, too: {moved}"
        if not said:
            what = "offers it no more"
            remedy = (
                f"Ask its operator. To have it as this hub's own: solicomm peer unfollow {repo}"
            )
        elif follow.home in settings.heirs:
            remedy = (
                f"{follow.home} is an heir, and its operator types: solicomm peer inherit {repo}."
                f" To go back until then: {moved}"
            )
        said = f"nothing of {repo} comes here: {follow.home}, where it is followed, {what}"
        yield warning(said, remedy, f"home {repo}")
    for copy in known.copies.values():
        here = elsewhere.of(config, copy.kind, copy.name)
        if here is not None and here.at and standing.lacks(config, known, copy.home, copy.repo):
            yield warning(
                f"{copy.home} offers {copy.repo} no more, and the copy of it, {copy.name}, is shown"
                f" here as of {here.at[:10]}",
                f"Ask its operator. To take it away: solicomm peer unfollow {copy.repo}",
                f"home {copy.key}",
            )


def _of_erasures(config: Config, known: Peers) -> Iterator[Finding]:
    """What other hubs have erased, and an operator has to allow here."""
    if not known.peers:
        return
    for one in notices.all_(config, ("waiting",)):
        yield warning(
            f"{one.hub} has erased {counted(len(one.mids), 'post')} of {one.repo}, which stay here"
            f" until you decide ({notices.fate(config, one.eid).why})",
            f"To do the same here: solicomm peer allow {one.eid[:8]}",
            f"erasure {one.eid}",
        )


def _of_card(config: Config, known: Peers) -> Iterator[Finding]:
    """What this hub shares and has no room to say."""
    own, card = identities.if_any(config), cards.kept(config)
    if own is None or card is None or len(card.offers) < cards.FEW:
        return
    from solicomm_build.features.network.sharing import offered  # most hubs need none of it

    count = len(offered.names(config, own, known))
    if count > len(card.offers):
        yield warning(
            f"this hub's card has room for {len(card.offers):,} of {count:,} conferences, libraries"
            " and sites: other hubs cannot follow the rest",
            "Say `visibility: unlisted` of those that no other hub needs",
            "card",
        )


def _of_peer(config: Config, peer: Peer) -> Iterator[Finding]:
    stand = standing.read(config, peer.id)
    if peer.rekeyed is not None and clock.now() - peer.rekeyed < REKEYED:
        words = identities.words(peer.key)
        yield warning(
            f"{peer.id} has changed its key, signed by the old and the new: {words}",
            f"If its operator knows nothing of that: solicomm peer remove {peer.id}",
            f"rekeyed {peer.id} {peer.rekeyed:%Y-%m-%d}",
        )
    if stand.fault:
        card = peering.card_of(config, peer)
        remedy = "`solicomm peer status` shows all of it"
        if stand.is_unreached and card is not None and card.url.rstrip("/") != peer.url:
            remedy = f"Its card says that it is at {card.url}: solicomm peer add {card.url}"
        yield warning(f"{peer.id}: {stand.fault}", remedy, f"{_FAULT} {peer.id}")
    last = _moment(stand.met) or peer.added
    if last is not None and abs(clock.now() - last) > QUIET:
        said = f"was met last on {stand.met[:10]}" if stand.met else "was never met"
        remedy = f"solicomm peer sync {peer.id}, or ask its operator for a stick"
        yield warning(f"{peer.id} {said}", remedy, f"away {peer.id}")
    for name, count in sorted(stand.waiting.items()):
        yield warning(
            f"{count} posts of {peer.id} for {name} are over its quota and wait",
            f"To let more in: solicomm peer quota {peer.id} NUMBER",
            f"waiting {peer.id} {name}",
        )


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
