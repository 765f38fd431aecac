"""Whom other hubs take for the home of a conference that is followed here, by the offers that they
signed: `private/network/agreed/<conference>.json`, by hub the home, and the offer's number and tag.

Of a public conference cards say it, too, and these count. One for members is on no card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solicomm_build.features.network.judging import byhub
from solicomm_build.features.network.judging.offers import Offer
from solicomm_build.foundation.hub.config import Config


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the newest offer of a hub says."""

    home: str
    seq: int
    tag: str


def of(config: Config, name: str) -> Mapping[str, Agreed]:
    """By hub, for a conference."""
    return byhub.read(config, "agreed", name, Agreed)


def note(config: Config, name: str, offer: Offer, home: str) -> None:
    """Keeps what a hub says, where it takes another hub than this one does, `home`, for the home;
    or took so last. Durable on return."""
    found = byhub.read(config, "agreed", name, Agreed)
    before = found.get(offer.hub)
    if (before.seq >= offer.seq) if before is not None else (offer.home == home):
        return
    found[offer.hub] = Agreed(offer.home, offer.seq, offer.tag or "")
    byhub.write(config, "agreed", name, found)
