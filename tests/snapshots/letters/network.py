"""What the operator hears of other hubs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from solicomm_build.features.network import standing
from solicomm_build.features.network.erasures import notices
from solicomm_build.features.network.judging import floors
from solicomm_build.features.network.judging.offers import Offer
from solicomm_build.features.network.standing import Standing
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.peers import Peer
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.types import Oid
from solicomm_build.message.parse import parse
from solicomm_build.testing.networks import stranger
from tests.snapshots.kept import Mail
from tests.snapshots.stage import OPERATOR, Stage

_OTHER = "metal-u5wq2b7c"


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """An erasure that another hub has not confirmed; what is wrong with a hub, and its end."""
    hub = stage.hub
    identity = identities.of(hub.config)
    with clock.fixed(hub.now):
        blob = notices.make(identity, "conferences/water", "message", ["a" * 32])
        notices.keep(hub.config, blob)
        offer = Offer(_OTHER, "conferences/water", identity.id, Oid("0" * 40), 1, "")
        floors.note(hub.config, "water", {_OTHER: offer})
    hub.now += timedelta(days=31)
    for one in hub.work():
        if one.envelope.rcpt_tos == (OPERATOR,) and _OTHER in parse(one.raw).text:
            yield "an erasure that is not confirmed", one
    yield from _watched(stage)


def _watched(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Offers of a hub that are refused, and then are not any more."""
    hub = stage.hub
    key = stranger("dock")[0].key
    peer = Peer("dock-aaaaaaaa", key, "", added=hub.now)
    with peering.changing(hub.config) as known:
        known.peers[peer.id] = peer
    for fault in ("water: another hub's key signed it", ""):
        standing.write(hub.config, peer.id, Standing(met=hub.now.isoformat(), fault=fault))
        for one in hub.work():
            if one.envelope.rcpt_tos == (OPERATOR,):
                yield f"a hub that is {'not ' if fault else ''}well", one
