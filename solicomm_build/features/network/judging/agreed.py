"""Whom other hubs take for the home of a conference that is followed here, by the offers that they
signed: `private/network/agreed/<conference>.json`, by hub the home, and the offer's number and tag.

Of a public conference cards say it, too, and these count. One for members is on no card.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from solicomm_build.features.network.judging.offers import Offer
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the newest offer of a hub says."""

    home: str
    seq: int
    tag: str


def of(config: Config, name: str) -> Mapping[str, Agreed]:
    """By hub, for a conference."""
    try:
        found = json.loads(_path(config, name).read_bytes())
        return {hub: Agreed(**one) for hub, one in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def note(config: Config, name: str, offer: Offer, home: str) -> None:
    """Keeps what a hub says, where it takes another hub than this one does, `home`, for the home;
    or took so last. Durable on return."""
    found = dict(of(config, name))
    before = found.get(offer.hub)
    if (before.seq >= offer.seq) if before is not None else (offer.home == home):
        return
    found[offer.hub] = Agreed(offer.home, offer.seq, offer.tag or "")
    path = _path(config, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = json.dumps({hub: asdict(one) for hub, one in sorted(found.items())}).encode()
    safeio.write_atomic(path, data, mode=0o600)


def _path(config: Config, name: str) -> Path:
    return peering.folder(config) / "agreed" / f"{name}.json"
