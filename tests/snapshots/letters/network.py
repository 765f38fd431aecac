"""What the operator hears of other hubs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from solicomm_build.features.network import standing
from solicomm_build.features.network.erasures import notices
from solicomm_build.features.network.judging import floors
from solicomm_build.features.network.judging.offers import Offer
from solicomm_build.features.network.standing import Standing
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.peers import Peer
from solicomm_build.features.pocket.letters import aside, onward
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.types import Oid
from solicomm_build.message.parse import parse
from solicomm_build.testing.networks import stranger
from tests.snapshots.kept import Mail
from tests.snapshots.stage import ANA, OPERATOR, Stage

_PUT = datetime(2027, 1, 2, 12, 0, tzinfo=UTC).timestamp()
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
    yield from _not_arrived(stage)


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


def _not_arrived(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Letters of a stick that their conference's home never took, for each reason that is known,
    and one whose home is known no more."""
    hub = stage.hub
    card, blob = stranger("dock")
    adding.add(hub.config, blob, cards.read(blob), "card")
    whys = {
        "gone": "it is for rosters@dock.example, which is no conference here",
        "large": "it is larger than the 1 MB that this hub takes",
        "late": onward.LATE,
        "other": "Not today",
    }
    for number, (name, why) in enumerate(whys.items()):
        to = f"rosters@{card.domain}" if name != "other" else "rosters@nowhere.example"
        raw = f"From: {ANA}\r\nTo: {to}\r\nSubject: Shifts on Sunday\r\n\r\nHi\r\n"
        aside.put(hub.config, f"rosters.{number:040x}", raw.encode(), why)
        os.utime(hub.config.private / aside.FOLDER / f"rosters.{number:040x}", (_PUT, _PUT))
        for one in hub.work():  # the operator hears of that hub, too
            if one.envelope.rcpt_tos == (ANA,):
                yield f"a letter of a stick that did not arrive, {name}", one
