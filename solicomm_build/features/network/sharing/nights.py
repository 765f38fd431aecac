"""What is fetched of other hubs while few read: once a night, and at once what was never here, or
what a night did not bring: a hub may be off then, or the other one, and a night be too short.

`state/network/nights` has the day on which each hub was done last. A look takes `SLICE`
seconds at most, so that conferences do not wait; the next one goes on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from solicomm_build.features.network import hooks, standing
from solicomm_build.features.network.carrying import turns
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import health
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog

SLICE = 20.0
"""Seconds of one look."""
_HOURS = range(1, 6)  # of the hub's zone
_MISSED = timedelta(days=1)
_REST = 3600.0  # seconds after a look that failed


class Nights:
    """The looks of one process."""

    def __init__(self, config: Config, log: MailLog) -> None:
        self._config, self._log = config, log
        self.rest: dict[str, float] = {}

    def due(self, known: Peers) -> list[Peer]:
        """The hubs of which something is to be fetched now."""
        done, now = _done(self._config), clock.now().astimezone(ZoneInfo(self._config.timezone))

        def is_due(peer: Peer) -> bool:
            last = done.get(peer.id, "")
            is_night = now.hour in _HOURS and last != now.date().isoformat()
            is_missed = last < (now.date() - _MISSED).isoformat()
            is_rested = self.rest.get(peer.id, 0.0) <= time.monotonic()
            return (is_night or is_missed) and is_rested

        return [peer for peer in known.peers.values() if peer.url and is_due(peer)]

    def ended(self, known: Peers, rest: Mapping[str, float] | None) -> None:
        """What `step` said in a process of its own; None where that died, as on a full disk: then
        it is begun again when a look that failed is."""
        again = time.monotonic() + _REST
        self.rest = dict.fromkeys((peer.id for peer in self.due(known)), again)
        if rest is not None:
            self.rest = {hub: float(at) for hub, at in rest.items()}

    def step(self, known: Peers) -> dict[str, float]:
        """Goes on with each hub that is due; those that are left alone until a moment
        (time.monotonic). Blocking, a slice a hub."""
        today = clock.now().astimezone(ZoneInfo(self._config.timezone)).date().isoformat()
        for peer in self.due(known):
            fault, whole = look(self._config, peer, SLICE)
            if fault:
                self.rest[peer.id] = time.monotonic() + _REST
                self._log.event("peer-night-failed", hub=peer.id, reason=fault)
            elif whole:
                _note(self._config, peer.id, today)
        return self.rest


def look(config: Config, peer: Peer, seconds: float) -> tuple[str, bool]:
    """One look at one hub: what went wrong, and whether all of it is here. Faults are kept for
    `peer status`."""
    if low := health.disk(config):
        return low, False
    faults, whole = [], True
    for fetch in hooks.nightly():
        try:
            whole = fetch(config, peer.id, peer.url, seconds) and whole
        except SoliCommError as error:
            faults.append(error.public)
    if faults:
        with turns.working(config):
            refused(config, peer.id, faults[0])
    return "; ".join(faults), whole and not faults


def refused(config: Config, hub: str, reason: str) -> None:
    """Keeps for `peer status` that something was not taken."""
    stand = standing.read(config, hub)
    told = stand.named(reason[:200])
    stand.refused[told] = stand.refused.get(told, 0) + 1
    standing.write(config, hub, stand)


def _done(config: Config) -> dict[str, str]:
    try:
        found = json.loads((standing.folder(config) / "nights").read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _note(config: Config, hub: str, day: str) -> None:
    path = standing.folder(config) / "nights"
    path.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps(_done(config) | {hub: day}, sort_keys=True).encode()
    safeio.write_atomic(path, data, durable=False)
