"""What became of notes: the home tells the hub that brought them, which then brings them no more.

    home: notes taken, or refused for good ─→ private/network/notes/<hub>.json ─→ told, signed
    hub:  heard ─→ the feature that gave them

The file is `solicomm/settled@1`: `hub` (the home), `to`, `at`, `notes` (name, and `why` it was
refused), the newest 500. Format: docs/formats/network.md.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from solicomm_build.features.network import hooks, standing
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust import signed
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.yamlsafe import Node

SCHEMA = "solicomm/settled@1"
TOLD = 300
"""Notes that are told of at a time."""

_KEPT = 5000  # notes of a hub that are remembered
_LONGEST = 200  # characters of a reason


def told(config: Config, identity: Identity, hub: str) -> bytes:
    """What the hub that brought them shall know, signed; nothing while there is nothing."""
    newest = [*_read(config, hub).items()][-TOLD:]
    if not newest:
        return b""
    listed: list[Node] = [
        {"name": name, "why": why} if why else {"name": name} for name, why in newest
    ]
    values: dict[str, Node] = {
        "schema": SCHEMA,
        "hub": identity.id,
        "to": hub,
        "at": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
        "notes": listed,
    }
    return signed.write(values, identity)


def note(config: Config, hub: str, fates: Mapping[str, str]) -> None:
    """Remembers what became of notes of a hub: why each was refused, empty for one that was taken.
    Durable on return."""
    before = _read(config, hub)
    found = {name: why for name, why in before.items() if name not in fates} | dict(fates)
    if [*found.items()] == [*before.items()]:
        return
    path = _path(config, hub)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = dict([*found.items()][-_KEPT:])
    safeio.write_atomic(path, json.dumps(kept, indent=0).encode(), mode=0o600)


def new(config: Config, hub: str, names: Collection[str]) -> list[str]:
    """Those of these names that nothing became of yet. Of others the hub has not heard, so they are
    told of once more."""
    before = _read(config, hub)
    newest = {*[*before][-TOLD:]}
    again = {name: before[name] for name in names if name in before and name not in newest}
    if again:
        note(config, hub, dict([*again.items()][:TOLD]))
    return [name for name in names if name not in before]


def heard(config: Config, identity: Identity, known: Peers, peer: Peer, blob: bytes) -> list[str]:
    """Heeds what a home tells of notes that were for it; a sentence about each that it refused,
    which `solicomm peer status` shows, too. Raises ContentErrors for what is not that hub's."""
    top, key = signed.read(blob)
    top.schema(SCHEMA)
    hub, to = (top.text(one, required=True) for one in ("hub", "to"))
    top.moment("at")
    fates = {}
    for one in top.sections("notes", most=_KEPT):
        fates[one.text("name", required=True)] = one.text("why")[:_LONGEST]
        one.close()
    top.close()
    top.raise_faults()
    if (hub, to, key) != (peer.id, identity.id, peer.key):
        raise ContentError("it is not that hub's word to this one", remedy="Have it made anew")
    lines = []
    for name, why in fates.items():
        kind, _, rest = name.partition(".")
        conference, _, rest = rest.partition(".")
        follow = known.follows.get(f"conferences/{conference}")
        settle = hooks.settled().get(kind)
        if settle is None or follow is None or follow.home != peer.id:
            continue
        settle(config, conference, rest, why)
        if why and _refused(config, peer, f"{name}: {why}"):
            lines.append(f"{peer.id} has not taken {name}: {why}")
    return lines


def _refused(config: Config, peer: Peer, reason: str) -> bool:
    """Keeps it for the operator; whether it is new."""
    stand = standing.read(config, peer.id)
    reason = stand.named(reason)
    if reason in stand.refused:
        return False
    stand.refused[reason] = 1
    standing.write(config, peer.id, stand)
    return True


def _read(config: Config, hub: str) -> dict[str, str]:
    try:
        found = json.loads(_path(config, hub).read_bytes())
    except (OSError, ValueError):
        return {}
    fits = isinstance(found, dict) and all(isinstance(why, str) for why in found.values())
    return found if fits else {}


def _path(config: Config, hub: str) -> Path:
    return peering.folder(config) / "notes" / f"{hub}.json"
