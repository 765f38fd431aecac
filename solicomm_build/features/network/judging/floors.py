"""Offers that are known and not kept, since their history holds what was erased here:
`private/network/floors/<conference>.json`, by hub the number, the tag and the tip.

Until the hub has signed anew, without it, its offer is neither kept nor handed on; an older one, or
the same once more, is not taken.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from solicomm_build.features.network.judging.offers import Offer
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config


@dataclass(frozen=True, slots=True)
class Floor:
    """The last offer of a hub that was taken and not kept."""

    seq: int
    tag: str
    tip: str


def of(config: Config, name: str) -> dict[str, Floor]:
    """By hub, for a conference."""
    try:
        found = json.loads(_path(config, name).read_bytes())
        return {hub: Floor(**one) for hub, one in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def note(config: Config, name: str, some: dict[str, Offer]) -> None:
    """Offers that are not kept; durable on return."""
    found = of(config, name)
    for hub, offer in some.items():
        if hub not in found or found[hub].seq <= offer.seq:
            found[hub] = Floor(offer.seq, offer.tag or "", offer.tip)
    path = _path(config, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = json.dumps({hub: asdict(one) for hub, one in sorted(found.items())}).encode()
    safeio.write_atomic(path, data, mode=0o600)


def _path(config: Config, name: str) -> Path:
    return peering.folder(config) / "floors" / f"{name}.json"
