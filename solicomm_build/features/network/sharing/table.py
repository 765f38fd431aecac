"""Keeps `elsewhere.json` (git/elsewhere.py): where copies have their homes, for who shows them."""

from __future__ import annotations

from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.copies import FILES, Copy
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import elsewhere
from solicomm_build.git.elsewhere import Home


def write(config: Config, known: Peers) -> None:
    """As peers.yaml has it now."""
    before = elsewhere.all_of(config)
    found = {}
    for copy in known.copies.values():
        last = before.get(_name(copy))
        found[_name(copy)] = _home(config, known, copy, last.at if last else "")
    elsewhere.write(config, found)


def note(config: Config, known: Peers, copy: Copy, *, at: str = "") -> None:
    """A copy was looked at, and at `at` brought up to date."""
    before = dict(elsewhere.all_of(config))
    last = before.get(_name(copy))
    before[_name(copy)] = _home(config, known, copy, at or (last.at if last else ""))
    elsewhere.write(config, before)


def _home(config: Config, known: Peers, copy: Copy, at: str) -> Home:
    peer = known.peers.get(copy.home)
    card = peering.card_of(config, peer) if peer else None
    name, url = (card.name, card.url.rstrip("/")) if card else (copy.home, peer.url if peer else "")
    return Home(copy.home, name, f"{url}/{copy.repo}/", at, copy.files == FILES[1])


def _name(copy: Copy) -> str:
    return f"{copy.kind}/{copy.name}"
