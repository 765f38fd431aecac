"""Offers that are known and not kept, since their history holds what was erased here:
`private/network/floors/<conference>.json`, by hub the number, the tag and the tip.

Until the hub has signed anew, without it, its offer is neither kept nor handed on; an older one, or
the same once more, is not taken.
"""

from __future__ import annotations

from dataclasses import dataclass

from solicomm_build.features.network.judging import byhub
from solicomm_build.features.network.judging.offers import Offer
from solicomm_build.foundation.hub.config import Config


@dataclass(frozen=True, slots=True)
class Floor:
    """The last offer of a hub that was taken and not kept."""

    seq: int
    tag: str
    tip: str


def of(config: Config, name: str) -> dict[str, Floor]:
    """By hub, for a conference."""
    return byhub.read(config, "floors", name, Floor)


def note(config: Config, name: str, some: dict[str, Offer]) -> None:
    """Offers that are not kept; durable on return."""
    found = of(config, name)
    for hub, offer in some.items():
        if hub not in found or found[hub].seq <= offer.seq:
            found[hub] = Floor(offer.seq, offer.tag or "", offer.tip)
    byhub.write(config, "floors", name, found)
