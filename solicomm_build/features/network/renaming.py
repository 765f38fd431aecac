"""Which conferences cannot get another id: other hubs know them by the one they have."""

from __future__ import annotations

from solicomm_build.features.network.judging import shared
from solicomm_build.features.network.sealed import closed
from solicomm_build.features.network.trust import peers
from solicomm_build.foundation.hub import identity
from solicomm_build.foundation.hub.config import Config


def _why_not(config: Config, kind: str, name: str) -> str:
    known, repo = peers.read(config), f"{kind}/{name}"
    if repo in known.follows:
        home = known.follows[repo].home
        return f"{name} is followed from {home}, which gives it its name"
    if not known.peers:
        return ""
    own = identity.of(config)
    found = [*shared.shared(config, own, known)]
    found += [one.shared for one in closed.closed(config, own, known)]
    if any(one.name == repo for one in found):
        return (
            f"other hubs have {name} by that name, and would lose it. Its title can be changed: "
            "`title` in conference.yaml"
        )
    return ""


REFUSES = _why_not
