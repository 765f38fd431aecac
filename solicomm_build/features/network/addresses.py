"""`peer@`, for what other hubs send; and conferences that are posted to at their home."""

from __future__ import annotations

from solicomm_build.features.network.trust import mirrored
from solicomm_build.features.network.trust.names import PACKET, PASSED, PEER
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.address import SITE, ListAddress
from solicomm_build.people.addresses import Finder, Kind, OtherHub


def _packet(_finder: Finder, local: str) -> ListAddress | None:
    head = local.partition("+")[0]
    return ListAddress(SITE, PACKET) if head == PEER else None


def _passed(finder: Finder, local: str) -> ListAddress | None:
    """The conference's address, or one of a topic of it; commands and bounces are our own."""
    name, plus, tail = local.partition("+")
    if plus and not tail.startswith("t-"):
        return None
    if not mirrored.domain_of(finder.config, name):
        return None
    return ListAddress(SITE, PASSED, local)


def _elsewhere(config: Config, domain: str) -> OtherHub | None:
    from solicomm_build.features.network.trust import peers as peering

    known = peering.read(config)
    for peer in known.peers.values():
        if peering.domain_of(config, known, peer).casefold() != domain.casefold():
            continue
        card = peering.card_of(config, peer)
        followed = (
            one.repo.partition("/")[2] for one in known.follows.values() if one.home == peer.id
        )
        here = frozenset(one for one in followed if config.conference_repo(one).exists())
        return OtherHub(peer.id, card.name if card else peer.id, peer.url, here)
    return None


ELSEWHERE = _elsewhere
KINDS = (
    Kind(
        60,
        _packet,
        first=True,
        judged=True,
        reserved=frozenset({PEER}),
        local_parts=lambda config: (PEER,),
    ),
    Kind(61, _passed, first=True, over=True, judged=True),
)
