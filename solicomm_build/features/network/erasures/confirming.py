"""Which hubs have not said yet that they did the same as this one after an erasure."""

from __future__ import annotations

from solicomm_build.features.network.erasures import notices
from solicomm_build.features.network.erasures.notices import Notice
from solicomm_build.features.network.judging import floors, offers
from solicomm_build.features.network.sealed import closed
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import Repo


def missing(config: Config, known: Peers, notice: Notice) -> list[str]:
    """The hubs that have a conference, as far as is known, and have not confirmed an erasure."""
    path = config.conference_repo(notice.conference)
    there = {*floors.of(config, notice.conference)}
    there |= {*offers.refs(Repo(path))} if path.exists() else set()
    for peer in known.peers.values():
        card = peering.card_of(config, peer)
        if card is not None and notice.repo in card.offers:
            there.add(peer.id)
    if path.exists():
        there |= closed.sharedwith_at(Repo(path), Repo(path).ref()).ever
    return sorted(there - {notice.hub, *notices.confirmed(config, notice.eid)})
