"""What this hub tells a known hub alone: the answers to `POST /network/sealed`. Blocking."""

from __future__ import annotations

import json
from typing import Any

from solicomm_build.features.network.carrying import messageids, stones
from solicomm_build.features.network.counting import notes, settled
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.judging.shared import Shared
from solicomm_build.features.network.sealed import (
    asking,
    closed,
    mailport,
    padding,
    privatenotices,
    tokens,
)
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import ID, Identity
from solicomm_build.foundation.types import Oid
from solicomm_build.post.store import postplaces


def answer(config: Config, body: bytes, address: str = "") -> bytes | None:
    """The sealed answer to what a hub signed, which asks from `address`; None for whoever is not
    known here, or is not who he says, whatever he asks. Raises SoliCommError when something of ours
    cannot be read."""
    identity, known = identities.if_any(config), peering.read(config)
    try:
        asked = asking.read(body)
    except SoliCommError:
        return None
    peer = known.peers.get(asked.hub)
    if identity is None or peer is None or (asked.key, asked.to) != (peer.key, identity.id):
        return None
    if asked.want == asking.MAIL_PORT:
        return padding.sealed(mailport.answer(peer.id, address, config.fronts), peer.key)
    return padding.sealed(_told(config, identity, known, peer.id, asked.want), peer.key)


def _told(config: Config, identity: Identity, known: Peers, hub: str, want: str) -> bytes:
    what, _, rest = want.partition("/")
    if what == "ids":
        return _ids(config, identity, known, hub, *rest.split("/", 1))
    if what == "steps":
        return _steps(config, identity, known, hub, *rest.split("/", 2))
    if what == "notice":
        return privatenotices.files(config, identity, known, hub).get(rest, b"")
    if what == "note":
        return notes.files(config, identity, known, hub).get(rest, b"")
    if what == asking.SETTLED:
        return settled.told(config, identity, hub)
    if what != asking.TABLE:
        return b""
    table: dict[str, Any] = {
        "offers": {
            one.name: {
                "home": one.home,
                "token": tokens.sealed(config, hub, one.name),
                "tags": offers.refs(one.repo),
            }
            for one in closed.for_hub(config, identity, known, hub)
        },
        "notices": [*privatenotices.files(config, identity, known, hub)],
        "notes": [*notes.files(config, identity, known, hub)],
    }
    return json.dumps(table, separators=(",", ":"), sort_keys=True).encode()


def _ids(
    config: Config, identity: Identity, known: Peers, hub: str, name: str, since: str
) -> bytes:
    """The Message-IDs of a conference's posts that came after a commit."""
    found = closed.for_hub(config, identity, known, hub)
    one = next((one for one in found if one.id == name), None)
    return ids_of(config, one, Oid(since)) if one else b"{}"


def _steps(
    config: Config, identity: Identity, known: Peers, hub: str, name: str, whose: str, since: str
) -> bytes:
    """Commits on the way along a log that is here of a conference (carrying/stones.py)."""
    found = closed.for_hub(config, identity, known, hub)
    one = next((one for one in found if one.id == name), None)
    is_id = one is not None and ID.fullmatch(whose)
    return (stones.in_(one.repo, whose, since) if one and is_id else None) or b"{}"


def ids_of(config: Config, one: Shared, since: Oid | None) -> bytes:
    """The same as JSON, of a conference that is shared; all when that commit is not there."""
    there = since and one.repo.has_commit(since)
    mids = postplaces.mids(one.repo, one.tip, since if there else None)
    return json.dumps(messageids.told(config, one.id, mids), separators=(",", ":")).encode()
