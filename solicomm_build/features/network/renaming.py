"""What cannot get another id: other hubs know it by the one it has."""

from __future__ import annotations

from solicomm_build.features.network.sealed import closed
from solicomm_build.features.network.sharing import offered
from solicomm_build.features.network.trust import peers
from solicomm_build.foundation.hub import identity
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import elsewhere

_FILES = {"conferences": "conference.yaml", "libraries": "library.yaml", "unions": "site.yaml"}


def _why_not(config: Config, kind: str, name: str) -> str:
    known, repo = peers.read(config), f"{kind}/{name}"
    if repo in known.follows:
        home = known.follows[repo].home
        return f"{name} is followed from {home}, which gives it its name"
    if (copy := elsewhere.of(config, kind, name)) is not None:
        return f"{name} is a copy of {copy.hub}, which gives it its name"
    if not known.peers:
        return ""
    own = identity.of(config)
    found = [*offered.all_(config, own, known)]
    found += [one.shared for one in closed.closed(config, own, known)]
    if any(one.name == repo for one in found):
        return (
            f"other hubs have {name} by that name, and would lose it. Its title can be changed: "
            f"`title` in {_FILES[kind]}"
        )
    return ""


REFUSES = _why_not
