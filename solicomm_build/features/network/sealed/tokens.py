"""Tokens by which hubs fetch conferences for members: one for each hub and conference, good for
reading that one alone, and revoked when the hub is to have it no more.

A token is sealed to the hub's key when it is made, and lies here so alone, in
`private/network/tokens.json`: `{"<hub> conferences/<id>": {"grant": "t-…", "sealed": "<base64>"}}`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path

from solicomm_build.features.network.sealed import closed
from solicomm_build.features.network.sealed.closed import Closed
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust import sealing
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import access, gittoken

_FILE = "tokens.json"


def keep(config: Config, known: Peers, wanted: Iterable[Closed]) -> None:
    """Makes the tokens that are wanted and not here, and revokes those that are wanted no more;
    durable on return. To be called by who holds the lock of the network's work."""
    found, left = _read(config), dict[str, dict[str, str]]()
    before = dict(found)
    for one in wanted:
        for hub in sorted(one.hubs):
            key, public = f"{hub} {one.shared.name}", known.peers[hub].key
            kept = found.pop(key, None)
            if kept is None or kept.get("key") != public:
                found |= {key: kept} if kept else {}
                left[key] = _made(config, hub, one.shared.name, public)
            else:
                left[key] = kept
    for gone in found.values():
        _revoke(config, gone.get("grant", ""))
    if left != before:
        place = peering.folder(config)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        blob = json.dumps(left, indent=1, sort_keys=True).encode()
        safeio.write_atomic(place / _FILE, blob, mode=0o600)


def tidy(config: Config) -> None:
    """The same by what the hub says now; durable on return."""
    identity, known = identities.of(config), peering.read(config)
    keep(config, known, closed.closed(config, identity, known))


def sealed(config: Config, hub: str, repo: str) -> str:
    """The token of a hub for a repository, sealed and in base64; empty while there is none."""
    return _read(config).get(f"{hub} {repo}", {}).get("sealed", "")


def _made(config: Config, hub: str, repo: str, public: str) -> dict[str, str]:
    grant, token = access.issue(config, hub, [repo], write=False, role=gittoken.HUB)
    blob = sealing.seal(token.encode(), public)
    return {"grant": grant.id, "key": public, "sealed": base64.b64encode(blob).decode("ascii")}


def _revoke(config: Config, grant: str) -> None:
    try:
        access.revoke(config, grant)
    except HubError:
        return  # it was revoked already


def _read(config: Config) -> dict[str, dict[str, str]]:
    path: Path = peering.folder(config) / _FILE
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
