"""What the hub remembers of its dealings with others: `state/network/<hub>.json`, a file a hub.

Deleting one costs nothing but the words of `solicomm peer status` and today's count of posts.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

MOST_REASONS = 200
"""That are remembered of a hub."""


@dataclass(slots=True)
class Standing:
    """`met` is when something good came from it last, by whatever way (UTC, ISO); `fault` what went
    wrong last, empty when nothing did, and `is_unreached` whether that was the line. `refused`
    counts by reason what was not taken; `waiting` are posts over the quota, by conference;
    `offered` are conferences for members that it has for us, 1 for those of which it is the home;
    `day` and `today` count posts against it; `untold` is since when (seconds) it does not say what
    its posts are called, 0 while it does."""

    met: str = ""
    tried: str = ""
    fault: str = ""
    is_unreached: bool = False
    refused: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    taken: int = 0
    day: str = ""
    today: dict[str, int] = field(default_factory=dict)
    offered: dict[str, int] = field(default_factory=dict)
    untold: float = 0.0

    def left(self, repo: str, quota: int, now: datetime) -> int:
        """How many posts may still come today into a repository."""
        self._turn(now)
        return max(0, quota - self.today.get(repo, 0))

    def came(self, repo: str, posts: int, now: datetime) -> None:
        """Counts new posts."""
        self._turn(now)
        self.today[repo] = self.today.get(repo, 0) + posts
        self.taken += posts

    def named(self, reason: str) -> str:
        """What something that is not taken counts under: its reason, or that of all for which there
        is no room. A hub may give another one each time, and each file of it has one."""
        has_room = reason in self.refused or len(self.refused) < MOST_REASONS
        return reason if has_room else "for other reasons"

    def _turn(self, now: datetime) -> None:
        day = now.strftime("%Y-%m-%d")
        if self.day != day:
            self.day, self.today = day, {}


def read(config: Config, hub: str) -> Standing:
    """What is remembered of a hub; nothing when the file is missing or damaged."""
    try:
        found: dict[str, Any] = json.loads(_path(config, hub).read_bytes())
        known = {one.name: one for one in dataclasses.fields(Standing)}
        fits = {k: v for k, v in found.items() if k in known and type(v) is type(_BARE[k])}
        return Standing(**fits)
    except (OSError, ValueError, AttributeError):
        return Standing()


def write(config: Config, hub: str, standing: Standing) -> None:
    """Keeps it."""
    path = _path(config, hub)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps(dataclasses.asdict(standing), sort_keys=True).encode()
    safeio.write_atomic(path, data, durable=False, mode=0o600)


def lacks(config: Config, known: Peers, hub: str, repo: str) -> bool:
    """Whether a known hub offers nothing of this name, as far as its card and what it told us alone
    say; False where no card of it is here."""
    peer = known.peers.get(hub)
    card = peering.card_of(config, peer) if peer else None
    if card is None or repo in card.offers:
        return False
    return repo not in read(config, hub).offered


def not_offered(hub: str, repo: str) -> str:
    """The same as a sentence."""
    return f"{hub} offers no {repo} that this hub knows of; it comes once it does."


def comes(known: Peers, hub: str, *, is_copy: bool) -> str:
    """A sentence about when what is followed comes."""
    peer = known.peers.get(hub)
    if peer is None or peer.url:
        return "It comes with the next look, or stick."
    is_first = sum(one.home == hub for one in known.follows.values()) < 2
    if not is_copy and is_first:  # else that hub brings what it knows to be wanted
        return "It comes with the next stick, or mail."
    return (
        f"It comes with the next stick or mail after one from here: solicomm peer bundle OUT --for"
        f" {hub}"
    )


def folder(config: Config) -> Path:
    """Where these files lie."""
    return config.state / "network"


def _path(config: Config, hub: str) -> Path:
    return folder(config) / f"{hub}.json"


_BARE: dict[str, Any] = dataclasses.asdict(Standing())
